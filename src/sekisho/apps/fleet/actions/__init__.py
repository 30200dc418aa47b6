"""What is done with devices and their policies; one function an act, each with its audit row.

A ``Person`` needs the permission that the function names. Policies, blocks and rollouts are only noted here and handed
to the bus by the worker (``handing_over``, ``signing``, jobs).
"""

from .blocks import add_block, lift_block
from .definitions import (
    definitions_folder,
    offer_definitions,
    promote_definitions,
    return_definitions,
    withdraw_definitions,
)
from .devices import (
    ENROLMENT_HOURS,
    add_device,
    enrol_device,
    give_enrolment_code,
    issue_enrolment_code,
    note_seen,
    renew_certificate,
)
from .following import follow_contracts
from .policies import (
    PolicyRefused,
    add_template,
    contractor_layer,
    give_template,
    lay,
    lay_template,
    line_layer,
    publish_again,
    publish_as,
    publish_policy,
    use_template,
    write_layer,
)
from .reporting import Told, take_alarm, take_reports, watch_devices
from .rollouts import advance, resume_rollout, start_rollout, stop_rollout
from .signing import devices_due, devices_with_states, note_put, states_due

__all__ = (
    "ENROLMENT_HOURS",
    "PolicyRefused",
    "Told",
    "add_block",
    "add_device",
    "add_template",
    "advance",
    "contractor_layer",
    "definitions_folder",
    "devices_due",
    "devices_with_states",
    "enrol_device",
    "follow_contracts",
    "give_enrolment_code",
    "give_template",
    "issue_enrolment_code",
    "lay",
    "lay_template",
    "lift_block",
    "line_layer",
    "note_put",
    "note_seen",
    "offer_definitions",
    "promote_definitions",
    "publish_again",
    "publish_as",
    "publish_policy",
    "renew_certificate",
    "resume_rollout",
    "return_definitions",
    "start_rollout",
    "states_due",
    "stop_rollout",
    "take_alarm",
    "take_reports",
    "use_template",
    "watch_devices",
    "withdraw_definitions",
    "write_layer",
)
