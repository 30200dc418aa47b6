"""How long a clock runs and what "in time" means: one arithmetic for every clock of the terms.

A deadline is an instant (its second still counts) or a Tokyo date (all of it counts, through 24:00). Spans of
minutes and hours run at once through nights and holidays (Civil Code 139); spans of days begin the day after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sekisho.terms.calendar import CALENDARS, Calendar, CalendarName, business_day_after, nth_business_day
from sekisho.terms.moments import TOKYO, day, tokyo_date, whole_second
from sekisho.terms.periods import Period, Unit, month_after, period_end
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import Parameters, Terms

Deadline: TypeAlias = dt.datetime | dt.date


@dataclass(frozen=True, slots=True)
class Elapsed:
    """So many units of elapsed time from an instant; ``parameter`` names the figure of the terms."""

    parameter: str
    unit: dt.timedelta

    def length(self, parameters: Parameters) -> dt.timedelta:
        return parameters.figure(self.parameter) * self.unit


@dataclass(frozen=True, slots=True)
class Counted:
    """So many calendar days, weeks, months or years after a day."""

    parameter: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """So many business days after a day."""

    parameter: str
    calendar: CalendarName


@dataclass(frozen=True, slots=True)
class NextMonthBusinessDay:
    """That business day of the month after the month in which a day lies."""

    parameter: str
    calendar: CalendarName


Span: TypeAlias = Elapsed | Counted | BusinessDays | NextMonthBusinessDay


def deadline(
    span: Span, start: Deadline, terms: Terms, calendars: Mapping[CalendarName, Calendar] = CALENDARS
) -> Deadline:
    """When the span that ``start`` sets off is over: an instant on Tokyo's clock for ``Elapsed``, else a date.

    ``start`` may be an instant for every span (its Tokyo date counts); ``Elapsed`` takes nothing else.
    """
    if isinstance(span, Elapsed):
        if not isinstance(start, dt.datetime):
            raise BadParameter("start", "must be an instant: this clock counts seconds")
        return (whole_second(start, "start") + span.length(terms.parameters)).astimezone(TOKYO)
    on = tokyo_date(start, "start") if isinstance(start, dt.datetime) else day(start, "start")
    count = terms.parameters.figure(span.parameter)
    if isinstance(span, Counted):
        return period_end(on, Period(count, span.unit))
    calendar = calendars[span.calendar]
    if isinstance(span, BusinessDays):
        return business_day_after(on, count, calendar)
    year, month = month_after(on, 1)
    return nth_business_day(dt.date(year, month, 1), count, calendar, terms=terms).value


def on_time(due: Deadline, at: dt.datetime) -> bool:
    """Whether something done at the instant ``at`` keeps the deadline; both limits are inclusive."""
    if isinstance(due, dt.datetime):
        return whole_second(at) <= whole_second(due, "due")
    return tokyo_date(at) <= due
