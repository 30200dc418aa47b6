"""領収書: what was received, for what, and how much of it is tax."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter
from .paper import must_make


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedAtRate:
    """The part of the amount that belongs to one tax rate; yen."""

    rate_percent: int
    net_yen: int
    tax_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceipt(Letter):
    """``purpose``: the proviso (但し書き). ``rates`` and ``outside_tax_yen`` make the amount; or ``rates`` is empty."""

    SHEET: ClassVar[str] = "receipt"
    received_on: dt.date
    amount_yen: int
    purpose: str
    method: str = ""
    invoice_numbers: tuple[str, ...] = ()
    rates: tuple[ReceivedAtRate, ...] = ()
    outside_tax_yen: int = 0

    def __post_init__(self) -> None:
        if self.rates:
            with_tax = sum(part.net_yen + part.tax_yen for part in self.rates)
            must_make("the amount received", with_tax + self.outside_tax_yen, self.amount_yen)
