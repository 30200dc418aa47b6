"""How contracts and options end (Arts. 12-5, 14, 17, 18)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.ending import (
    cancellation_effect,
    line_caused_end,
    option_stop_effect,
    termination_check,
    termination_effect,
    withdrawal_check,
)
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import LATEST, Parameters

from .moments_in_tokyo import DAYS, at, on


@pytest.mark.article("17-1", "17-2")
@pytest.mark.parametrize(
    ("arrived", "named", "effect"),
    [
        ("2025-07-10", "2025-08-31", "2025-09-10"),
        ("2025-07-10", "2025-10-31", "2025-10-31"),
        ("2025-11-30", None, "2026-01-31"),
        ("2025-12-31", None, "2026-02-28"),
        ("2026-02-28", None, "2026-04-30"),
        ("2026-06-30", None, "2026-08-31"),
        ("2026-03-10", None, "2026-05-10"),
        ("2026-03-10", "2020-01-01", "2026-05-10"),
    ],
)
def test_a_cancellation_takes_two_months_or_to_the_later_named_day(
    arrived: str, named: str | None, effect: str
) -> None:
    found = cancellation_effect(on(arrived), on(named) if named else None)
    assert (found.value, found.article) == (on(effect), "17-2")


@pytest.mark.article("1-2", "17-2")
def test_a_form_that_agreed_on_one_month_gives_one_month() -> None:
    agreed = replace(LATEST, parameters=Parameters(cancellation_months=1))
    assert cancellation_effect(on("2026-03-10"), terms=agreed).value == on("2026-04-10")


@pytest.mark.article("12-5")
@pytest.mark.parametrize(
    ("named", "effect"), [(None, "2026-04-09"), ("2026-03-31", "2026-04-09"), ("2026-04-30", "2026-04-30")]
)
def test_an_option_stops_after_thirty_days_or_on_the_later_named_day(named: str | None, effect: str) -> None:
    found = option_stop_effect(on("2026-03-10"), on(named) if named else None)
    assert (found.value, found.article) == (on(effect), "12-5")


@pytest.mark.article("17-3")
def test_the_service_ends_with_its_line_on_the_same_day() -> None:
    found = line_caused_end(on("2026-05-20"))
    assert isinstance(found, Value)
    assert (found.value, found.article) == (on("2026-05-20"), "17-3")


@pytest.mark.article("14-1", "17-3")
def test_a_line_that_is_moved_is_a_change_and_no_end() -> None:
    found = line_caused_end(on("2026-05-20"), replaced=True)
    assert isinstance(found, Refusal)
    assert (found.code, found.article) == ("line_end.replaced", "14-1")


@pytest.mark.article("18-1")
def test_a_termination_takes_effect_at_its_instant() -> None:
    found = termination_effect(at("2026-06-01 15:30:00").astimezone(dt.UTC))
    assert found.value.isoformat() == "2026-06-01T15:30:00+09:00"


@pytest.mark.article("18-1")
@pytest.mark.parametrize(
    ("evidence", "approved_by", "code"),
    [
        ("", "b", "termination.no_evidence"),
        ("file 7", "a", "termination.needs_two"),
        ("x", "", "termination.needs_two"),
    ],
)
def test_a_termination_needs_evidence_and_two_people(evidence: str, approved_by: str, code: str) -> None:
    found = termination_check(evidence, "a", approved_by)
    assert isinstance(found, Refusal)
    assert found.code == code
    assert isinstance(termination_check("file 7", "a", "b"), Value)
    with pytest.raises(BadParameter, match="decided_by"):
        termination_check("file 7", "", "b")


@pytest.mark.article("17-2")
def test_a_cancellation_is_taken_back_before_its_effect_and_with_consent() -> None:
    effect = on("2026-05-10")
    assert isinstance(withdrawal_check(on("2026-05-10"), effect, True), Value)
    codes = [withdrawal_check(on(day), effect, agrees) for day, agrees in (("2026-05-11", True), ("2026-05-01", False))]
    assert [c.code for c in codes if isinstance(c, Refusal)] == ["withdrawal.too_late", "withdrawal.needs_consent"]


def test_an_effect_tells_arrival_period_and_named_day() -> None:
    steps = cancellation_effect(on("2025-07-10"), on("2025-08-31")).steps
    assert [s.words.en for s in steps] == [
        "Arrived on Thu 2025-07-10; that day is not counted.",
        "2 month(s) end on Wed 2025-09-10.",
        "Named: Sun 2025-08-31. The later one counts: Wed 2025-09-10, at 24:00.",
    ]


@given(st.sampled_from([cancellation_effect, option_stop_effect]), DAYS, DAYS, st.none() | DAYS)
def test_a_later_arrival_never_ends_earlier_and_a_named_day_never_shortens(
    effect: object, first: dt.date, second: dt.date, named: dt.date | None
) -> None:
    first, second = sorted((first, second))
    assert effect(first, named).value <= effect(second, named).value
    assert effect(first, named).value >= effect(first).value > first
    assert named is None or effect(first, named).value >= named
