"""What late or evaded payment costs: late interest (Art. 30) and the surcharge (Art. 29). Neither bears tax.

Interest runs from the day after the due date to the day before payment, at 14.6 percent a year of 365 days, in
leap years too: exactly 0.04 percent a day. It runs on every overdue debt but interest. Parts that are paid
earlier stop bearing it; the sum of all parts is truncated once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from sekisho.terms.moments import day
from sekisho.terms.values import BadParameter, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, Yen
from sekisho.terms.yen import truncated_yen, yen

DAYS_OF_AN_INTEREST_YEAR = 365
_TENTHS_OF_A_PERCENT = 1000


class Payment(NamedTuple):
    on: dt.date
    amount: int


def late_interest(
    principal: int,
    due_on: dt.date,
    payments: Sequence[Payment],
    asked_on: dt.date | None = None,
    *,
    terms: Terms = LATEST,
) -> Value[int]:
    """The interest in yen on a debt (tax included) that was due on ``due_on`` and paid by ``payments``.

    What is not yet paid bears interest too, once it is paid: its part is counted only when ``asked_on`` is
    given, as if the rest were paid on that day. What is paid beyond the principal is not counted.
    """
    yen(principal, "principal")
    first_day = day(due_on, "due_on").toordinal() + 1
    days_free = terms.switches.interest_grace_days - 1
    left, yen_days, steps = principal, 0, []
    for paid_on, amount in _by_day(payments, asked_on, principal):
        part = amount if amount < left else left
        days = paid_on.toordinal() - first_day
        days = days if days > 0 and days > days_free else 0
        yen_days += part * days
        left -= part
        if part:
            steps.append(Step(_PART, (Yen(part), paid_on, days)))
    tenths = terms.parameters.late_interest_percent_tenths
    interest = truncated_yen(yen_days * tenths, _TENTHS_OF_A_PERCENT * DAYS_OF_AN_INTEREST_YEAR)
    steps.append(Step(_INTEREST, (tenths // 10, tenths % 10, Yen(interest))))
    if left:
        steps.append(Step(_UNPAID, (Yen(left),)))
    grace = (Switched("interest_grace_days", terms.switches.interest_grace_days),)
    return Value(interest, "30-1", terms.version, tuple(steps), grace)


def surcharge(evaded: int, *, terms: Terms = LATEST) -> Value[int]:
    """Twice the evaded amount (without its tax), owed besides the amount itself (Art. 29-1).

    Switch ``surcharge_in_addition=false`` reads the text's missing words the other way: the doubled amount
    contains what was evaded.
    """
    multiple, besides = terms.parameters.surcharge_multiple, terms.switches.surcharge_in_addition
    amount = yen(evaded, "evaded") * multiple
    together = amount + evaded if besides else amount
    steps = (Step(_SURCHARGE, (Yen(evaded), multiple, Yen(amount))), Step(_TOGETHER, (Yen(together),)))
    return Value(amount, "29-1", terms.version, steps, (Switched("surcharge_in_addition", besides),))


def _by_day(payments: Sequence[Payment], asked_on: dt.date | None, principal: int) -> Sequence[Payment]:
    for paid_on, amount in payments:
        # Cheap where all is well, as it is in every billing run; the named checks then say what is wrong.
        if type(paid_on) is not dt.date or type(amount) is not int or amount <= 0:
            day(paid_on, "payments")
            if yen(amount, "payments") == 0:
                raise BadParameter("payments", "holds a payment of 0 yen")
    if len(payments) > 1:
        payments = sorted(payments, key=_DAY_OF)
    if asked_on is None:
        if not payments:
            raise BadParameter("payments", "is empty: nothing was paid, so give asked_on, the day to count to")
        return payments
    if payments and payments[-1].on > day(asked_on, "asked_on"):
        raise BadParameter("asked_on", "is before the last payment")
    return (*payments, Payment(asked_on, principal))


_DAY_OF = itemgetter(0)
_PART = Words("{0}: {1}支払い、延滞{2}日。", "{0} paid on {1}: {2} day(s) late.")
_INTEREST = Words(
    "年{0}.{1}%(1年365日)で合計し、一度だけ切り捨てて{2}。",
    "At {0}.{1} percent a year of 365 days, truncated once: {2}.",
)
_UNPAID = Words("未払い{0}の延滞は続いています。", "{0} are still unpaid and go on bearing interest.")
_SURCHARGE = Words("免れた額{0}×{1}={2}(消費税なし)。", "Evaded {0} x {1} = {2}, without tax.")
_TOGETHER = Words("免れた額と合わせて{0}。", "Together with what was evaded: {0}.")
