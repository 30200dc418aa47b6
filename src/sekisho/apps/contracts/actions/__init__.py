"""Acts on contracts."""

from .applying import (
    consent,
    draft_application,
    edit_application,
    register_line,
    submit_application,
    withdraw_application,
)
from .changing import accept_change, request_change
from .contacts import set_contacts
from .deciding import accept_application, refuse_application
from .ending import (
    ask_to_withdraw_cancellation,
    cancel,
    end_with_line,
    stop_ancillary,
    stop_option,
    withdraw_cancellation,
)
from .facts import Telling, end_fact, tell, tell_all, void_fact
from .screening import record_screening, review_screening
from .starting import begin_provisioning, confirm_as_built, start_billing, start_service, withdraw_contract
from .taking_on import add_contract

__all__ = [
    "Telling",
    "accept_application",
    "accept_change",
    "add_contract",
    "ask_to_withdraw_cancellation",
    "begin_provisioning",
    "cancel",
    "confirm_as_built",
    "consent",
    "draft_application",
    "edit_application",
    "end_fact",
    "end_with_line",
    "record_screening",
    "refuse_application",
    "register_line",
    "request_change",
    "review_screening",
    "set_contacts",
    "start_billing",
    "start_service",
    "stop_ancillary",
    "stop_option",
    "submit_application",
    "tell",
    "tell_all",
    "void_fact",
    "withdraw_application",
    "withdraw_cancellation",
    "withdraw_contract",
]
