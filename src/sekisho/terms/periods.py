"""Days, weeks, months and years as the Civil Code counts them (Arts. 138 to 143).

A period ends with 24:00 of its last day, and that day is the answer. The day of the event does not count
(Art. 140) unless the period begins at its 00:00. Months and years follow the calendar: the period ends the day
before the day that corresponds to its first (143-2), or on the last day of a month without such a day. A last
day that is a holiday stays: Art. 142 asks for a custom of not trading, and this service runs every day.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.moments import day
from sekisho.terms.values import BadParameter

MONTHS_A_YEAR = 12
DAYS_A_WEEK = 7
_FEBRUARY = 2
_DAYS_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Unit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class Period(NamedTuple):
    length: int
    unit: Unit


def period_end(event_on: dt.date, period: Period) -> dt.date:
    """The last day of a period that an event on ``event_on`` sets off; that day itself is not counted."""
    return period_end_from(_later(day(event_on, "event_on"), 1), period)


def period_end_from(first_on: dt.date, period: Period) -> dt.date:
    """The last day of a period whose first day ``first_on`` counts, because it begins at 00:00."""
    if period.length < 1:
        raise BadParameter("period", "is at least 1 long")
    first = day(first_on, "first_on")
    if period.unit is Unit.DAYS:
        return _later(first, period.length - 1)
    if period.unit is Unit.WEEKS:
        return _later(first, period.length * DAYS_A_WEEK - 1)
    months = period.length if period.unit is Unit.MONTHS else period.length * MONTHS_A_YEAR
    if first.day == 1:
        return whole_months_end(first, months)
    # The day before the corresponding day; a month too short for that one ends the period with its own end.
    year, month = month_after(first, months)
    last = _last_of_month(year, month)
    return last if first.day > last.day else dt.date(year, month, first.day - 1)


def whole_months_end(in_month: dt.date, months: int) -> dt.date:
    """The last day of the ``months``-th calendar month, the month of ``in_month`` being the first (Art. 12-1)."""
    if months < 1:
        raise BadParameter("months", "is at least 1")
    year, month = month_after(day(in_month, "in_month"), months - 1)
    return _last_of_month(year, month)


def month_after(on: dt.date, months: int) -> tuple[int, int]:
    """Year and month, ``months`` months after the month of ``on``."""
    counted = on.year * MONTHS_A_YEAR + on.month - 1 + months
    year, month = divmod(counted, MONTHS_A_YEAR)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise BadParameter("period", "ends outside the calendar")
    return year, month + 1


def days_of_month(on: dt.date) -> int:
    """How many days the month of ``on`` has."""
    return _last_of_month(on.year, on.month).day


def _last_of_month(year: int, month: int) -> dt.date:
    leap_day = month == _FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return dt.date(year, month, _DAYS_OF_MONTH[month - 1] + leap_day)


def _later(on: dt.date, days: int) -> dt.date:
    try:
        return on + dt.timedelta(days)
    except OverflowError:
        raise BadParameter("period", "ends outside the calendar") from None
