"""The clocks that are no incident notices (Arts. 6-1(1), 16-2, 23-2, 35-1, 37-1)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.deadlines import deadline, on_time
from sekisho.terms.due import (
    CLOCK_RULES,
    ClockRule,
    due,
    monthly_report_due,
    other_change_contact_due,
    sla_claim_deadline,
    standard_change_confirmation_due,
    succession_filing_due,
)
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST

from .moments_in_tokyo import INSTANTS, at, on


@pytest.mark.article("23-2")
def test_a_standard_change_is_confirmed_within_24_hours_also_on_a_saturday() -> None:
    found = standard_change_confirmation_due(at("2026-05-01 18:30:00"))
    assert found.value == at("2026-05-02 18:30:00")
    assert found.value.isoformat() == "2026-05-02T18:30:00+09:00"
    assert on_time(found.value, at("2026-05-02 18:30:00"))
    assert not on_time(found.value, at("2026-05-02 18:30:01"))


@pytest.mark.article("23-2")
@pytest.mark.parametrize(
    ("received", "by"),
    [
        ("2026-05-01 16:00:00", "2026-05-07"),
        ("2026-05-01 23:59:59", "2026-05-07"),
        ("2026-05-02 09:00:00", "2026-05-07"),
        ("2026-12-28 09:00:00", "2027-01-04"),
        ("2026-09-18 09:00:00", "2026-09-24"),
        ("2019-04-26 17:30:00", "2019-05-07"),
        ("2026-05-05 09:00:00", "2026-05-07"),
    ],
)
def test_other_changes_are_answered_by_the_next_business_day(received: str, by: str) -> None:
    found = other_change_contact_due(at(received))
    assert found.value == on(by)
    assert on_time(found.value, at(by + " 23:59:59"))
    assert not on_time(found.value, at(by + " 23:59:59") + dt.timedelta(seconds=1))


@pytest.mark.article("6-1(1)")
@pytest.mark.parametrize(
    ("month", "by"),
    [
        ("2025-12-01", "2026-01-19"),
        ("2026-04-30", "2026-05-19"),
        ("2026-08-01", "2026-09-14"),
        ("2026-09-15", "2026-10-15"),
    ],
)
def test_the_monthly_report_is_out_by_the_tenth_business_day(month: str, by: str) -> None:
    assert monthly_report_due(on(month)).value == on(by)


@pytest.mark.article("35-1")
def test_a_claim_arrives_within_two_weeks_of_the_breach() -> None:
    found = sla_claim_deadline(at("2026-06-01 10:15:00"))
    assert found.value == on("2026-06-15")
    assert on_time(found.value, at("2026-06-15 23:59:59"))
    assert not on_time(found.value, at("2026-06-16 00:00:00"))


@pytest.mark.article("35-1")
def test_the_breachs_day_is_its_day_in_tokyo() -> None:
    assert sla_claim_deadline(dt.datetime(2026, 5, 31, 15, 0, tzinfo=dt.UTC)).value == on("2026-06-15")


@pytest.mark.article("16-2")
def test_a_successor_files_within_30_days() -> None:
    assert succession_filing_due(on("2026-04-01")).value == on("2026-05-01")


@pytest.mark.article("37-1")
def test_an_oral_secret_is_confirmed_within_two_weeks() -> None:
    assert due(CLOCK_RULES["oral_secret_confirmation"], on("2026-04-10")).value == on("2026-04-24")


def test_an_answer_carries_article_version_and_its_way() -> None:
    found = sla_claim_deadline(at("2026-06-01 10:15:00"))
    assert (found.article, found.terms_version) == ("35-1", "V6")
    assert found.steps[0].words.en == "It counts from Mon 2026-06-01 10:15:00 (service level breach)."


def test_a_clock_of_hours_wants_an_instant() -> None:
    with pytest.raises(BadParameter, match="must be an instant"):
        due(CLOCK_RULES["standard_change_confirmation"], on("2026-05-01"))


@given(st.sampled_from(list(CLOCK_RULES.values())), INSTANTS, INSTANTS)
def test_a_later_start_is_never_due_earlier_and_never_before_it_started(
    rule: ClockRule, first: dt.datetime, second: dt.datetime
) -> None:
    first, second = sorted((first, second))
    due_first, due_second = (deadline(rule.span, start, LATEST) for start in (first, second))
    assert due_first <= due_second
    assert on_time(due_first, first)
