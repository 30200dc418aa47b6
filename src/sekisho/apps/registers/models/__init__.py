"""What the carrier keeps on record beside a contract's own life (Arts. 15-3, 19, 26, 34, 35-2, 37, 38, 40).

Rows only grow; what is decided later is a row of its own, or settles a row once. Words that may speak of people
are the columns that erasure empties (migration 0002); numbers, days and codes stay.
"""

from .damage import DamageClaim, Side
from .disclosures import Disclosure, DisclosureProposal, PrivacyPolicy, Processor
from .disputes import Channel, Dispute, DisputeEntry, DisputeEntryKind
from .enforcement import CaseEntry, CaseEntryKind, CaseMeasure, EnforcementCase
from .resale import EndUser
from .secrets import Secret, SecretPassage

__all__ = (
    "CaseEntry",
    "CaseEntryKind",
    "CaseMeasure",
    "Channel",
    "DamageClaim",
    "Disclosure",
    "DisclosureProposal",
    "Dispute",
    "DisputeEntry",
    "DisputeEntryKind",
    "EndUser",
    "EnforcementCase",
    "PrivacyPolicy",
    "Processor",
    "Secret",
    "SecretPassage",
    "Side",
)
