"""How long documents of trade are kept (tax law on books, electronic books law): years from the tax return's due date.

Seven years, ten where a loss is carried forward. They count from the day after the due date of the return for the
fiscal year in which the document is dated: two months after that year's end.
"""

from __future__ import annotations

import datetime as dt

from sekisho.terms.moments import ONE_DAY, day
from sekisho.terms.periods import MONTHS_A_YEAR, Period, Unit, period_end, whole_months_end
from sekisho.terms.values import BadParameter

BOOKS_YEARS = 7
BOOKS_YEARS_WITH_LOSS = 10
MARCH = 3
_RETURN_DUE_MONTHS = 2
_RETURN_YEARS_LATE = 2
"""A fiscal year's end, its return's due date and the day that is asked about can fall into three calendar years."""


def books_kept_until(dated: dt.date, *, years: int = BOOKS_YEARS, fiscal_year_ends_in: int = MARCH) -> dt.date:
    """The last day on which a document must still be there; ``fiscal_year_ends_in`` is a month, 1 to 12."""
    if years not in (BOOKS_YEARS, BOOKS_YEARS_WITH_LOSS):
        raise BadParameter("years", f"is {BOOKS_YEARS} or {BOOKS_YEARS_WITH_LOSS}")
    if not 1 <= fiscal_year_ends_in <= MONTHS_A_YEAR:
        raise BadParameter("fiscal_year_ends_in", "is a month, 1 to 12")
    months_left = (fiscal_year_ends_in - day(dated, "dated").month) % MONTHS_A_YEAR
    # The month of the document is the first; the due date is the last day of the second month after the year's end.
    return_due_on = whole_months_end(dated, months_left + 1 + _RETURN_DUE_MONTHS)
    return period_end(return_due_on, Period(years, Unit.YEARS))


def books_over_before(on: dt.date, *, years: int = BOOKS_YEARS, fiscal_year_ends_in: int = MARCH) -> dt.date:
    """The first day whose documents must still be kept on ``on``; what is dated before may go."""
    last_month_on = day(on, "on").replace(month=fiscal_year_ends_in, day=1)
    for back in range(years - 1, years + _RETURN_YEARS_LATE + 1):
        ended_on = whole_months_end(last_month_on.replace(year=last_month_on.year - back), 1)
        if books_kept_until(ended_on, years=years, fiscal_year_ends_in=fiscal_year_ends_in) < on:
            return ended_on + ONE_DAY
    raise AssertionError("a fiscal year ends every year")
