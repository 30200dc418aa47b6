"""最終精算書: everything that is owed either way when a contract has ended, to one balance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .invoice import InvoiceLine, RateBlock, sum_of
from .letter import Letter
from .paper import must_make
from .parties import BankAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalSettlement(Letter):
    """``balance_yen`` above zero is to be paid by ``due_on``, below zero is paid out on ``paid_out_on``.

    ``open_yen``: still open from earlier invoices; ``credit_yen``: credits and payments that were left over.
    """

    SHEET: ClassVar[str] = "final_settlement"
    ended_on: dt.date
    cause: str
    rates: tuple[RateBlock, ...] = ()
    outside_tax: tuple[InvoiceLine, ...] = ()
    outside_tax_yen: int = 0
    open_yen: int = 0
    credit_yen: int = 0
    balance_yen: int
    due_on: dt.date | None = None
    paid_out_on: dt.date | None = None
    bank_account: BankAccount | None = None
    invoice_number: str = ""

    def __post_init__(self) -> None:
        for block in self.rates:
            must_make(f"lines at {block.rate_percent} percent", sum_of(block.lines), block.net_yen)
        must_make("lines outside the tax", sum_of(self.outside_tax), self.outside_tax_yen)
        with_tax = sum(block.net_yen + block.tax_yen for block in self.rates)
        must_make(
            "the balance", with_tax + self.outside_tax_yen + self.open_yen - self.credit_yen, self.balance_yen
        )  # fmt: skip
