"""What an end inside the minimum term costs (Art. 13): the monthly fee of the months that are left.

The month of the end is billed in full, so that the months after it are what is left. Where a price list
prorates (switch ``proration=daily``), the rest of that month is added here: both ways total the same. A
one-month option that ends early owes its one month.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.minimum import TERM_RULES, EndedBy, TermKind, minimum_term, served_with_the_service
from sekisho.terms.moments import day
from sekisho.terms.periods import MONTHS_A_YEAR, Period, Unit, days_of_month, period_end_from
from sekisho.terms.taxes import consumption_tax
from sekisho.terms.values import BadParameter, Switched, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words, Yen
from sekisho.terms.yen import truncated_yen, yen


def early_termination_charge(
    kind: TermKind,
    monthly_fee: int,
    started_on: dt.date,
    ended_on: dt.date,
    cancelled_by: EndedBy = EndedBy.CONTRACTOR,
    service_term_ended_on: dt.date | None = None,
    service_ended_on: dt.date | None = None,
    *,
    terms: Terms = LATEST,
) -> Value[int]:
    """The charge in yen, without tax; 0 when the term is over, or counts as over (Art. 12-3, proviso).

    ``monthly_fee`` is the fee valid on ``ended_on``, the last day of service. The two dates of the service
    matter to the long options alone. The charge arises whoever ends the service (Arts. 17, 18).
    """
    yen(monthly_fee, "monthly_fee")
    if day(ended_on, "ended_on") < day(started_on, "started_on"):
        raise BadParameter("ended_on", "is before started_on")
    rule = TERM_RULES[kind]
    term = minimum_term(kind, started_on, terms=terms)

    def charged(amount: int, *steps: Step) -> Value[int]:
        return Value(amount, rule.charge_article, terms.version, (*term.steps, *steps), _switched(terms))

    if ended_on >= term.value:
        return charged(0, Step(_SERVED, (ended_on,)))
    if served_with_the_service(kind, ended_on, cancelled_by, service_term_ended_on, service_ended_on):
        return charged(0, Step(_WAIVED, (service_term_ended_on, service_ended_on)))
    months = _months_left(kind, started_on, ended_on, term.value, terms)
    amount = monthly_fee * months
    left = Step(_LEFT, (ended_on, months, Yen(monthly_fee), Yen(amount)))
    if rule.by_month and terms.switches.proration == "daily":
        rest = monthly_fee - prorated_fee(monthly_fee, ended_on.day, ended_on)
        return charged(amount + rest, left, Step(_REST, (Yen(rest),)))
    return charged(amount, left)


def prorated_fee(monthly_fee: int, days: int, in_month: dt.date) -> int:
    """The share of a monthly fee for so many days of the month in which ``in_month`` lies, truncated once."""
    return truncated_yen(monthly_fee * days, days_of_month(in_month))


def early_charge_tax(charge: int, on: dt.date, beside: int = 0, *, terms: Terms = LATEST) -> Value[int]:
    """The consumption tax on the charge: none, unless the carrier's accountants switched it to taxable.

    ``beside``: what else the same invoice taxes at that rate, in yen without tax. An invoice has one tax a rate, on
    the sum, so the charge's own tax is what it adds to that.
    """
    taxable = terms.switches.early_charge_tax == "taxable"
    base = yen(beside, "beside")
    amount = consumption_tax(yen(charge, "charge") + base, on) - consumption_tax(base, on) if taxable else 0
    found = Step(_TAXED if taxable else _UNTAXED, (Yen(amount),))
    return Value(amount, "13-1", terms.version, (found,), _tax_switched(terms))


def _months_left(kind: TermKind, started_on: dt.date, ended_on: dt.date, term_ends_on: dt.date, terms: Terms) -> int:
    """Calendar months after that of the end; of an option counted from its day, the months not yet served."""
    rule = TERM_RULES[kind]
    if rule.by_month:
        return _month_number(term_ends_on) - _month_number(ended_on)
    months = terms.parameters.figure(rule.parameter)
    ends = (period_end_from(started_on, Period(n, Unit.MONTHS)) for n in range(1, months + 1))
    return sum(end > ended_on for end in ends)


def _month_number(on: dt.date) -> int:
    return on.year * MONTHS_A_YEAR + on.month


def _switched(terms: Terms) -> tuple[Switched, ...]:
    return (Switched("proration", terms.switches.proration), *_tax_switched(terms))


def _tax_switched(terms: Terms) -> tuple[Switched, ...]:
    return (Switched("early_charge_tax", terms.switches.early_charge_tax),)


_SERVED = Words("{0}の終了は最低利用期間の満了後(満了日を含む)のため、0円。", "The end on {0} leaves no term: 0 yen.")
_WAIVED = Words(
    "本サービスの最低利用期間({0}まで)の満了後に契約者が本サービスを{1}に解除したため、満了とみなし0円。",
    "The contractor ended the service on {1}, its term having ended on {0}: this one counts as served, 0 yen.",
)
_LEFT = Words(
    "{0}の終了。終了月は満額を請求し、残り{1}ヵ月×{2}={3}。",
    "Ended on {0}; that month is billed in full, {1} month(s) x {2} = {3} are left.",
)
_REST = Words("終了月は日割のため、その月の残り{0}を加える。", "The last month is prorated: its rest, {0}, is added.")
_TAXED = Words("設定により課税、税額{0}。", "Taxable by switch: tax {0}.")
_UNTAXED = Words("逸失利益の補填として不課税、税額{0}。", "Out of scope, as compensation for lost profit: tax {0}.")
