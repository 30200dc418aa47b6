"""What people do with the registers; one function an act, each with its audit row and its news.

Words that may speak of people stay in the registers' own columns, where erasure reaches them: audit and news get
numbers, codes, days and yen.
"""

from .damage import claim_damage, decide_damage
from .disclosures import (
    add_processor,
    decide_disclosure,
    disclose,
    end_processor,
    propose_disclosure,
    set_privacy_policy,
)
from .disputes import go_to_court, note_consultation, open_dispute, settle_dispute
from .enforcement import (
    announce_measures,
    close_case,
    demand,
    note,
    open_case,
    propose_termination,
    take_measures_urgently,
)
from .resale import add_end_user, end_resale
from .secrets import confirm_secret, except_secret, pass_on, record_secret

__all__ = (
    "add_end_user",
    "add_processor",
    "announce_measures",
    "claim_damage",
    "close_case",
    "confirm_secret",
    "decide_damage",
    "decide_disclosure",
    "demand",
    "disclose",
    "end_processor",
    "end_resale",
    "except_secret",
    "go_to_court",
    "note",
    "note_consultation",
    "open_case",
    "open_dispute",
    "pass_on",
    "propose_disclosure",
    "propose_termination",
    "record_secret",
    "set_privacy_policy",
    "settle_dispute",
    "take_measures_urgently",
)
