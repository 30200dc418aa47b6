"""Instants and the dates they have in Tokyo.

Instants are aware datetimes; a naive one raises ``BadParameter``. Every legal date is the Tokyo date of an
instant. Tokyo is a fixed offset here, not the zone database: Japan has had no summer time since 1951, the
terms begin in 2016, and the same answer must come out on a machine without tzdata or with a newer one. Should
the law ever change, this file is the only place that knows.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.values import BadParameter

TOKYO = dt.timezone(dt.timedelta(hours=9), "JST")
ONE_DAY = dt.timedelta(days=1)
ONE_SECOND = dt.timedelta(seconds=1)
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""Days that a form takes. Those outside are slips of the hand, and at the calendar's ends no rule could count on."""


def instant(at: dt.datetime, parameter: str = "at") -> dt.datetime:
    """The same instant in UTC, so that two of them subtract to elapsed time whatever zones they came in."""
    if not isinstance(at, dt.datetime):
        raise BadParameter(parameter, "must be an instant (a date with time and UTC offset)")
    if at.utcoffset() is None:
        raise BadParameter(parameter, "has no UTC offset: an instant must say where its clock hangs")
    return at.astimezone(dt.UTC)


def whole_second(at: dt.datetime, parameter: str = "at") -> dt.datetime:
    """The instant in UTC, cut to its second.

    Clocks of the terms are judged on whole seconds: what is judged is what a person reads in the record.
    """
    return instant(at, parameter).replace(microsecond=0)


def tokyo(at: dt.datetime, parameter: str = "at") -> dt.datetime:
    """The same instant as a Tokyo clock shows it."""
    return instant(at, parameter).astimezone(TOKYO)


def tokyo_date(at: dt.datetime, parameter: str = "at") -> dt.date:
    """The legal date of an instant."""
    return tokyo(at, parameter).date()


def day(on: dt.date, parameter: str = "on") -> dt.date:
    """The date itself; an instant is refused, because which day it belongs to depends on where one asks."""
    if isinstance(on, dt.datetime) or not isinstance(on, dt.date):
        raise BadParameter(parameter, "must be a date without a time")
    return on


def end_of_day(on: dt.date) -> dt.datetime:
    """24:00 of the Tokyo day, which is 00:00 of the next: the first instant that no longer belongs to it."""
    return dt.datetime.combine(day(on) + ONE_DAY, dt.time(), TOKYO)
