"""Parties: entering and leaving, changed names, assignment, succession, and what follows (Arts. 9, 15, 16, 33)."""

from .carrier import ask_carrier_assignment, note_carrier_consent, pass_to_assignee
from .changing import change_party
from .following_up import finish_follow_up
from .joining import PartyFacts, choose_representative, enter_party, leave_party
from .transferring import apply_transfer, assign, file_succession, succeed

__all__ = (
    "PartyFacts",
    "apply_transfer",
    "ask_carrier_assignment",
    "assign",
    "change_party",
    "choose_representative",
    "enter_party",
    "file_succession",
    "finish_follow_up",
    "leave_party",
    "note_carrier_consent",
    "pass_to_assignee",
    "succeed",
)
