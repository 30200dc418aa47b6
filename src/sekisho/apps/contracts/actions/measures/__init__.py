"""Measures of the carrier: announced or urgent, taken by a person, told to the contract's history, lifted.

Interruption (Art. 20, also of several contracts at once), suspension (21), restriction (24, 26), demand (26) and
termination (18, 26; by two people). Every act writes its audit row and its news, and its letter to the contractor.
"""

from .announcing import announce, note_letter, withdraw
from .demanding import demand
from .interrupting import announce_interruption, end_interruption, interrupt, interrupt_urgently, note_relocation
from .plan import Basis, Plan
from .taking import lift, take, take_urgently
from .terminating import approve_termination, propose_termination, reject_termination

__all__ = (
    "Basis",
    "Plan",
    "announce",
    "announce_interruption",
    "approve_termination",
    "demand",
    "end_interruption",
    "interrupt",
    "interrupt_urgently",
    "lift",
    "note_letter",
    "note_relocation",
    "propose_termination",
    "reject_termination",
    "take",
    "take_urgently",
    "withdraw",
)
