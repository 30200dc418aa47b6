"""減額通知書: what a service-level breach that was claimed in time gives back (Art. 35-1), event by event."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter
from .paper import must_make


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedEvent:
    """One breach: its number, what was late, when (Tokyo time as written), and its credit in yen without tax."""

    number: str
    subject: str
    breached_at: str
    credit_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Letter):
    """Each event gives one ``fee_divisor``-th of the fee. ``capped_yen``: what the cap of one month's fee took away.

    ``applied_to``: the invoice that carries it.
    """

    SHEET: ClassVar[str] = "credit_note"
    claim_number: str
    claimed_on: dt.date
    month: dt.date
    monthly_fee_yen: int
    fee_divisor: int
    events: tuple[CreditedEvent, ...]
    capped_yen: int = 0
    credit_yen: int
    applied_to: str = ""

    def __post_init__(self) -> None:
        must_make("the credit", sum(event.credit_yen for event in self.events) - self.capped_yen, self.credit_yen)
