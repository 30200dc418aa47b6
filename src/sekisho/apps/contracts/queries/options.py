"""What runs under a contract with a minimum term of its own: the service, operations, each quantity of each option.

Every one is a thread of facts. A quantity that was added later is another thread, with another term (Art. 12-3).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from sekisho.apps.tariff import items
from sekisho.apps.tariff.fees import agreed_fees
from sekisho.apps.tariff.queries import prices_of
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.history import DatedFact, FactKind, History, Standing, last_instant
from sekisho.terms.minimum import TermKind
from sekisho.terms.values import BadParameter

from ..models import Contract

TERM_KINDS: dict[FactKind, TermKind] = {
    FactKind.SERVICE: TermKind.SERVICE,
    FactKind.OPERATIONS: TermKind.OPERATIONS,
    FactKind.EXTRA_ACCOUNTS: TermKind.EXTRA_ACCOUNT,
    FactKind.RETENTION_YEARS: TermKind.LOG_RETENTION,
    FactKind.MONITORING_REPORT: TermKind.MONITORING_REPORT,
    FactKind.REPORT_MEETING: TermKind.REPORT_MEETING,
}
FROM_BILLING = frozenset({TermKind.MONITORING_REPORT, TermKind.REPORT_MEETING})
"""Their one month runs from the day of the billing start (Art. 12-4)."""

Fees = Callable[[str], int]
"""An item's code -> whole yen a unit and month, without tax; ``NoPrice`` where it has none."""


class Running(NamedTuple):
    """One thing with a minimum term. ``started_on`` is the day from which that term is counted."""

    kind: TermKind
    thread: str
    quantity: int
    started_on: dt.date
    fact: DatedFact


def running_on(history: History, day: dt.date) -> list[Running]:
    """Everything with a minimum term that runs on a day, the service first; empty without a service."""
    return running_at(history, last_instant(day))


def running_at(history: History, at: dt.datetime) -> list[Running]:
    """As ``running_on``, at an instant: a termination does not wait for midnight."""
    holding = history.in_force(at)
    if not any(fact.kind is FactKind.SERVICE for fact in holding):
        return []
    found = [_running(fact, holding) for fact in holding if fact.kind in TERM_KINDS]
    return sorted(found, key=lambda one: (list(TermKind).index(one.kind), one.started_on, one.fact.number))


def running_thread(history: History, thread: str, day: dt.date) -> Running:
    """The one of ``running_on`` in this thread; ``BadParameter`` if it doesn't run then."""
    for one in running_on(history, day):
        if one.thread == thread:
            return one
    raise BadParameter("thread", f"{thread!r} does not run on {day}")


def ancillary_on(history: History, day: dt.date) -> list[DatedFact]:
    """The ancillary services on a day, by when they began; each is a thread, and its value the service."""
    return [fact for fact in history.in_force(last_instant(day)) if fact.kind is FactKind.ANCILLARY]


def ancillary_thread(history: History, thread: str, day: dt.date) -> DatedFact:
    """The one of ``ancillary_on`` in this thread; ``BadParameter`` if there is none."""
    for fact in ancillary_on(history, day):
        if fact.thread == thread:
            return fact
    raise BadParameter("thread", f"{thread!r} is no ancillary service of {day}")


def fees_of(contract: Contract, history: History, day: dt.date) -> Fees:
    """What this contract pays for an item on a day: agreed for it alone, else by its list or quote."""
    agreed = agreed_fees(history, last_instant(day))
    prices = prices_of(contract.price_list, day)
    return lambda item: agreed[item] if item in agreed else prices.of(item)


def fee_of(one: Running, standing: Standing, fees: Fees) -> int:
    """The monthly fee in yen, without tax, of what runs, as the contract stands."""
    facts = standing.facts
    if facts is None:
        raise BadParameter("standing", "has no plan yet")
    return one.quantity * sum(fees(item) for item in _items_of(one.kind, facts))


def _items_of(kind: TermKind, facts: ContractFacts) -> tuple[str, ...]:
    if kind is TermKind.SERVICE:
        return (items.monthly_plan(facts.plan), items.monthly_access(facts.access_item))
    return (_ITEMS[kind],)


_ITEMS = {
    TermKind.OPERATIONS: items.OPERATIONS,
    TermKind.EXTRA_ACCOUNT: items.EXTRA_ACCOUNT,
    TermKind.LOG_RETENTION: items.LOG_RETENTION_YEAR,
    TermKind.MONITORING_REPORT: items.MONITORING_REPORT,
    TermKind.REPORT_MEETING: items.REPORT_MEETING,
}


def _running(fact: DatedFact, holding: tuple[DatedFact, ...]) -> Running:
    kind = TERM_KINDS[fact.kind]
    begins = fact.first_on
    if kind in FROM_BILLING:
        begins = max([begins, *(other.first_on for other in holding if other.kind is FactKind.BILLING)])
    return Running(kind, fact.thread, _quantity(fact, holding), begins, fact)


def _quantity(fact: DatedFact, holding: tuple[DatedFact, ...]) -> int:
    """How many units the thread adds: accounts as they are, years of retention beyond those of shorter threads."""
    if fact.kind is FactKind.EXTRA_ACCOUNTS:
        return fact.value
    if fact.kind is not FactKind.RETENTION_YEARS:
        return 1
    earlier = [
        other.value
        for other in holding
        if other.kind is fact.kind and (other.value, other.number) < (fact.value, fact.number)
    ]
    return fact.value - max([1, *earlier])
