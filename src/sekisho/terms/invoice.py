"""Invoice totals (Arts. 31, 32), the debts behind the lines (Art. 27), and when payment is due (Art. 28).

The tax of an invoice is computed once a rate, on the sum: a tax a line, summed, is not allowed on a qualified
invoice. Lines outside the tax (early charge, surcharge, late interest) stand in a block of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.calendar import CALENDARS, Calendar, CalendarName, business_day_before, business_day_from
from sekisho.terms.early_charge import prorated_fee
from sekisho.terms.moments import ONE_DAY, day, tokyo_date
from sekisho.terms.periods import days_of_month, whole_months_end
from sekisho.terms.taxes import consumption_tax, tax_rate_percent
from sekisho.terms.values import BadParameter, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, Yen
from sekisho.terms.yen import yen


class Line(NamedTuple):
    """One invoice line: yen without tax, negative for a reduction."""

    amount: int
    taxable: bool = True


class Totals(NamedTuple):
    """Yen. ``net``: taxable lines without tax; ``nontax``: lines outside the tax."""

    net: int
    tax: int
    nontax: int
    total: int


def invoice_total(lines: Iterable[Line], on: dt.date, *, terms: Terms = LATEST) -> Value[Totals]:
    """The totals of an invoice whose supply is on ``on`` (Arts. 31-1, 32-1)."""
    known = tuple(lines)
    if not known:
        raise BadParameter("lines", "is empty: an invoice has at least one line")
    net = sum(line.amount for line in known if line.taxable)
    nontax = sum(line.amount for line in known if not line.taxable)
    tax = consumption_tax(net, on)
    totals = Totals(net, tax, nontax, net + tax + nontax)
    steps = (
        Step(_NET, (len(known), Yen(net), Yen(nontax))),
        Step(_TAX, (tax_rate_percent(on), Yen(tax), on)),
        Step(_TOTAL, (Yen(totals.total),)),
    )
    return Value(totals, "31-1", terms.version, steps)


class DebtKind(StrEnum):
    INITIAL_FEE = "initial_fee"
    MONTHLY_FEE = "monthly_fee"
    ONE_TIME_FEE = "one_time_fee"


def debt_arises_on(kind: DebtKind, happened_at: dt.datetime | dt.date, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The day on which a debt arises (Art. 27-1); a later withdrawal does not undo it.

    ``happened_at``: the acceptance of the application (initial fee) or of the change (one-time fee), or the
    billing start (monthly fee).
    """
    at = happened_at
    on = tokyo_date(at, "happened_at") if isinstance(at, dt.datetime) else day(at, "happened_at")
    return Value(on, "27-1", terms.version, (Step(_ARISES, (on, _TRIGGERS[kind])),))


def month_fee(
    monthly_fee: int, month: dt.date, billing_started_on: dt.date, ended_on: dt.date | None = None,
    *, terms: Terms = LATEST,
) -> Value[int]:  # fmt: skip
    """The fee of one month of a contract, without tax: in full, or by days where the price list prorates."""
    yen(monthly_fee, "monthly_fee")
    first, last = day(month, "month").replace(day=1), whole_months_end(month, 1)
    begins, ends = max(first, day(billing_started_on, "billing_started_on")), min(last, ended_on or last)
    served = max(0, (ends - begins).days + 1)
    full = terms.switches.proration == "none" and served > 0
    amount = monthly_fee if full else prorated_fee(monthly_fee, served, first)
    found = Step(_MONTH, (served, days_of_month(first), Yen(amount)))
    return Value(amount, "27-1", terms.version, (found,), (Switched("proration", terms.switches.proration),))


def payment_due(
    invoiced_on: dt.date, due_on: dt.date | None = None,
    *, terms: Terms = LATEST, calendars: Mapping[CalendarName, Calendar] = CALENDARS,
) -> Value[dt.date]:  # fmt: skip
    """The day by which an invoice is paid: the date it names, moved off bank holidays (Civil Code 142).

    Without a named date it is the last bank day of the next month, the house's default.
    """
    bank = calendars[CalendarName.BANK]
    if due_on is None:
        found = business_day_before(whole_months_end(day(invoiced_on, "invoiced_on"), 2) + ONE_DAY, bank)
        return Value(found, "28-1", terms.version, (Step(_DEFAULT_DUE, (found,)),))
    if day(due_on, "due_on") < day(invoiced_on, "invoiced_on"):
        raise BadParameter("due_on", "is before invoiced_on")
    found = business_day_from(due_on, bank)
    return Value(found, "28-1", terms.version, (Step(_NAMED_DUE, (due_on, found)),))


def open_after_payment(owed: int, received: int, *, terms: Terms = LATEST) -> Value[int]:
    """What stays open: a bank fee that the payer deducted is the contractor's to bear (Arts. 28-1, 30-2)."""
    left = max(0, yen(owed, "owed") - yen(received, "received"))
    return Value(left, "28-1", terms.version, (Step(_OPEN, (Yen(owed), Yen(received), Yen(left))),))


_TRIGGERS = {
    DebtKind.INITIAL_FEE: Words("申込の承諾により初期費用", "initial fee, by the acceptance of the application"),
    DebtKind.MONTHLY_FEE: Words("課金開始により月額費用", "monthly fee, by the billing start"),
    DebtKind.ONE_TIME_FEE: Words("変更申込の承諾により一時費用", "one-time fee, by the acceptance of the change"),
}
_NET = Words("{0}行。課税対象{1}、課税対象外{2}。", "Lines: {0}. Taxable {1}, outside the tax {2}.")
_TAX = Words(
    "{2}の税率{0}%を合計に一度だけ掛け、切り捨てて{1}。", "{0} percent on {2}, once on the sum, truncated: {1}."
)
_TOTAL = Words("合計{0}。", "Total {0}.")
_ARISES = Words("{0}、{1}の支払義務が発生。", "On {0} a debt arises: {1}.")
_MONTH = Words("{1}日のうち{0}日の利用、{2}。", "Served {0} of {1} days: {2}.")
_DEFAULT_DUE = Words("翌月の銀行最終営業日、{0}。", "The last bank day of the next month: {0}.")
_NAMED_DUE = Words("請求書の支払期日{0}、銀行休業日なら翌営業日で{1}。", "Named {0}; on the next bank day: {1}.")
_OPEN = Words("請求{0}、入金{1}、残り{2}。振込手数料は契約者負担。", "Owed {0}, received {1}: {2} stay open.")
