"""Days, weeks, months and years as Arts. 138 to 143 of the Civil Code count them."""

from __future__ import annotations

import calendar
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.periods import Period, Unit, period_end, period_end_from, whole_months_end
from sekisho.terms.values import BadParameter

from .moments_in_tokyo import DAYS, at, on

TWO_MONTHS = Period(2, Unit.MONTHS)


@pytest.mark.article("17-2")
@pytest.mark.parametrize(
    ("arrived", "ends"),
    [
        ("2025-07-10", "2025-09-10"),
        ("2025-11-30", "2026-01-31"),
        ("2025-12-10", "2026-02-10"),
        ("2025-12-30", "2026-02-28"),
        ("2025-12-31", "2026-02-28"),
        ("2026-01-31", "2026-03-31"),
        ("2026-02-28", "2026-04-30"),
        ("2026-03-10", "2026-05-10"),
        ("2026-06-30", "2026-08-31"),
        ("2026-08-31", "2026-10-31"),
    ],
)
def test_two_months_follow_the_calendar(arrived: str, ends: str) -> None:
    assert period_end(on(arrived), TWO_MONTHS) == on(ends)


@pytest.mark.article("12-5")
@pytest.mark.parametrize(
    ("arrived", "ends"), [("2026-03-10", "2026-04-09"), ("2026-01-31", "2026-03-02"), ("2026-04-01", "2026-05-01")]
)
def test_thirty_days_begin_the_day_after(arrived: str, ends: str) -> None:
    assert period_end(on(arrived), Period(30, Unit.DAYS)) == on(ends)


@pytest.mark.article("35-1")
def test_two_weeks_begin_the_day_after() -> None:
    assert period_end(on("2026-06-01"), Period(2, Unit.WEEKS)) == on("2026-06-15")


@pytest.mark.article("1-2")
def test_one_month_by_an_application_form() -> None:
    assert period_end(on("2026-03-10"), Period(1, Unit.MONTHS)) == on("2026-04-10")


@pytest.mark.article("12-4")
@pytest.mark.parametrize(("starts", "ends"), [("2025-04-15", "2025-05-14"), ("2026-01-31", "2026-02-28")])
def test_a_month_from_the_billing_start_counts_its_first_day(starts: str, ends: str) -> None:
    assert period_end_from(on(starts), Period(1, Unit.MONTHS)) == on(ends)


@pytest.mark.article("12-1", "12-2", "12-3")
@pytest.mark.parametrize(
    ("started", "ends"),
    [
        ("2025-04-15", "2026-03-31"),
        ("2024-03-31", "2025-02-28"),
        ("2025-10-03", "2026-09-30"),
        ("2026-02-10", "2027-01-31"),
        ("2023-03-01", "2024-02-29"),
    ],
)
def test_a_year_counted_from_the_month_of_the_start_ends_with_its_twelfth_month(started: str, ends: str) -> None:
    assert whole_months_end(on(started), 12) == on(ends)


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        ("2025-04-10", "2026-04-10"),
        ("2024-02-29", "2025-02-28"),
        ("2023-02-28", "2024-02-29"),
        ("2024-02-28", "2025-02-28"),
    ],
)
def test_years_and_leap_days(event: str, ends: str) -> None:
    assert period_end(on(event), Period(1, Unit.YEARS)) == on(ends)


@pytest.mark.parametrize("length", [0, -1])
def test_a_period_has_a_length(length: int) -> None:
    with pytest.raises(BadParameter):
        period_end(on("2026-01-01"), Period(length, Unit.DAYS))
    with pytest.raises(BadParameter):
        whole_months_end(on("2026-01-01"), length)


@pytest.mark.parametrize("unit", Unit)
def test_a_period_that_leaves_the_calendar_is_refused(unit: Unit) -> None:
    with pytest.raises(BadParameter, match="outside the calendar"):
        period_end(dt.date.max - dt.timedelta(days=1), Period(2, unit))


def test_an_instant_is_no_date() -> None:
    with pytest.raises(BadParameter, match="event_on must be a date"):
        period_end(at("2026-01-01 00:00:00"), TWO_MONTHS)


PERIODS = st.builds(Period, st.integers(1, 60), st.sampled_from(Unit))


@given(DAYS, DAYS, PERIODS)
def test_a_later_event_never_ends_earlier(first: dt.date, second: dt.date, period: Period) -> None:
    first, second = sorted((first, second))
    assert period_end(first, period) <= period_end(second, period)


@given(DAYS, st.integers(1, 59), st.sampled_from(Unit))
def test_a_longer_period_ends_later(event: dt.date, length: int, unit: Unit) -> None:
    assert period_end(event, Period(length, unit)) < period_end(event, Period(length + 1, unit))


@given(DAYS, st.integers(1, 10))
def test_a_year_is_twelve_months(event: dt.date, years: int) -> None:
    assert period_end(event, Period(years, Unit.YEARS)) == period_end(event, Period(12 * years, Unit.MONTHS))


@given(DAYS, st.integers(1, 60))
def test_months_never_end_early(event: dt.date, months: int) -> None:
    """The day that corresponds to the day after the event lies after the end: no day is lost."""
    end = period_end(event, Period(months, Unit.MONTHS))
    assert 28 * months <= (end - event).days <= 31 * months


@given(DAYS, st.integers(1, 60))
def test_months_end_before_the_corresponding_day_or_with_the_month(event: dt.date, months: int) -> None:
    """Art. 143-2 word by word, computed a second way: from month lengths of the standard library."""
    first = event + dt.timedelta(days=1)
    year, month0 = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = calendar.monthrange(year, month0 + 1)[1]
    corresponds = first.day <= length
    expected = dt.date(year, month0 + 1, first.day if corresponds else length) - dt.timedelta(days=corresponds)
    assert period_end(event, Period(months, Unit.MONTHS)) == expected
