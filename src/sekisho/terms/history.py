"""A contract's whole life as dated facts, and what it comes to at any instant, as known at any other.

A fact says what holds from one instant until another. Facts that speak of the same thing form a thread, and the
last word of a thread counts: so the stop of an option is a new fact with an end, and a mistake is a void one.
Nothing is ever changed or removed, which makes the history bitemporal: ``known_at`` asks what was known then.

What one kind says at an instant: of single things (plan, access item) the thread that began last; of countable
things (extra accounts) the sum; of restrictions the union; of retention the longest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sekisho.terms.contract_states import ContractState, Overlay
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.moments import TOKYO, instant, tokyo, tokyo_date
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

DAY = dt.timedelta(days=1)


class FactKind(StrEnum):
    """What a fact speaks of; beside each, the shape of its value (all of them JSON)."""

    STATE = "state"  # "applied" | "accepted" | "provisioning" | "refused" | "withdrawn" | "retention" | "erased"
    SERVICE = "service"  # None: service is provided; minimum term runs from here
    BILLING = "billing"  # None: monthly fees arise
    NOTICE = "notice"  # {"by": EndedBy, "arrived_at": ISO}: an end is coming
    PLAN = "plan"  # Plan
    FUNCTIONS = "functions"  # [SecurityFunction]
    ACCESS_ITEM = "access_item"  # AccessItem
    OPERATIONS = "operations"  # None
    RETENTION_YEARS = "retention_years"  # whole years, the first included
    EXTRA_ACCOUNTS = "extra_accounts"  # how many
    MONITORING_REPORT = "monitoring_report"  # None
    REPORT_MEETING = "report_meeting"  # None
    INTERRUPTED = "interrupted"  # {"ground": str, "reason": str}
    RESTRICTED = "restricted"  # {"functions": [SecurityFunction], "ground": str, "reason": str}
    SUSPENDED = "suspended"  # {"ground": str, "reason": str}
    FEE = "fee"  # {"item": str, "yen": int}: agreed for this contract (Art. 27-2), instead of the price list
    PARAMETER = "parameter"  # {"key": str, "value": ..., "form": str}: override by the application form (Art. 1-2)
    RESALE = "resale"  # None (Art. 15-3)
    ANCILLARY = "ancillary"  # AncillaryService; several may hold
    LINE = "line"  # the line's identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFact:
    """``until_at`` is the first instant at which it no longer holds, None: open. ``number`` orders the telling."""

    number: int
    thread: str
    kind: FactKind
    value: Any
    from_at: dt.datetime
    until_at: dt.datetime | None = None
    recorded_at: dt.datetime
    void: bool = False

    def __post_init__(self) -> None:
        instant(self.from_at, "from_at")
        instant(self.recorded_at, "recorded_at")
        if self.until_at is not None:
            instant(self.until_at, "until_at")

    def holds_at(self, at: dt.datetime) -> bool:
        return self.from_at <= at and (self.until_at is None or at < self.until_at)

    @property
    def first_on(self) -> dt.date:
        return tokyo_date(self.from_at)

    @property
    def last_on(self) -> dt.date | None:
        """The last Tokyo day on which it held, be it only for a part of the day."""
        return None if self.until_at is None else tokyo_date(self.until_at - dt.timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a contract comes to at an instant: its state, what lies over it, and what every rule is asked with."""

    state: ContractState
    overlays: frozenset[Overlay]
    facts: ContractFacts | None
    """None before a plan was agreed on."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included, through which nothing changed."""

    first_on: dt.date
    last_on: dt.date
    standing: Standing


@dataclass(frozen=True, slots=True)
class History:
    """All facts of one contract, in the order they were told."""

    told: tuple[DatedFact, ...]

    def in_force(self, at: dt.datetime, known_at: dt.datetime | None = None) -> tuple[DatedFact, ...]:
        """The facts that hold at ``at``, by when they began."""
        holding = (fact for fact in self.last_words(known_at) if fact.holds_at(at))
        return tuple(sorted(holding, key=lambda fact: (fact.from_at, fact.number)))

    def last_words(self, known_at: dt.datetime | None = None) -> tuple[DatedFact, ...]:
        """One fact a thread: the last that was told by ``known_at``, unless it makes the thread void."""
        threads: dict[str, DatedFact] = {}
        for fact in self.told:
            if known_at is None or fact.recorded_at <= known_at:
                threads[fact.thread] = fact
        return tuple(fact for fact in threads.values() if not fact.void)

    def of_kind(self, kind: FactKind, known_at: dt.datetime | None = None) -> tuple[DatedFact, ...]:
        """The last words of one kind, past and future ones too, by when they begin."""
        found = (fact for fact in self.last_words(known_at) if fact.kind is kind)
        return tuple(sorted(found, key=lambda fact: (fact.from_at, fact.number)))

    def at(self, at: dt.datetime, known_at: dt.datetime | None = None) -> Standing:
        """State, overlays and facts at an instant."""
        instant(at, "at")
        holding = self.in_force(at, known_at)
        kinds = {fact.kind: fact for fact in holding}
        return Standing(self._state(at, kinds, known_at), _overlays(kinds), self._facts(at, holding, known_at))

    def on(self, day: dt.date, known_at: dt.datetime | None = None) -> Standing:
        """The standing as the day ends: the day's own changes are in it."""
        return self.at(last_instant(day), known_at)

    def spans(self, first: dt.date, last: dt.date, known_at: dt.datetime | None = None) -> Iterator[Span]:
        """The days from ``first`` to ``last`` in stretches of equal standing."""
        begin = first
        for following in [*self._change_days(first, last, known_at), last + DAY]:
            yield Span(begin, following - DAY, self.on(begin, known_at))
            begin = following

    def _change_days(self, first: dt.date, last: dt.date, known_at: dt.datetime | None) -> list[dt.date]:
        days = set()
        for fact in self.last_words(known_at):
            days.add(fact.first_on)
            if fact.last_on is not None:
                days.add(fact.last_on + DAY)
        return sorted(day for day in days if first < day <= last)

    def _state(self, at: dt.datetime, kinds: dict[FactKind, DatedFact], known_at: dt.datetime | None) -> ContractState:
        told = ContractState(kinds[FactKind.STATE].value) if FactKind.STATE in kinds else ContractState.APPLIED
        if told in (ContractState.ERASED, ContractState.RETENTION, ContractState.REFUSED, ContractState.WITHDRAWN):
            return told
        if FactKind.SERVICE in kinds:
            return ContractState.NOTICE_GIVEN if FactKind.NOTICE in kinds else ContractState.ACTIVE
        over = (fact.until_at for fact in self.of_kind(FactKind.SERVICE, known_at))
        return ContractState.ENDED if any(end is not None and end <= at for end in over) else told

    def _facts(
        self, at: dt.datetime, holding: tuple[DatedFact, ...], known_at: dt.datetime | None
    ) -> ContractFacts | None:
        service = [fact for fact in self.of_kind(FactKind.SERVICE, known_at) if fact.from_at <= at]
        # What was agreed last still describes a contract that is over, so it is asked as of its last instant.
        if service and service[-1].until_at is not None and service[-1].until_at <= at:
            holding = self.in_force(service[-1].until_at - dt.timedelta(microseconds=1), known_at)
        last = {fact.kind: fact for fact in holding}
        if not {FactKind.PLAN, FactKind.FUNCTIONS, FactKind.ACCESS_ITEM} <= last.keys():
            return None
        facts = ContractFacts(
            plan=Plan(last[FactKind.PLAN].value),
            functions=frozenset(map(SecurityFunction, last[FactKind.FUNCTIONS].value)),
            access_item=AccessItem(last[FactKind.ACCESS_ITEM].value),
            operations=FactKind.OPERATIONS in last,
            operations_started_on=last[FactKind.OPERATIONS].first_on if FactKind.OPERATIONS in last else None,
            started_on=service[-1].first_on if service else None,
            retention_years=max([1, *_values(holding, FactKind.RETENTION_YEARS)]),
            extra_accounts=sum(_values(holding, FactKind.EXTRA_ACCOUNTS)),
            monitoring_report=FactKind.MONITORING_REPORT in last,
            report_meeting=FactKind.REPORT_MEETING in last,
            suspended=FactKind.SUSPENDED in last,
            restricted=_restricted(holding),
        )
        return _with_end(facts, service[-1].until_at) if service and service[-1].until_at else facts


def at_start_of(day: dt.date) -> dt.datetime:
    """The first instant of a Tokyo day."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=TOKYO)


def last_instant(day: dt.date) -> dt.datetime:
    """The last instant of a Tokyo day, to the microsecond."""
    return at_start_of(day + DAY) - dt.timedelta(microseconds=1)


def through(day: dt.date) -> dt.datetime:
    """``until_at`` of what holds through 24:00 of the day (the terms' convention for every effect on a day)."""
    return at_start_of(day + DAY)


def _with_end(facts: ContractFacts, until_at: dt.datetime) -> ContractFacts:
    end = tokyo(until_at)
    if end == at_start_of(end.date()):
        return replace(facts, ended_on=end.date() - DAY)
    return replace(facts, ended_on=end.date(), terminated_at=until_at)


def _overlays(kinds: dict[FactKind, DatedFact]) -> frozenset[Overlay]:
    return frozenset(overlay for overlay in Overlay if FactKind(overlay.value) in kinds)


def _values(holding: Iterable[DatedFact], kind: FactKind) -> list[int]:
    return [fact.value for fact in holding if fact.kind is kind]


def _restricted(holding: Iterable[DatedFact]) -> frozenset[SecurityFunction]:
    values = (fact.value["functions"] for fact in holding if fact.kind is FactKind.RESTRICTED)
    return frozenset(SecurityFunction(function) for functions in values for function in functions)
