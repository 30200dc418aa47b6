"""National holidays: the shipped table, the law, and two independent libraries say the same."""

from __future__ import annotations

import datetime as dt

import holidays as holidays_library
import jpholiday
import pytest

from sekisho.terms.holidays import FIRST_YEAR, HOLIDAY_WORDS, LAST_YEAR, OFFICIAL_UNTIL, by_law, holidays, is_forecast
from sekisho.terms.values import BadParameter

from .moments_in_tokyo import on

SHIPPED_YEARS = range(2016, 2036)


def english(text: str) -> str:
    return holidays(on(text).year)[on(text)].en


@pytest.mark.parametrize("year", SHIPPED_YEARS)
def test_the_table_equals_two_independent_libraries(year: int) -> None:
    shipped = set(holidays(year))
    assert shipped == set(holidays_library.country_holidays("JP", years=year))
    assert shipped == {day for day, _ in jpholiday.year_holidays(year)}


@pytest.mark.parametrize("year", SHIPPED_YEARS)
def test_the_table_equals_the_law(year: int) -> None:
    assert dict(holidays(year)) == {day: HOLIDAY_WORDS[name] for day, name in by_law(year).items()}


@pytest.mark.parametrize("year", range(2036, LAST_YEAR + 1))
def test_after_the_table_the_law_forecasts_what_a_library_does(year: int) -> None:
    assert set(holidays(year)) == set(holidays_library.country_holidays("JP", years=year))


def test_a_holiday_on_sunday_moves_to_the_nearest_day_that_is_none_not_to_monday() -> None:
    assert on("2026-05-03").weekday() == 6
    assert english("2026-05-06") == "Substitute holiday"
    assert english("2026-05-04") == "Greenery Day"


def test_a_day_between_two_holidays_is_off() -> None:
    assert english("2026-09-22") == "National day off between two holidays"


def test_golden_week_2019_had_ten_days_in_a_row() -> None:
    assert [day.isoformat() for day in holidays(2019) if on("2019-04-27") <= day <= on("2019-05-06")] == [
        "2019-04-29", "2019-04-30", "2019-05-01", "2019-05-02", "2019-05-03", "2019-05-04", "2019-05-05", "2019-05-06",
    ]  # fmt: skip


def test_what_2019_alone_had_does_not_leak_into_other_years() -> None:
    assert english("2018-04-30") == "Substitute holiday"
    assert on("2018-05-01") not in holidays(2018)
    assert on("2020-10-22") not in holidays(2020)


def test_a_year_without_an_emperors_birthday() -> None:
    assert on("2018-12-23") in holidays(2018)
    assert not {on("2019-02-23"), on("2019-12-23")} & set(holidays(2019))
    assert on("2020-02-23") in holidays(2020)


def test_the_olympic_years_moved_three_holidays() -> None:
    assert {on("2020-07-23"), on("2020-07-24"), on("2020-08-10")} <= set(holidays(2020))
    assert {on("2021-07-22"), on("2021-07-23"), on("2021-08-08"), on("2021-08-09")} <= set(holidays(2021))
    assert not {on("2021-07-19"), on("2021-08-11"), on("2021-10-11")} & set(holidays(2021))


def test_a_holiday_on_saturday_is_not_moved() -> None:
    assert on("2028-02-11").weekday() == 4
    assert on("2023-02-11").weekday() == 5
    assert on("2023-02-13") not in holidays(2023)


def test_the_calendar_says_from_when_on_it_is_a_forecast() -> None:
    assert not is_forecast(OFFICIAL_UNTIL)
    assert is_forecast(OFFICIAL_UNTIL + dt.timedelta(days=1))


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1])
def test_a_year_outside_the_calendar_is_refused_not_guessed(year: int) -> None:
    with pytest.raises(BadParameter, match="outside the holiday calendar"):
        holidays(year)
