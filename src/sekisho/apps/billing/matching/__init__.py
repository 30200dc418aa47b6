"""Which debts a deposit pays: candidates with a score that is explained point by point. A person confirms one.

Pure: deposits, debtors and open items in, ranked candidates out. Nothing here books anything.
"""

from __future__ import annotations

from .book import Book
from .ranking import CANDIDATES_MAX, USUAL_BANK_FEES_YEN, ranked
from .values import Candidate, Debtor, Deposit, OpenItem, Reason, Share

__all__ = [
    "CANDIDATES_MAX",
    "USUAL_BANK_FEES_YEN",
    "Book",
    "Candidate",
    "Debtor",
    "Deposit",
    "OpenItem",
    "Reason",
    "Share",
    "ranked",
]
