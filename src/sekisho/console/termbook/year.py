"""A year as those who keep it see it: business days, closures, and by when each month's report is published."""

from __future__ import annotations

import calendar as months_of
import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sekisho.terms.calendar import CALENDARS, Calendar, CalendarName, closure, weekday_closure
from sekisho.terms.due import monthly_report_due
from sekisho.terms.holidays import FIRST_YEAR, LAST_YEAR, holidays, is_forecast
from sekisho.terms.moments import ONE_DAY
from sekisho.terms.words import Words


class DayKind(StrEnum):
    OPEN = "open"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    CLOSED = "closed"


@dataclass(frozen=True)
class Day:
    """``words``: why nobody works. ``report_of``: the month whose report is due by the end of this day."""

    on: dt.date
    kind: DayKind
    words: Words | None = None
    report_of: dt.date | None = None

    @property
    def notable(self) -> bool:
        return self.kind in (DayKind.HOLIDAY, DayKind.CLOSED) or self.report_of is not None


@dataclass(frozen=True)
class Month:
    """``weeks`` start on Monday; None is a day of another month."""

    first: dt.date
    weeks: tuple[tuple[Day | None, ...], ...]

    @property
    def days(self) -> list[Day]:
        return [day for week in self.weeks for day in week if day is not None]

    @property
    def notable(self) -> list[Day]:
        return [day for day in self.days if day.notable]

    @property
    def business_days(self) -> int:
        return sum(day.kind is DayKind.OPEN for day in self.days)


@dataclass(frozen=True)
class Year:
    """``forecast``: its holidays had not been published when this release was made."""

    number: int
    calendar: CalendarName
    months: tuple[Month, ...]
    forecast: bool

    @property
    def business_days(self) -> int:
        return sum(month.business_days for month in self.months)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > FIRST_YEAR else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < LAST_YEAR else None


def year_of(number: int, name: CalendarName = CalendarName.OPS) -> Year | None:
    """The year by one organisation's calendar; None outside the years that the holiday table knows.

    Reports are due by the carrier's calendar (OPS), whichever calendar is shown.
    """
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return None
    due = dict(_report_due(dt.date(number, month, 1)) for month in range(1, 13))
    months = tuple(_month(number, month, CALENDARS[name], due) for month in range(1, 13))
    return Year(number, name, months, is_forecast(dt.date(number, 12, 31)))


def _report_due(month: dt.date) -> tuple[dt.date, dt.date]:
    """The deadline that lies in this month, and the month before it, which is reported."""
    reported = (month - ONE_DAY).replace(day=1)
    due = monthly_report_due(reported).value
    return due, reported


def _month(year: int, number: int, calendar: Calendar, due: dict[dt.date, dt.date]) -> Month:
    weeks = months_of.Calendar(months_of.MONDAY).monthdatescalendar(year, number)
    shown = (tuple(_day(on, calendar, due) if on.month == number else None for on in week) for week in weeks)
    return Month(dt.date(year, number, 1), tuple(shown))


def _day(on: dt.date, calendar: Calendar, due: dict[dt.date, dt.date]) -> Day:
    return Day(on, _kind(on, calendar), closure(on, calendar), due.get(on))


def _kind(on: dt.date, calendar: Calendar) -> DayKind:
    if closure(on, calendar) is None:
        return DayKind.OPEN
    if weekday_closure(on, calendar) is None:
        return DayKind.CLOSED
    named = on in calendar.added_holidays or (on in holidays(on.year) and on not in calendar.dropped_holidays)
    return DayKind.HOLIDAY if named else DayKind.WEEKEND
