"""督促状: three levels from a reminder to the last call before suspension, with what is open and the interest."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from .letter import Letter
from .paper import must_make
from .parties import BankAccount


class DunningLevel(IntEnum):
    REMINDER = 1
    DEMAND = 2
    FINAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """``open_yen`` of an invoice with tax; ``interest_yen`` on it through the letter's ``interest_until_on``."""

    number: str
    invoiced_on: dt.date
    due_on: dt.date
    invoiced_yen: int
    open_yen: int
    interest_yen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningLetter(Letter):
    """``interest_rate``: as written, such as "14.6%".

    ``suspends_on``: from when the service may be suspended; only a final letter threatens it.
    """

    SHEET: ClassVar[str] = "dunning_letter"
    level: DunningLevel
    invoices: tuple[OpenInvoice, ...]
    open_yen: int
    interest_yen: int
    total_yen: int
    interest_until_on: dt.date | None = None
    interest_rate: str = ""
    pay_by_on: dt.date
    suspends_on: dt.date | None = None
    bank_account: BankAccount | None = None
    joint_parties: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        must_make("what is open", sum(invoice.open_yen for invoice in self.invoices), self.open_yen)
        must_make("the interest", sum(invoice.interest_yen for invoice in self.invoices), self.interest_yen)
        must_make("the total", self.open_yen + self.interest_yen, self.total_yen)
        if self.suspends_on is not None and self.level != DunningLevel.FINAL:
            raise ValueError("only a final letter names a day of suspension")
