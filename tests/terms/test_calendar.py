"""Business days of the carrier, the banks and the partner."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.calendar import (
    BANK,
    CALENDARS,
    OPS,
    Calendar,
    CalendarName,
    business_day,
    business_day_after,
    business_day_from,
    closure,
    is_business_day,
    nth_business_day,
)
from sekisho.terms.values import BadParameter

from .moments_in_tokyo import DAYS, at, on

TENTH_BUSINESS_DAYS = (
    "2019-05-20", "2025-01-20", "2025-05-16",
    "2026-01-19", "2026-02-16", "2026-03-13", "2026-04-14", "2026-05-19", "2026-06-12",
    "2026-07-14", "2026-08-17", "2026-09-14", "2026-10-15", "2026-11-16", "2026-12-14", "2027-01-18",
)  # fmt: skip


@pytest.mark.article("6-1(1)")
@pytest.mark.parametrize("tenth", TENTH_BUSINESS_DAYS)
def test_the_tenth_business_day_of_the_month(tenth: str) -> None:
    assert nth_business_day(on(tenth).replace(day=1), 10).value == on(tenth)


@pytest.mark.article("6-1(1)")
def test_without_the_year_end_closure_the_tenth_day_of_january_comes_sooner() -> None:
    open_at_new_year = Calendar(CalendarName.OPS)
    assert nth_business_day(on("2026-01-01"), 10, open_at_new_year).value == on("2026-01-16")


@pytest.mark.parametrize(
    ("day", "calendar", "open_"),
    [
        ("2026-12-28", "OPS", True),
        ("2026-12-29", "OPS", False),
        ("2026-12-30", "BANK", True),
        ("2026-12-31", "BANK", False),
        ("2027-01-04", "OPS", True),
        ("2026-05-06", "OPS", False),
        ("2026-09-22", "BANK", False),
        ("2026-08-13", "PARTNER", True),
    ],
)
def test_each_calendar_has_its_own_closures(day: str, calendar: str, open_: bool) -> None:
    found = business_day(on(day), CALENDARS[CalendarName(calendar)])
    assert found.value is open_


def test_a_closed_day_says_why_in_both_languages() -> None:
    assert [s.words.en for s in business_day(on("2026-05-06")).steps] == [
        "Wed 2026-05-06 is not a business day (OPS: Substitute holiday)."
    ]
    assert business_day(on("2026-05-09")).steps[0].words.ja.endswith("(OPS: 土曜日・日曜日)。")
    assert closure(on("2026-12-29")) is not None
    assert closure(on("2026-05-07")) is None


def test_a_forecast_year_is_named_a_forecast() -> None:
    assert "forecast" in business_day(on("2031-05-07")).steps[-1].words.en
    assert "forecast" in nth_business_day(on("2031-05-01"), 3).steps[-1].words.en


@pytest.mark.article("23-2")
@pytest.mark.parametrize(
    ("received", "next_day"),
    [
        ("2026-05-01", "2026-05-07"),
        ("2026-05-02", "2026-05-07"),
        ("2026-12-28", "2027-01-04"),
        ("2026-09-18", "2026-09-24"),
    ],
)
def test_the_next_business_day_skips_weekends_holidays_and_closures(received: str, next_day: str) -> None:
    assert business_day_after(on(received)) == on(next_day)


def test_company_days_and_new_holidays_are_data() -> None:
    ours = replace(
        OPS,
        closed_days=frozenset({on("2026-09-04")}),
        added_holidays=frozenset({on("2027-06-01")}),
        dropped_holidays=frozenset({on("2027-07-19")}),
    )
    assert not is_business_day(on("2026-09-04"), ours)
    assert not is_business_day(on("2027-06-01"), ours)
    assert is_business_day(on("2027-07-19"), ours)
    assert not is_business_day(on("2027-07-19"), OPS)


def test_a_due_date_on_a_holiday_finds_the_next_bank_day() -> None:
    assert business_day_from(on("2026-05-03"), BANK) == on("2026-05-07")
    assert business_day_from(on("2026-05-07"), BANK) == on("2026-05-07")


def test_more_business_days_than_a_month_has_is_no_sensible_question() -> None:
    with pytest.raises(BadParameter, match="more than the business days of 2026-02"):
        nth_business_day(on("2026-02-01"), 20)
    with pytest.raises(BadParameter, match="starts at 1"):
        business_day_after(on("2026-02-01"), 0)
    with pytest.raises(BadParameter, match="date without a time"):
        is_business_day(at("2026-02-01 00:00:00"))


CALENDAR = st.sampled_from(list(CALENDARS.values()))


@given(DAYS, st.integers(1, 30), CALENDAR)
def test_a_business_day_after_is_later_open_and_the_nth(day: dt.date, n: int, calendar: Calendar) -> None:
    found = business_day_after(day, n, calendar)
    between = [day + dt.timedelta(days=i + 1) for i in range((found - day).days)]
    assert is_business_day(found, calendar)
    assert sum(is_business_day(d, calendar) for d in between) == n


@given(DAYS, DAYS, CALENDAR)
def test_a_later_day_never_has_an_earlier_next_business_day(
    first: dt.date, second: dt.date, calendar: Calendar
) -> None:
    first, second = sorted((first, second))
    assert business_day_after(first, 1, calendar) <= business_day_after(second, 1, calendar)
