"""適格返還請求書: a price reduction after the invoice, with the day of return and the period first supplied."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .invoice import RateBlock, sum_of
from .letter import Letter
from .paper import must_make


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInvoice(Letter):
    """Amounts are positive: what is given back. ``settled_by``: how, such as with the next invoice."""

    SHEET: ClassVar[str] = "return_invoice"
    returned_on: dt.date
    supplied_from: dt.date
    supplied_until: dt.date
    original_number: str
    rates: tuple[RateBlock, ...]
    total_yen: int
    reason: str = ""
    settled_by: str = ""

    def __post_init__(self) -> None:
        for block in self.rates:
            must_make(f"lines at {block.rate_percent} percent", sum_of(block.lines), block.net_yen)
        must_make("the total", sum(block.net_yen + block.tax_yen for block in self.rates), self.total_yen)
