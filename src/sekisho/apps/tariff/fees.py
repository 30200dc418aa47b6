"""The monthly fee of a contract, item by item: pure, from what the contract is and a price list.

Amounts are whole yen without tax. A fee agreed for one contract (Art. 27-2) stands instead of the list's price.
``monthly_lines`` answers for one standing: what a month costs as things are. ``month_lines`` answers for a
calendar month in which things may have changed, and is what is billed. Without proration a month that began is owed
in full (switch ``proration``): every option that was there on any of its days counts, and of a plan or access item
that changed within it the later one. With ``daily`` each stretch of days is counted, truncated once a line.

Errors: ``NoPrice`` where neither the list nor an agreement names an item that the contract has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sekisho.terms.applications import AncillaryService
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.history import DAY, DatedFact, FactKind, History, Standing, last_instant
from sekisho.terms.periods import days_of_month, whole_months_end
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.yen import truncated_yen

from . import items


class NoPrice(LookupError):
    """No price for an item: a person has to agree one, or choose another list."""

    def __init__(self, item: str, prices: str) -> None:
        super().__init__(f"{prices or 'no price list'} has no price for {item}")
        self.item = item
        self.prices = prices


@dataclass(frozen=True, slots=True)
class Prices:
    """One price list, or a quote over one. ``name`` is its version or the quote's number."""

    name: str
    yen: Mapping[str, int] = field(default_factory=dict)

    def of(self, item: str) -> int:
        """Whole yen without tax; ``NoPrice``."""
        if item not in self.yen:
            raise NoPrice(item, self.name)
        return self.yen[item]


class FeeLine(NamedTuple):
    """``days`` of ``days_in_month`` are charged; both 0: the whole month."""

    item: str
    quantity: int
    unit_yen: int
    days: int = 0
    days_in_month: int = 0

    @property
    def yen(self) -> int:
        """The line's amount without tax, truncated once."""
        if self.days == self.days_in_month:
            return self.quantity * self.unit_yen
        return truncated_yen(self.quantity * self.unit_yen * self.days, self.days_in_month)


def monthly_lines(
    standing: Standing,
    prices: Prices,
    agreed: Mapping[str, int] | None = None,
    ancillary: Collection[AncillaryService] = (),
) -> tuple[FeeLine, ...]:
    """What a month costs as things stand; empty before a plan was agreed on.

    ``agreed`` is ``agreed_fees``, ``ancillary`` is ``ancillary_services``, both of the same instant.
    """
    if standing.facts is None:
        return ()
    return _priced({**_quantities(standing.facts), **_of_ancillary(ancillary)}, prices, agreed or {})


def monthly_fee(lines: tuple[FeeLine, ...]) -> int:
    """The monthly fee in yen without tax: all recurring items together."""
    return sum(line.yen for line in lines)


def agreed_fees(history: History, at: dt.datetime, known_at: dt.datetime | None = None) -> dict[str, int]:
    """Item -> yen, as agreed for this contract and in force at the instant (Art. 27-2); the last one begun counts."""
    values = (fact.value for fact in history.in_force(at, known_at) if fact.kind is FactKind.FEE)
    return {value["item"]: value["yen"] for value in values}


def ancillary_services(
    history: History, at: dt.datetime, known_at: dt.datetime | None = None
) -> frozenset[AncillaryService]:
    """The ancillary services that the contract has at the instant."""
    holding = history.in_force(at, known_at)
    return frozenset(AncillaryService(fact.value) for fact in holding if fact.kind is FactKind.ANCILLARY)


class BilledDays(NamedTuple):
    """The days of a month for which monthly fees arise, both included."""

    first_on: dt.date
    last_on: dt.date


def billed_days(history: History, month: dt.date, known_at: dt.datetime | None = None) -> BilledDays | None:
    """From the billing start to the end of service, within the month of that day; None if there are none."""
    first, last = month.replace(day=1), whole_months_end(month, 1)
    ended = [fact.last_on for fact in history.of_kind(FactKind.SERVICE, known_at)][-1:]
    if ended and ended[0] is not None:
        last = min(last, ended[0])
    touching = [fact for fact in history.of_kind(FactKind.BILLING, known_at) if _touches(fact, first, last)]
    if not touching or last < first:
        return None
    begins = min(fact.first_on for fact in touching)
    ends = max(fact.last_on or last for fact in touching)
    return BilledDays(max(first, begins), min(last, ends))


def month_lines(
    history: History, month: dt.date, prices: Prices, *, known_at: dt.datetime | None = None, terms: Terms = LATEST
) -> tuple[FeeLine, ...]:
    """The fee lines of a calendar month, given by any of its days; empty where nothing is billed."""
    if month > dt.date.max - 31 * DAY:
        raise BadParameter("month", "ends outside the calendar")
    days = billed_days(history, month, known_at)
    if days is None:
        return ()
    if terms.switches.proration == "daily":
        return tuple(_by_days(history, days, prices, known_at))
    quantities = _of_whole_month(history, days, known_at)
    return _priced(quantities, prices, agreed_fees(history, last_instant(days.last_on), known_at))


def _priced(quantities: Mapping[str, int], prices: Prices, agreed: Mapping[str, int]) -> tuple[FeeLine, ...]:
    return tuple(
        FeeLine(item, quantity, agreed[item] if item in agreed else prices.of(item))
        for item, quantity in quantities.items()
        if quantity
    )


def _quantities(facts: ContractFacts) -> dict[str, int]:
    return {
        items.monthly_plan(facts.plan): 1,
        items.monthly_access(facts.access_item): 1,
        items.OPERATIONS: int(facts.operations),
        items.EXTRA_ACCOUNT: facts.extra_accounts,
        items.LOG_RETENTION_YEAR: facts.retention_years - 1,
        items.MONITORING_REPORT: int(facts.monitoring_report),
        items.REPORT_MEETING: int(facts.report_meeting),
    }


def _of_ancillary(services: Collection[AncillaryService]) -> dict[str, int]:
    return {items.monthly_ancillary(service): 1 for service in AncillaryService if service in services}


def _of_whole_month(history: History, days: BilledDays, known_at: dt.datetime | None) -> dict[str, int]:
    """As the last day has it, and every option that was there on another day of the month as well."""
    facts = history.on(days.last_on, known_at).facts
    if facts is None:
        return {}
    quantities = _quantities(facts)
    seen = [fact for fact in history.last_words(known_at) if _touches(fact, *days)]
    for kind, item in _YES_NO_ITEMS.items():
        quantities[item] = int(any(fact.kind is kind for fact in seen))
    # Every option instance has a term of its own (R062), so each that was there owes its month.
    quantities[items.EXTRA_ACCOUNT] = sum(f.value for f in seen if f.kind is FactKind.EXTRA_ACCOUNTS)
    years = (fact.value for fact in seen if fact.kind is FactKind.RETENTION_YEARS)
    quantities[items.LOG_RETENTION_YEAR] = max([1, *years]) - 1
    services = frozenset(AncillaryService(fact.value) for fact in seen if fact.kind is FactKind.ANCILLARY)
    return {**quantities, **_of_ancillary(services)}


_YES_NO_ITEMS = {
    FactKind.OPERATIONS: items.OPERATIONS,
    FactKind.MONITORING_REPORT: items.MONITORING_REPORT,
    FactKind.REPORT_MEETING: items.REPORT_MEETING,
}


def _by_days(history: History, days: BilledDays, prices: Prices, known_at: dt.datetime | None) -> Iterator[FeeLine]:
    """One line an item, quantity and price, with the days on which it was so."""
    counted: dict[tuple[str, int, int], int] = {}
    for span in history.spans(*days, known_at):
        at = last_instant(span.last_on)
        agreed, ancillary = agreed_fees(history, at, known_at), ancillary_services(history, at, known_at)
        for line in monthly_lines(span.standing, prices, agreed, ancillary):
            key = (line.item, line.quantity, line.unit_yen)
            counted[key] = counted.get(key, 0) + (span.last_on - span.first_on).days + 1
    length = days_of_month(days.first_on)
    for (item, quantity, unit_yen), served in counted.items():
        yield FeeLine(item, quantity, unit_yen, served, length)


def _touches(fact: DatedFact, first: dt.date, last: dt.date) -> bool:
    """Whether it held on any part of these days. A fact that ends as it begins never held."""
    if fact.until_at is not None and fact.until_at <= fact.from_at:
        return False
    return fact.first_on <= last and (fact.last_on is None or fact.last_on >= first)
