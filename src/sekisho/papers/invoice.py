"""請求書: the qualified invoice (適格請求書), with its six items and what the trade expects besides.

The six items: issuer with registration number; date (period) of supply; content, reduced-rate lines marked; totals
a rate; tax a rate, rounded once; recipient. Lines outside the tax stand in a block of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from .paper import Paper, must_make
from .parties import Addressee, BankAccount, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line, yen without tax; a reduction is negative. The dates say when it was supplied, where a line has its own.

    ``note`` is small print under the content, such as the original month of a credit.
    """

    content: str
    yen: int
    quantity: int = 1
    unit_yen: int | None = None
    supplied_from: dt.date | None = None
    supplied_until: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBlock:
    """All lines of one tax rate. ``tax_yen`` was rounded once, on ``net_yen``. ``reduced``: mark its lines ※."""

    rate_percent: int
    lines: tuple[InvoiceLine, ...]
    net_yen: int
    tax_yen: int
    reduced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedForward:
    """前回請求・入金・繰越: ``carried_yen`` is ``previous_yen`` less ``received_yen``."""

    previous_number: str
    previous_yen: int
    received_yen: int
    carried_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Paper):
    """``total_yen``: this invoice, with tax. ``due_yen``: the big amount, ``total_yen`` and what is carried forward.

    ``replaces_number`` and ``replaces_reason``: the cancelled invoice that this one corrects (修正した適格請求書).
    ``joint_parties``: the others of a joint contract, who owe all of it with the addressee.
    """

    SHEET: ClassVar[str] = "invoice"
    DATE: ClassVar[str] = "invoiced_on"
    number: str
    invoiced_on: dt.date
    due_on: dt.date
    addressee: Addressee
    sender: Sender
    contract_number: str
    service: str
    supplied_from: dt.date
    supplied_until: dt.date
    rates: tuple[RateBlock, ...]
    outside_tax: tuple[InvoiceLine, ...] = ()
    outside_tax_yen: int = 0
    total_yen: int
    due_yen: int
    carried: CarriedForward | None = None
    bank_account: BankAccount | None = None
    joint_parties: tuple[str, ...] = ()
    replaces_number: str = ""
    replaces_reason: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for block in self.rates:
            must_make(f"lines at {block.rate_percent} percent", sum_of(block.lines), block.net_yen)
        must_make("lines outside the tax", sum_of(self.outside_tax), self.outside_tax_yen)
        with_tax = sum(block.net_yen + block.tax_yen for block in self.rates)
        must_make("the total", with_tax + self.outside_tax_yen, self.total_yen)
        brought = self.carried
        if brought is not None:
            must_make("what is carried forward", brought.previous_yen - brought.received_yen, brought.carried_yen)
        must_make("what is due", self.total_yen + (brought.carried_yen if brought else 0), self.due_yen)


def sum_of(lines: Iterable[InvoiceLine]) -> int:
    return sum(line.yen for line in lines)
