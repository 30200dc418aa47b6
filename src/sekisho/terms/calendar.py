"""Business days of the carrier (OPS), of banks (BANK) and of the partner (PARTNER).

A business day is Monday to Friday, no national holiday, and not closed. The terms define none of it, so what
is closed is data: the carrier changes a ``Calendar``, never this code. Saturday holidays are not moved.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.holidays import holidays, is_forecast
from sekisho.terms.moments import ONE_DAY, day
from sekisho.terms.values import BadParameter, Value
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Step, Words

ARTICLE = "23-2"
_SATURDAY = 5


class CalendarName(StrEnum):
    OPS = "OPS"
    BANK = "BANK"
    PARTNER = "PARTNER"


class MonthDay(NamedTuple):
    month: int
    day: int


_YEAR_END = frozenset({MonthDay(12, 29), MonthDay(12, 30), MonthDay(12, 31)})
_NEW_YEAR = frozenset({MonthDay(1, 1), MonthDay(1, 2), MonthDay(1, 3)})


@dataclass(frozen=True, slots=True)
class Calendar:
    """What one organisation's year looks like beyond weekends and the law.

    ``closed_every_year`` and ``closed_days`` are its own closures. ``added_holidays`` and ``dropped_holidays``
    correct the shipped holiday table when a law adds or moves a day after this release.
    """

    name: CalendarName
    closed_every_year: frozenset[MonthDay] = frozenset()
    closed_days: frozenset[dt.date] = frozenset()
    added_holidays: frozenset[dt.date] = frozenset()
    dropped_holidays: frozenset[dt.date] = frozenset()


# Year end: the carrier as public offices (Act on Holidays of Administrative Organs, Art. 1), banks as the
# Banking Act's ordinance.
CALENDARS: dict[CalendarName, Calendar] = {
    CalendarName.OPS: Calendar(CalendarName.OPS, _YEAR_END | _NEW_YEAR),
    CalendarName.BANK: Calendar(CalendarName.BANK, frozenset({MonthDay(12, 31)}) | _NEW_YEAR),
    CalendarName.PARTNER: Calendar(CalendarName.PARTNER, _YEAR_END | _NEW_YEAR),
}
OPS = CALENDARS[CalendarName.OPS]
BANK = CALENDARS[CalendarName.BANK]
PARTNER = CALENDARS[CalendarName.PARTNER]

_WEEKEND = Words("土曜日・日曜日", "Weekend")
_CLOSED = Words("休業日", "Closed")
_ADDED = Words("祝日(追加)", "Holiday (added)")


def closure(on: dt.date, calendar: Calendar = OPS) -> Words | None:
    """Why nobody works on this day, or None on a business day. The law comes first, then the weekend."""
    found = weekday_closure(on, calendar)
    if found is not None:
        return found
    if on in calendar.closed_days or MonthDay(on.month, on.day) in calendar.closed_every_year:
        return _CLOSED
    return None


def weekday_closure(on: dt.date, calendar: Calendar = OPS) -> Words | None:
    """As ``closure``, but blind to the organisation's own closures: holidays and weekends only."""
    holiday = _holiday(day(on), calendar)
    if holiday is not None:
        return holiday
    return _WEEKEND if on.weekday() >= _SATURDAY else None


def is_business_day(on: dt.date, calendar: Calendar = OPS) -> bool:
    return closure(on, calendar) is None


def business_day_after(on: dt.date, n: int = 1, calendar: Calendar = OPS) -> dt.date:
    """The n-th business day after ``on``; ``on`` itself never counts."""
    return _nth_from(day(on) + ONE_DAY, _counted(n), calendar)


def business_day_from(on: dt.date, calendar: Calendar = OPS) -> dt.date:
    """``on`` if it is a business day, else the next one."""
    return _nth_from(day(on), 1, calendar)


def business_day_before(on: dt.date, calendar: Calendar = OPS) -> dt.date:
    """The last business day before ``on``."""
    found = day(on) - ONE_DAY
    while not is_business_day(found, calendar):
        found -= ONE_DAY
    return found


def business_day(on: dt.date, calendar: Calendar = OPS, *, terms: Terms = LATEST) -> Value[bool]:
    """Whether ``on`` is a business day, and why not."""
    closed = closure(on, calendar)
    found = Step(_OPEN, (on, calendar.name)) if closed is None else Step(_SHUT, (on, calendar.name, closed))
    return Value(closed is None, ARTICLE, terms.version, (found, *_forecast_note(on)))


def nth_business_day(month: dt.date, n: int, calendar: Calendar = OPS, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The n-th business day of the month in which ``month`` lies; day 1 is the month's first business day."""
    first = day(month, "month").replace(day=1)
    found = _nth_from(first, _counted(n), calendar)
    if (found.year, found.month) != (first.year, first.month):
        raise BadParameter("n", f"{n} is more than the business days of {first:%Y-%m}")
    return Value(found, "6-1(1)", terms.version, (Step(_NTH, (found, n)), *_forecast_note(found)))


_OPEN = Words("{0}は営業日です({1})。", "{0} is a business day ({1}).")
_SHUT = Words("{0}は営業日ではありません({1}: {2})。", "{0} is not a business day ({1}: {2}).")
_NTH = Words("{0}がその月の第{1}営業日です。", "{0} is business day number {1} of its month.")
_FORECAST = Words("この年の祝日は公示前の予測です。", "That year's holidays are a forecast: not yet published.")


def _forecast_note(on: dt.date) -> tuple[Step, ...]:
    return (Step(_FORECAST),) if is_forecast(on) else ()


def _holiday(on: dt.date, calendar: Calendar) -> Words | None:
    if on in calendar.added_holidays:
        return _ADDED
    return None if on in calendar.dropped_holidays else holidays(on.year).get(on)


def _counted(n: int) -> int:
    if n < 1:
        raise BadParameter("n", "starts at 1")
    return n


def _nth_from(first: dt.date, n: int, calendar: Calendar) -> dt.date:
    on = first
    while True:
        n -= is_business_day(on, calendar)
        if n == 0:
            return on
        on += ONE_DAY
