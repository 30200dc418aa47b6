"""The law of national holidays (Act 178 of 1948, Arts. 2 and 3), and the shipped table that answers first.

The table holds 2016 to 2035 and was compared with two independent libraries (a test does it again). Up to
``OFFICIAL_UNTIL`` it repeats what the Cabinet Office had published; later years are a forecast, because an
equinox becomes official only by the gazette of the February before and a law may move a day. Years after the
table are forecast by the same law. Source of the equinox formula: the National Astronomical Observatory's
approximation for 1980 to 2099, in integers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from sekisho.terms.holiday_table import TABLE
from sekisho.terms.moments import ONE_DAY
from sekisho.terms.values import BadParameter
from sekisho.terms.words import Words

OFFICIAL_UNTIL = dt.date(2027, 12, 31)
FIRST_YEAR = 2016
LAST_YEAR = 2099
_ALWAYS = 9999
_SUNDAY = 6
_MONDAY = 0

HOLIDAY_WORDS: dict[str, Words] = {
    "new_year": Words("元日", "New Year's Day"),
    "coming_of_age": Words("成人の日", "Coming of Age Day"),
    "foundation": Words("建国記念の日", "National Foundation Day"),
    "emperor": Words("天皇誕生日", "The Emperor's Birthday"),
    "vernal": Words("春分の日", "Vernal Equinox Day"),
    "showa": Words("昭和の日", "Showa Day"),
    "constitution": Words("憲法記念日", "Constitution Memorial Day"),
    "greenery": Words("みどりの日", "Greenery Day"),
    "children": Words("こどもの日", "Children's Day"),
    "marine": Words("海の日", "Marine Day"),
    "mountain": Words("山の日", "Mountain Day"),
    "aged": Words("敬老の日", "Respect for the Aged Day"),
    "autumnal": Words("秋分の日", "Autumnal Equinox Day"),
    "health": Words("体育の日", "Health and Sports Day"),
    "sports": Words("スポーツの日", "Sports Day"),
    "culture": Words("文化の日", "Culture Day"),
    "labour": Words("勤労感謝の日", "Labour Thanksgiving Day"),
    "accession": Words("天皇の即位の日", "Day of the Emperor's Accession"),
    "enthronement": Words("即位礼正殿の儀の行われる日", "Day of the Enthronement Ceremony"),
    "substitute": Words("振替休日", "Substitute holiday"),
    "between": Words("国民の休日", "National day off between two holidays"),
}


class _Holiday(NamedTuple):
    """One holiday of Art. 2 (or of a special act) and the years in which it is kept on that day."""

    name: str
    first_year: int
    last_year: int
    falls_on: Callable[[int], dt.date]


def holidays(year: int) -> Mapping[dt.date, Words]:
    """The days off by law in a year, with their names; ``BadParameter`` outside FIRST_YEAR..LAST_YEAR."""
    return _holidays(year)


def is_forecast(on: dt.date) -> bool:
    """Whether the calendar of this day was not yet official when this release was made."""
    return on > OFFICIAL_UNTIL


def by_law(year: int) -> dict[dt.date, str]:
    """The days off by law in a year as day -> key of HOLIDAY_WORDS, computed, without looking at the table."""
    kept = {h.falls_on(year): h.name for h in _HOLIDAYS if h.first_year <= year <= h.last_year}
    off = dict(kept)
    for day in kept:
        if day - ONE_DAY not in kept and day - 2 * ONE_DAY in kept:
            off[day - ONE_DAY] = "between"
    for day in kept:
        if day.weekday() == _SUNDAY:
            moved = day
            while moved in kept:
                moved += ONE_DAY
            off[moved] = "substitute"
    return dict(sorted(off.items()))


@cache
def _holidays(year: int) -> dict[dt.date, Words]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadParameter("year", f"{year} is outside the holiday calendar, {FIRST_YEAR} to {LAST_YEAR}")
    row = TABLE.get(year)
    named = by_law(year) if row is None else _read(year, row)
    return {day: HOLIDAY_WORDS[name] for day, name in named.items()}


def _read(year: int, row: str) -> dict[dt.date, str]:
    entries = (entry.split("=") for entry in row.split(", "))
    return {dt.date(year, int(day[:2]), int(day[3:])): name for day, name in entries}


def _fixed(month: int, day: int) -> Callable[[int], dt.date]:
    return lambda year: dt.date(year, month, day)


def _nth_monday(month: int, n: int) -> Callable[[int], dt.date]:
    def falls_on(year: int) -> dt.date:
        first = dt.date(year, month, 1)
        return first + ((_MONDAY - first.weekday()) % 7 + 7 * (n - 1)) * ONE_DAY

    return falls_on


def _equinox(month: int, day_of_1980_millionths: int) -> Callable[[int], dt.date]:
    def falls_on(year: int) -> dt.date:
        since = year - 1980
        return dt.date(year, month, (day_of_1980_millionths + 242_194 * since) // 1_000_000 - since // 4)

    return falls_on


_HOLIDAYS = (
    _Holiday("new_year", 1949, _ALWAYS, _fixed(1, 1)),
    _Holiday("coming_of_age", 2000, _ALWAYS, _nth_monday(1, 2)),
    _Holiday("foundation", 1967, _ALWAYS, _fixed(2, 11)),
    _Holiday("emperor", 1989, 2018, _fixed(12, 23)),
    _Holiday("emperor", 2020, _ALWAYS, _fixed(2, 23)),
    _Holiday("vernal", 1949, _ALWAYS, _equinox(3, 20_843_100)),
    _Holiday("showa", 2007, _ALWAYS, _fixed(4, 29)),
    _Holiday("accession", 2019, 2019, _fixed(5, 1)),
    _Holiday("constitution", 1949, _ALWAYS, _fixed(5, 3)),
    _Holiday("greenery", 2007, _ALWAYS, _fixed(5, 4)),
    _Holiday("children", 1949, _ALWAYS, _fixed(5, 5)),
    _Holiday("marine", 2003, 2019, _nth_monday(7, 3)),
    _Holiday("marine", 2020, 2020, _fixed(7, 23)),
    _Holiday("marine", 2021, 2021, _fixed(7, 22)),
    _Holiday("marine", 2022, _ALWAYS, _nth_monday(7, 3)),
    _Holiday("mountain", 2016, 2019, _fixed(8, 11)),
    _Holiday("mountain", 2020, 2020, _fixed(8, 10)),
    _Holiday("mountain", 2021, 2021, _fixed(8, 8)),
    _Holiday("mountain", 2022, _ALWAYS, _fixed(8, 11)),
    _Holiday("aged", 2003, _ALWAYS, _nth_monday(9, 3)),
    _Holiday("autumnal", 1948, _ALWAYS, _equinox(9, 23_248_800)),
    _Holiday("health", 2000, 2019, _nth_monday(10, 2)),
    _Holiday("sports", 2020, 2020, _fixed(7, 24)),
    _Holiday("sports", 2021, 2021, _fixed(7, 23)),
    _Holiday("sports", 2022, _ALWAYS, _nth_monday(10, 2)),
    _Holiday("enthronement", 2019, 2019, _fixed(10, 22)),
    _Holiday("culture", 1948, _ALWAYS, _fixed(11, 3)),
    _Holiday("labour", 1948, _ALWAYS, _fixed(11, 23)),
)
