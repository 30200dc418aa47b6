"""Sliding windows over what correlations count: sightings in, firings out. No clock, no I/O.

A window ends at an event and begins ``timespan`` before it, by the time of the events, whenever they
arrive. It fires once, and then not again for events nearer than a timespan to that instant: a flood is
one finding a timespan. The answer depends on the sightings alone, so a sighting that comes again after
an interruption changes nothing and makes the same firing, with the same key, again.

Bounded: entries of a window, windows of a contract, windows in all. What has to go is the oldest of
whoever takes most, and ``overflowed`` counts it.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sekisho.pipeline.detect.correlation import (
    COUNT_MAX,
    VALUES_MAX,
    Comparison,
    Correlation,
    Firing,
    Place,
    Sighting,
    Term,
)

LATE_SECONDS_MAX = 86_400
"""Events that come so much later than newer ones of their window still count."""
LATE_ENDS_MAX = 100
"""A late event is in many windows that end after it; where a window's entries must be looked at one by one, only the
nearest of them are asked."""
CONTRACT_WINDOWS_MAX = 20_000
WINDOWS_MAX = 400_000
SECOND = 1_000_000

_COMPARE: Mapping[Comparison, Callable[[float, float], bool]] = {
    "gte": float.__ge__,
    "gt": float.__gt__,
    "eq": float.__eq__,
    "lt": float.__lt__,
    "lte": float.__le__,
    "neq": float.__ne__,
}


class _Window:
    """Sightings of one place in their order, and the firings so far."""

    __slots__ = ("entries", "fired", "orders", "touched")

    def __init__(self) -> None:
        self.entries: list[Sighting] = []
        self.orders: list[tuple[int, str, int, str]] = []
        self.fired: list[Firing] = []
        self.touched = 0

    def put(self, sighting: Sighting) -> None:
        """Into its place, once."""
        at = bisect.bisect_left(self.orders, sighting.order)
        if at == len(self.orders) or self.orders[at] != sighting.order:
            self.orders.insert(at, sighting.order)
            self.entries.insert(at, sighting)

    def between(self, first: int, last: int) -> list[Sighting]:
        """Those of these instants, both included."""
        return self.entries[slice(*self._range(first, last))]

    def count(self, first: int, last: int) -> int:
        start, end = self._range(first, last)
        return end - start

    def keep(self, entries: Iterable[Sighting]) -> None:
        self.entries = list(entries)
        self.orders = [entry.order for entry in self.entries]

    def _range(self, first: int, last: int) -> tuple[int, int]:
        return bisect.bisect_left(self.orders, (first,)), bisect.bisect_left(self.orders, (last + 1,))


class Windows:
    """All windows of all correlations. Not for two threads at once."""

    def __init__(self, correlations: Iterable[Correlation]) -> None:
        self._rules = {rule.id: rule for rule in correlations}
        self._parents: dict[str, list[tuple[Correlation, tuple[int, ...]]]] = defaultdict(list)
        for rule in self._rules.values():
            for member in rule.members:
                if member.inherited is not None:
                    self._parents[member.rule].append((rule, member.inherited))
        self._windows: dict[str, OrderedDict[Place, _Window]] = defaultdict(OrderedDict)
        self._size = 0
        self.overflowed = 0

    def __len__(self) -> int:
        return self._size

    def recall(self, sightings: Iterable[Sighting], firings: Iterable[Firing]) -> None:
        """What an earlier life knew. Correlations that are no more are passed over."""
        for sighting in sightings:
            if sighting.correlation in self._rules:
                self._window(sighting.place, sighting.at).put(sighting)
        for firing in firings:
            if firing.correlation in self._rules:
                self._window(firing.place, firing.at).fired.append(firing)
                for further in self.derived(firing):
                    self._window(further.place, further.at).put(further)

    def take(self, sightings: Iterable[Sighting], received_at: int) -> list[Firing]:
        """Count these; the firings that they complete, in the order of the sightings."""
        return [
            firing
            for sighting in sorted(sightings, key=lambda s: s.order)
            for firing in self._one(sighting, received_at)
        ]

    def derived(self, firing: Firing) -> list[Sighting]:
        """What a firing counts for in correlations of correlations; ``take`` has counted them already."""
        return [
            Sighting(
                parent.id,
                firing.contract,
                tuple(firing.key[part] for part in inherited),
                firing.correlation,
                firing.at,
                firing.batch,
                firing.record,
            )
            for parent, inherited in self._parents.get(firing.correlation, ())
        ]

    def forget(self, now: int) -> int:
        """Drop windows that nobody has touched for so long that nothing can complete them; how many."""
        gone = 0
        for contract in list(self._windows):
            places = self._windows[contract]
            for place in [p for p, window in places.items() if window.touched < now - self._memory(p[0])]:
                del places[place]
                gone += 1
            if not places:
                del self._windows[contract]
        self._size -= gone
        return gone

    def _one(self, sighting: Sighting, received_at: int) -> Iterator[Firing]:
        rule = self._rules.get(sighting.correlation)
        if rule is None:
            return
        window = self._window(sighting.place, received_at)
        window.put(sighting)
        _trim(window, rule)
        firing = _fired(window, rule, sighting)
        if firing is not None:
            yield firing
            for further in self.derived(firing):
                yield from self._one(further, received_at)

    def _window(self, place: Place, touched: int) -> _Window:
        places = self._windows[place[1]]
        window = places.get(place)
        if window is None:
            window = places[place] = _Window()
            self._size += 1
            self._make_room(places)
        places.move_to_end(place)
        window.touched = max(window.touched, touched)
        return window

    def _make_room(self, places: OrderedDict[Place, _Window]) -> None:
        """At the expense of whoever has most, so that a noisy contract can't push out a quiet one."""
        if self._size > WINDOWS_MAX:
            places = max(self._windows.values(), key=len)
        elif len(places) <= CONTRACT_WINDOWS_MAX:
            return
        places.popitem(last=False)
        self._size -= 1
        self.overflowed += 1

    def _memory(self, correlation: str) -> int:
        return (self._rules[correlation].timespan_seconds + LATE_SECONDS_MAX) * SECOND


def _fired(window: _Window, rule: Correlation, sighting: Sighting) -> Firing | None:
    """The first window with this sighting in it that meets the condition, unless one near it has fired already."""
    span = rule.timespan_seconds * SECOND
    ends = dict.fromkeys(entry.at for entry in window.between(sighting.at, sighting.at + span))
    for end in ends if rule.kind == "event_count" else itertools.islice(ends, LATE_ENDS_MAX):
        earlier = next((f for f in window.fired if abs(f.at - end) <= span), None)
        if earlier is not None:
            if (earlier.batch, earlier.record) == (sighting.batch, sighting.record):
                return earlier
            continue
        measured = _measure(window, rule, end - span, end)
        if measured is not None:
            firing = Firing(*sighting.place, end, sighting.batch, sighting.record, measured)
            window.fired.append(firing)
            return firing
    return None


def _measure(window: _Window, rule: Correlation, first: int, last: int) -> float | None:
    """What the condition is about, if it is met; else None."""
    if rule.kind == "event_count":
        number = float(window.count(first, last))
    else:
        entries = window.between(first, last)
        if rule.term is not None:
            return _term_met(rule, entries)
        number = _METRICS[rule.kind](rule, entries)
    return number if number == number and _COMPARE[rule.comparison](number, float(rule.number)) else None


def _term_met(rule: Correlation, entries: Sequence[Sighting]) -> float | None:
    seen = {entry.rule for entry in entries}
    if rule.kind == "temporal_ordered" and _longest_in_order([r for r in rule.rules if r in seen], entries) < len(seen):
        return None
    return float(len(seen)) if rule.term is not None and _holds(rule.term, seen) else None


def _holds(term: Term, seen: set[str]) -> bool:
    parts = (part in seen if isinstance(part, str) else _holds(part, seen) for part in term.parts)
    return all(parts) if term.every else any(parts)


def _numbers(entries: Sequence[Sighting]) -> list[float]:
    found = []
    for entry in entries:
        try:
            found.append(float(entry.value or ""))
        except ValueError:
            continue
    return found


def _longest_in_order(rules: Sequence[str], entries: Sequence[Sighting]) -> int:
    """How many of the rules, from the first on, are seen one after the other."""
    reached = 0
    for entry in entries:
        if reached < len(rules) and entry.rule == rules[reached]:
            reached += 1
    return reached


def _percentile(rule: Correlation, entries: Sequence[Sighting]) -> float:
    """The smallest value that at least so many percent are not above (nearest rank)."""
    numbers = sorted(_numbers(entries))
    if not numbers:
        return float("nan")
    rank = -(-len(numbers) * rule.percentile // 100)
    return numbers[max(int(rank), 1) - 1]


_METRICS: Mapping[str, Callable[[Correlation, Sequence[Sighting]], float]] = {
    "value_count": lambda _, entries: float(len({e.value for e in entries if e.value is not None})),
    "value_sum": lambda _, entries: sum(_numbers(entries)),
    "value_avg": lambda _, entries: statistics.fmean(numbers) if (numbers := _numbers(entries)) else float("nan"),
    "value_median": lambda _, entries: statistics.median(numbers) if (numbers := _numbers(entries)) else float("nan"),
    "value_percentile": _percentile,
    "temporal": lambda _, entries: float(len({e.rule for e in entries})),
    "temporal_ordered": lambda rule, entries: float(_longest_in_order(rule.rules, entries)),
}


def _trim(window: _Window, rule: Correlation) -> None:
    """Away with what is too old to count, and, in a full window, with what another entry stands for."""
    span = rule.timespan_seconds * SECOND
    oldest = window.orders[-1][0] - span - LATE_SECONDS_MAX * SECOND
    if window.orders[0][0] < oldest:
        window.keep(entry for entry in window.entries if entry.at >= oldest)
        window.fired = [firing for firing in window.fired if firing.at >= oldest - span]
    limit = COUNT_MAX if rule.kind == "event_count" else VALUES_MAX
    if len(window.entries) > limit:
        kept = window.entries if rule.kind == "event_count" else list(_thinned(window.entries, rule))
        window.keep(kept[-limit:])


def _thinned(entries: Sequence[Sighting], rule: Correlation) -> Iterator[Sighting]:
    """Without entries that a later one makes superfluous for every window still to come."""
    if rule.kind in ("value_count", "temporal"):
        last = {(entry.rule, entry.value): entry.order for entry in entries}
        yield from (entry for entry in entries if last[entry.rule, entry.value] == entry.order)
    elif rule.kind == "temporal_ordered":
        following = [*entries[1:], None]
        yield from (
            entry for entry, after in zip(entries, following, strict=True) if not after or after.rule != entry.rule
        )
    else:
        yield from entries
