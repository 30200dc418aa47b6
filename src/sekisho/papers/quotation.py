"""見積書: prices made for one customer, good until a day, over a price list (the premium plan, Art. 5-1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter
from .paper import must_make


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """One item and its price in yen without tax; ``note`` is small print under it."""

    content: str
    yen: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation(Letter):
    """``once``: owed one time; ``monthly``: every month. Yen without tax. What is not quoted is as the list has it."""

    SHEET: ClassVar[str] = "quotation"
    valid_until: dt.date
    price_list: str
    once: tuple[QuotedLine, ...] = ()
    monthly: tuple[QuotedLine, ...] = ()
    once_yen: int = 0
    monthly_yen: int = 0

    def __post_init__(self) -> None:
        must_make("what is owed once", sum(line.yen for line in self.once), self.once_yen)
        must_make("what is owed a month", sum(line.yen for line in self.monthly), self.monthly_yen)
