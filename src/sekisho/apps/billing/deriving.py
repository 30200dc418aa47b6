"""Which debts a contract's history gives: fees, one-time fees, early-termination charges, adjustments. Pure.

Derived anew at every run from the history and the price book; the key of each debt makes sure that it arises once.
What was billed and has become different since (a fact told late, a list or terms that work backwards) is not touched:
each month gives one adjustment, the difference, without interest (R165).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import AcceptedChange, Running, bound_terms, ended_by, fee_of, running_at
from sekisho.apps.tariff import items
from sekisho.apps.tariff.book import ListedPrices, PriceBook
from sekisho.apps.tariff.fees import FeeLine, NoPrice, Prices, agreed_fees, billed_days, month_lines, monthly_fee
from sekisho.apps.tariff.settled import SettingsBook
from sekisho.terms.adjustments import BilledMonth, affected_months, retroactive_adjustments
from sekisho.terms.applicable import BoundContract
from sekisho.terms.applications import AncillaryService
from sekisho.terms.early_charge import early_termination_charge
from sekisho.terms.history import DAY, DatedFact, FactKind, History
from sekisho.terms.invoice import DebtKind, debt_arises_on
from sekisho.terms.minimum import TERM_RULES, EndedBy, TermKind, minimum_term
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.periods import month_after, whole_months_end
from sekisho.terms.values import Value
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from .arising import NO_WORDS, Arising
from .models import ChargeKind, TaxTreatment

INSTANT = dt.timedelta(microseconds=1)
MONTH_RULE = "month_fee"
BACKWARDS_RULE = "retroactive_adjustments"


@dataclass(frozen=True, slots=True)
class Subject:
    """One contract with all that its debts follow from.

    ``terms``: as it was accepted under. ``bound``: for figures that its own forms changed.
    """

    contract: Contract
    history: History
    terms: Terms
    bound: BoundContract
    book: PriceBook
    settings: SettingsBook
    changes: tuple[AcceptedChange, ...] = ()

    def prices(self, on: dt.date) -> Prices:
        """What the contract pays by on a day; one that names no list goes by the one in force at its acceptance."""
        if self.contract.price_list:
            return self.book.prices(self.contract.price_list, on)
        accepted_on = tokyo_date(self.contract.accepted_at)
        listed = self.book.in_force(accepted_on)
        if listed is None:
            raise NoPrice("anything", "")
        return self.book.prices(listed.version, on)

    def month_lines(self, month: dt.date, prices: Prices) -> tuple[FeeLine, ...]:
        """The fee lines of a month (its first day), by the carrier's settings of its last."""
        terms = self.settings.applied(self.terms, whole_months_end(month, 1))
        return month_lines(self.history, month, prices, terms=terms)

    def terms_on(self, on: dt.date) -> Terms:
        """With the figures that the contract's own forms changed, and the carrier's settings of the day."""
        return bound_terms(self.bound, on, on, self.settings, self.terms)


@dataclass(frozen=True, slots=True)
class Difference:
    """A billed month that comes to something else now; yen without tax, negative where it is given back."""

    month: dt.date
    yen: int
    rule: str
    article: str
    note: Words


def fees_arisen(subject: Subject, months: list[dt.date], through: dt.date) -> list[Arising]:
    """All debts that arose until the end of ``through``, with the monthly fees of these months (their first days)."""
    found = [*_initial(subject), *_one_time(subject, through), *_early(subject, through)]
    for month in months:
        found += _monthly(subject, month)
    return [debt for debt in found if debt.arises_on <= through]


def arisen_by_now(subject: Subject, today: dt.date) -> list[Arising]:
    """The debts beside monthly fees that exist already today; an end that falls on today can still be withdrawn."""
    found = [*_initial(subject), *_one_time(subject, today), *_early(subject, today - DAY)]
    return [debt for debt in found if debt.arises_on <= today]


def months_to_bill(history: History, billed_through: dt.date | None, month: dt.date) -> list[dt.date]:
    """The months up to ``month`` that were not billed yet, from the billing start on."""
    begun = history.of_kind(FactKind.BILLING)
    if not begun:
        return []
    first = begun[0].first_on.replace(day=1)
    if billed_through is not None:
        first = max(first, next_month(billed_through))
    return list(_months(first, month))


def next_month(month: dt.date) -> dt.date:
    return dt.date(*month_after(month, 1), 1)


def differences(
    subject: Subject, billed: Mapping[dt.date, int], billed_through: dt.date, known_at: dt.datetime, known_facts: int
) -> list[Difference]:
    """The billed months that come to something else now.

    Looked at from the first day that anything speaks of which was published since ``known_at`` or told since there
    were ``known_facts``. Facts count by number and not by time: one may be told while a run is reading.
    """
    since = _changed_since(subject, known_at, known_facts)
    begun = subject.history.of_kind(FactKind.BILLING)
    if since is None or not (begun or billed):
        return []
    first = min([*billed, *(fact.first_on.replace(day=1) for fact in begun[:1])])
    return [
        found
        for month in _months(max(since.replace(day=1), first), billed_through)
        if (found := _difference(subject, month, billed.get(month, 0), known_at))
    ]


def _initial(subject: Subject) -> Iterator[Arising]:
    """The initial fee arises with the acceptance, whatever comes after (R110); each ancillary service has its own."""
    contract = subject.contract
    if not contract.price_list:
        return  # taken on from a former system, where it was owed
    accepted_on = debt_arises_on(DebtKind.INITIAL_FEE, contract.accepted_at, terms=subject.terms).value
    agreed_plan = subject.history.at(contract.accepted_at).facts
    if agreed_plan is not None:
        item = items.initial(agreed_plan.plan)
        yen = agreed_fees(subject.history, contract.accepted_at).get(item)
        unit_yen = subject.prices(accepted_on).of(item) if yen is None else yen
        yield from _fee(subject, ChargeKind.INITIAL_FEE, "initial", item, unit_yen, accepted_on, _ACCEPTED)
    for fact in subject.history.of_kind(FactKind.ANCILLARY):
        item = items.initial_ancillary(AncillaryService(fact.value))
        unit_yen = subject.prices(fact.first_on).yen.get(item, 0)
        key = f"initial:{fact.thread}"
        yield from _fee(subject, ChargeKind.INITIAL_FEE, key, item, unit_yen, fact.first_on, _ACCEPTED)


def _one_time(subject: Subject, through: dt.date) -> Iterator[Arising]:
    """The fee of a change arises when the carrier accepts it (R112)."""
    for change in subject.changes:
        on = debt_arises_on(DebtKind.ONE_TIME_FEE, change.accepted_at, terms=subject.terms).value
        if on <= through:
            agreed = agreed_fees(subject.history, change.accepted_at)
            unit_yen = agreed[items.CHANGE] if items.CHANGE in agreed else subject.prices(on).of(items.CHANGE)
            key, kind = f"change:{change.number}", ChargeKind.ONE_TIME_FEE
            yield from _fee(subject, kind, key, items.CHANGE, unit_yen, on, f"contracts.accept_change:{change.number}")


def _fee(
    subject: Subject, kind: ChargeKind, key: str, item: str, unit_yen: int, on: dt.date, trigger: str
) -> Iterator[Arising]:
    if unit_yen:
        yield Arising(
            key=key,
            kind=kind,
            yen=unit_yen,
            tax=TaxTreatment.TAXABLE,
            arises_on=on,
            supplied_from=on,
            supplied_until=on,
            trigger=trigger,
            article="27-1",
            rule="debt_arises_on",
            terms_version=subject.terms.version,
            words=items.item_words(item),
            item=item,
            price_list=subject.prices(on).name,
        )


def _monthly(subject: Subject, month: dt.date) -> Iterator[Arising]:
    days = billed_days(subject.history, month)
    if days is None:
        return
    prices = subject.prices(whole_months_end(month, 1))
    seen: dict[str, int] = {}
    for line in subject.month_lines(month, prices):
        seen[line.item] = seen.get(line.item, 0) + 1
        if line.yen:
            yield _month_fee(subject, month, line, seen[line.item], days.first_on, days.last_on, prices.name)


def _month_fee(
    subject: Subject, month: dt.date, line: FeeLine, turn: int, first_on: dt.date, last_on: dt.date, price_list: str
) -> Arising:
    note = _DAYS.with_facts(line.days, line.days_in_month) if line.days_in_month else NO_WORDS
    return Arising(
        key=f"monthly:{month:%Y-%m}:{line.item}" + (f":{turn}" if turn > 1 else ""),
        kind=ChargeKind.MONTHLY_FEE,
        yen=line.yen,
        tax=TaxTreatment.TAXABLE,
        arises_on=first_on,
        supplied_from=first_on,
        supplied_until=last_on,
        trigger=_BILLING,
        article="27-1",
        rule=MONTH_RULE,
        terms_version=subject.terms.version,
        words=items.item_words(line.item),
        item=line.item,
        quantity=line.quantity,
        unit_yen=line.unit_yen,
        days=line.days,
        days_in_month=line.days_in_month,
        price_list=price_list,
        note=note,
    )


def _early(subject: Subject, through: dt.date) -> Iterator[Arising]:
    """What ends inside its minimum term owes the rest (Art. 13): service, operations, each option by itself."""
    service = subject.history.of_kind(FactKind.SERVICE)[-1:]
    if not service:
        return
    for fact in subject.history.last_words():
        ends_at = _end_of(fact, service[0])
        if fact.kind not in _WITH_TERMS or ends_at is None or tokyo_date(ends_at - INSTANT) > through:
            continue
        for one in running_at(subject.history, ends_at - INSTANT):
            if one.thread == fact.thread:
                yield from _early_charge(subject, one, service[0], ends_at)


def _end_of(fact: DatedFact, service: DatedFact) -> dt.datetime | None:
    ends = [end for end in (fact.until_at, service.until_at) if end is not None]
    return min(ends, default=None)


def _early_charge(subject: Subject, one: Running, service: DatedFact, ends_at: dt.datetime) -> Iterator[Arising]:
    on, at = tokyo_date(ends_at - INSTANT), ends_at - INSTANT
    terms, agreed, prices = subject.terms_on(on), agreed_fees(subject.history, at), subject.prices(on)
    fee = fee_of(one, subject.history.at(at), lambda item: agreed[item] if item in agreed else prices.of(item))
    with_service = service.until_at is not None and service.until_at == ends_at
    found = early_termination_charge(
        one.kind,
        fee,
        one.started_on,
        max(on, one.started_on),
        _ended_by(subject.history, service) if with_service else EndedBy.CONTRACTOR,
        minimum_term(TermKind.SERVICE, service.first_on, terms=terms).value if with_service else None,
        on if with_service else None,
        terms=terms,
    )
    if found.value:
        yield _early_fee(subject, one, fee, on, found, terms)


def _early_fee(subject: Subject, one: Running, fee: int, on: dt.date, found: Value[int], terms: Terms) -> Arising:
    taxable = terms.switches.early_charge_tax == "taxable"
    return Arising(
        key=f"early:{one.thread}",
        kind=ChargeKind.EARLY_CHARGE,
        yen=found.value,
        tax=TaxTreatment.TAXABLE if taxable else TaxTreatment.OUT_OF_SCOPE,
        arises_on=on,
        supplied_from=on,
        supplied_until=on,
        trigger=f"end:{one.thread}",
        article=found.article,
        rule="early_termination_charge",
        terms_version=terms.version,
        words=_EARLY.with_facts(TERM_RULES[one.kind].words),
        item=one.kind.value,
        price_list=subject.prices(on).name,
        note=found.steps[-1].words if found.steps else NO_WORDS,
    )


def _ended_by(history: History, service: DatedFact) -> EndedBy:
    """A termination is an instant; every other end waits for midnight (Arts. 17, 18)."""
    if service.until_at is not None and tokyo(service.until_at).time() != dt.time():
        return EndedBy.CARRIER
    return ended_by(history)


def _changed_since(subject: Subject, known_at: dt.datetime, known_facts: int) -> dt.date | None:
    told = [fact.first_on for fact in subject.history.told[known_facts:]]
    return min([*told, *(listed.binds_existing_from for listed in _new_lists(subject, known_at))], default=None)


def _new_lists(subject: Subject, known_at: dt.datetime) -> list[ListedPrices]:
    lists = subject.book.lists
    return [listed for listed in lists if listed.binds_existing_from and listed.published_at >= known_at]


def _difference(subject: Subject, month: dt.date, billed: int, known_at: dt.datetime) -> Difference | None:
    prices = subject.prices(whole_months_end(month, 1))
    now = monthly_fee(subject.month_lines(month, prices))
    if now == billed:
        return None
    came_with = next((listed for listed in _new_lists(subject, known_at) if listed.version == prices.name), None)
    version = came_with.terms_version if came_with else ""
    if version and month in affected_months(version).value:
        found = retroactive_adjustments(version, [BilledMonth(month, billed, now)])
        note = _REVIEW if found.value[0].legal_review else NO_WORDS
        return Difference(month, found.value[0].amount, BACKWARDS_RULE, found.article, note)
    return Difference(month, now - billed, MONTH_RULE, "27-1", NO_WORDS)


def adjustment(subject: Subject, difference: Difference, key: str, on: dt.date) -> Arising:
    """A month that came out dearer, as a debt of today: nothing was due before, so it bears no interest (R165)."""
    return Arising(
        key=key,
        kind=ChargeKind.ADJUSTMENT,
        yen=difference.yen,
        tax=TaxTreatment.TAXABLE,
        arises_on=on,
        supplied_from=difference.month,
        supplied_until=whole_months_end(difference.month, 1),
        trigger=key,
        article=difference.article,
        rule=difference.rule,
        terms_version=subject.terms.version,
        words=ADJUSTED.with_facts(f"{difference.month:%Y-%m}"),
        note=difference.note,
    )


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    month = first
    while month <= last:
        yield month
        month = next_month(month)


_WITH_TERMS = frozenset(
    {
        FactKind.SERVICE,
        FactKind.OPERATIONS,
        FactKind.EXTRA_ACCOUNTS,
        FactKind.RETENTION_YEARS,
        FactKind.MONITORING_REPORT,
        FactKind.REPORT_MEETING,
    }
)
_ACCEPTED, _BILLING = "contracts.accept_application", "contracts.start_billing"
ADJUSTED = Words("料金調整({0}分)", "Adjustment of {0}")
_DAYS = Words("日割 {0}/{1}日", "{0} of {1} days")
_EARLY = Words("早期解除調定({0})", "Early-termination charge ({0})")
_REVIEW = Words("要法務確認(民法548条の4)", "For legal review (Civil Code 548-4)")
