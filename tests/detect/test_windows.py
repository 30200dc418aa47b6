"""Windows against a plain reading of the definition, and against time, order, repetition and floods."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.detect import windows
from sekisho.pipeline.detect.correlation import Correlation, Kind, Member, Sighting
from sekisho.pipeline.detect.windows import LATE_SECONDS_MAX, SECOND, Windows

SPAN_SECONDS = 10


def rule(kind: Kind, number: float, **parts: object) -> Correlation:
    made = Correlation(
        id="c", title="t", level="high", family="f", tactic=None, technique=None, path=Path("c.yml"), kind=kind,
        rules=("a", "b"), group_by=("k",), timespan_seconds=SPAN_SECONDS, comparison="gte", number=number,
        members=(Member("a"), Member("b")),
    )  # fmt: skip
    return msgspec.structs.replace(made, **parts)


def seen(at: float, record: int = 0, *, by: str = "a", value: str | None = "v", **parts: object) -> Sighting:
    made = Sighting("c", "SK1", ("k",), by, int(at * SECOND), "batch", record, value)
    return msgspec.structs.replace(made, **parts)


SIGHTINGS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=25).map(
    lambda rows: [seen(at, number, by=by, value=value) for number, (at, by, value) in enumerate(rows)]
)


def holds(correlation: Correlation, window: list[Sighting]) -> bool:
    """The condition in the words of the specification."""
    if correlation.kind == "event_count":
        return len(window) >= correlation.number
    if correlation.kind == "value_count":
        return len({s.value for s in window}) >= correlation.number
    if correlation.kind == "temporal":
        return {s.rule for s in window} == {"a", "b"}
    return any(a.rule == "a" and b.rule == "b" and a.order < b.order for a in window for b in window)


RULES = [rule("event_count", 3), rule("value_count", 3), rule("temporal", 2), rule("temporal_ordered", 2)]


@pytest.mark.parametrize("correlation", RULES, ids=lambda each: each.kind)
@given(data=st.data())
def test_something_fires_exactly_when_some_window_meets_the_condition(correlation, data):
    sightings = data.draw(SIGHTINGS)
    arriving = data.draw(st.permutations(sightings))
    counted = Windows([correlation])
    fired = [firing for each in arriving for firing in counted.take([each], each.at)]
    span = SPAN_SECONDS * SECOND
    for last in sightings:
        window = sorted((s for s in sightings if last.at - span <= s.at <= last.at), key=lambda s: s.order)
        if holds(correlation, window):
            assert any(abs(firing.at - last.at) <= span for firing in fired)
    for firing in fired:
        window = sorted((s for s in sightings if firing.at - span <= s.at <= firing.at), key=lambda s: s.order)
        assert holds(correlation, window)


@pytest.mark.parametrize("correlation", RULES, ids=lambda each: each.kind)
@given(sightings=SIGHTINGS, cut=st.integers(0, 25))
def test_a_restart_in_the_middle_and_a_batch_that_comes_again_change_nothing(correlation, sightings, cut):
    """Every sighting is kept before its firing is told; what was kept may be taken again."""
    sightings = sorted(sightings, key=lambda s: s.order)
    straight = Windows([correlation]).take(sightings, 0)
    before = Windows([correlation])
    first = before.take(sightings[:cut], 0)
    after = Windows([correlation])
    after.recall(sightings[:cut], first)
    again = after.take(sightings[max(cut - 5, 0) : cut], 0)
    assert set(again) <= set(first)
    rest = after.take(sightings[cut:], 0)
    assert dict.fromkeys([*first, *rest]) == dict.fromkeys(straight)


def test_an_event_that_comes_late_still_completes_its_window():
    counted = Windows([rule("event_count", 3)])
    assert counted.take([seen(1, 1), seen(30, 4), seen(3, 3)], 0) == []
    (firing,) = counted.take([seen(2, 2)], 0)
    assert (firing.at, firing.record) == (3 * SECOND, 2)


def test_an_event_that_comes_more_than_a_day_after_its_window_is_not_counted():
    counted = Windows([rule("event_count", 2)])
    counted.take([seen(0, 0), seen(LATE_SECONDS_MAX + 100, 1)], 0)
    assert counted.take([seen(1, 2)], 0) == []


def test_a_full_window_keeps_what_can_still_complete_it(monkeypatch):
    monkeypatch.setattr(windows, "VALUES_MAX", 50)
    counted = Windows([rule("value_count", 3, timespan_seconds=10_000)])
    first = [seen(0, 0, value="x"), seen(1, 1, value="y")]
    flood = [seen(2 + number, 2 + number, value="x") for number in range(500)]
    assert counted.take([*first, *flood], 0) == []
    assert [f.record for f in counted.take([seen(600, 999, value="z")], 0)] == [999]


def test_a_noisy_contract_makes_room_at_its_own_expense(monkeypatch):
    monkeypatch.setattr(windows, "WINDOWS_MAX", 100)
    counted = Windows([rule("event_count", 2)])
    counted.take([seen(0, 0, contract="quiet")], 0)
    counted.take([seen(1 + n, n, contract="noisy", key=(str(n),)) for n in range(500)], 0)
    assert (len(counted), counted.overflowed) == (100, 401)
    assert len(counted.take([seen(2, 1, contract="quiet")], 0)) == 1


def test_windows_that_nobody_touches_are_forgotten():
    counted = Windows([rule("event_count", 2)])
    counted.take([seen(0)], 0)
    assert counted.forget((SPAN_SECONDS + LATE_SECONDS_MAX) * SECOND) == 0
    assert counted.forget((SPAN_SECONDS + LATE_SECONDS_MAX) * SECOND + 1) == 1
    assert len(counted) == 0
