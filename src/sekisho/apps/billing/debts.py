"""A debt as arrears see it: what is open, how late it is, what interest it has cost so far. Pure.

A debt is an invoice with tax. Interest that stands on it as a line bears no interest itself (Art. 30-1); of a
payment that doesn't cover all, that line is paid first (Civil Code 489).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sekisho.terms.arrears import Payment, late_interest
from sekisho.terms.values import Value
from sekisho.terms.versions import LATEST, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Yen with tax. ``interest_yen`` is the part of ``yen`` that is late interest; ``waived_yen`` was written off."""

    key: int
    contract_id: int
    number: str
    dated: dt.date
    due_on: dt.date
    yen: int
    interest_yen: int = 0
    waived_yen: int = 0
    payments: tuple[Payment, ...] = ()

    @property
    def paid_yen(self) -> int:
        return sum(payment.amount for payment in self.payments)

    @property
    def open_yen(self) -> int:
        return self.yen - self.waived_yen - self.paid_yen

    def days_late(self, on: dt.date) -> int:
        """Whole days since the due date; 0 on it, before it, and when nothing is open."""
        return max(0, (on - self.due_on).days) if self.open_yen > 0 else 0

    def interest(self, asked_on: dt.date | None = None, *, terms: Terms = LATEST) -> Value[int]:
        """The late interest in yen on the parts that were paid, and, as if the rest were paid then, to ``asked_on``."""
        payments = self._payments_on_principal()
        if not payments and asked_on is None:
            return Value(0, "30-1", terms.version)
        if asked_on is not None and payments:
            asked_on = max(asked_on, max(payment.on for payment in payments))
        principal = self.yen - self.interest_yen - self.waived_yen
        return late_interest(max(0, principal), self.due_on, payments, asked_on, terms=terms)

    def _payments_on_principal(self) -> tuple[Payment, ...]:
        left, found = self.interest_yen, []
        for on, amount in sorted(self.payments):
            first = min(left, amount)
            left -= first
            if amount > first:
                found.append(Payment(on, amount - first))
        return tuple(found)


class Age(StrEnum):
    """How long a debt is overdue; the columns of the aging list."""

    NOT_DUE = "not_due"
    TO_30 = "to_30"
    TO_60 = "to_60"
    TO_90 = "to_90"
    OVER_90 = "over_90"


_LAST_DAYS = ((0, Age.NOT_DUE), (30, Age.TO_30), (60, Age.TO_60), (90, Age.TO_90))


def age_of(days_late: int) -> Age:
    return next((age for last, age in _LAST_DAYS if days_late <= last), Age.OVER_90)


def aged(debts: Iterable[Debt], on: dt.date) -> dict[Age, int]:
    """What is open in yen by age; every age is there."""
    sums = dict.fromkeys(Age, 0)
    for debt in debts:
        sums[age_of(debt.days_late(on))] += debt.open_yen
    return sums
