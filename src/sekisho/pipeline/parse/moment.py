"""Times as security products write them -> microseconds since 1970 in UTC and minutes ahead of UTC. Pure.

A clock without a zone is read in the device's zone; a clock without a year gets the year that puts it
nearest to, and not more than a day after, the time of receipt. What is no time is None, never an error.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple
from zoneinfo import ZoneInfo

YEAR_MIN, YEAR_END = 1970, 2200
OFFSET_MINUTES_MAX = 18 * 60
MOMENTS_REMEMBERED_MAX = 8192
CLOCK_CHARACTERS_MAX = 64
AHEAD_MAX = dt.timedelta(days=1)
"""A clock may be ahead of ours by this; beyond it the line is from last year."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_MINUTE = dt.timedelta(minutes=1)
_MICROS_END = (dt.datetime(YEAR_END, 1, 1, tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_ZONE = r"(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{0,2}|[A-Z]{2,5}T))?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?)?"
_FORMS = tuple(
    re.compile(form + r"\s*\Z", re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})[T ]{_CLOCK}{_ZONE}",
        rf"(?:\w{{3}},? )?(?P<name>[A-Za-z]{{3}}) {{1,2}}(?P<day>\d{{1,2}}),? (?:(?P<year>\d{{4}}),? )?{_CLOCK}"
        rf"{_ZONE}(?: (?P<late>\d{{4}}))?",
        r"(?:\w{3}, )?(?P<day>\d{1,2})[ /-]?(?P<name>[A-Za-z]{3})[ /-]?(?P<year>\d{4})[ :]{1,2}"
        rf"{_CLOCK}{_ZONE}",
    )
)
_SLASHED = re.compile(
    rf"(?P<first>\d{{1,2}})/(?P<second_part>\d{{1,2}})/(?P<year>\d{{2,4}}) {_CLOCK}(?: (?P<half>[AP]M))?{_ZONE}\s*\Z",
    re.ASCII | re.IGNORECASE,
)
_NAMED_ZONES = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("CET", "BST", "WEST"), 60),
    **dict.fromkeys(("CEST", "EET", "SAST"), 120),
    **dict.fromkeys(("EEST", "MSK"), 180),
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "IST": 330,
    "JST": 540,
    "KST": 540,
    "HKT": 480,
    "SGT": 480,
    "AEST": 600,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
}
"""Abbreviations that appliances write. Ambiguous ones (IST, CST, BST) mean what those appliances mean by them."""


class Moment(NamedTuple):
    """``offset_minutes`` is None where the product counts in UTC without showing a clock."""

    micros: int
    offset_minutes: int | None


class Clock:
    """Reads the times of one device. Remembers what it read: the lines of a second share their clock."""

    def __init__(self, zone: str, received: dt.datetime) -> None:
        self._zone = ZoneInfo(zone)
        self._received = received
        self._known: dict[str, Moment | None] = {}

    def moment(self, text: str | None) -> Moment | None:
        """The moment that ``text`` means: a clock in any known form, or a number of seconds to nanoseconds."""
        if text is None:
            return None
        try:
            return self._known[text]
        except KeyError:
            if len(self._known) >= MOMENTS_REMEMBERED_MAX:
                self._known.clear()
            found = self._known[text] = self._read(text)
            return found

    def _read(self, text: str) -> Moment | None:
        text = text.strip()
        if len(text) > CLOCK_CHARACTERS_MAX:
            return None
        if text.isascii() and text.replace(".", "", 1).isdigit():
            micros = epoch_micros(text)
            return None if micros is None else Moment(micros, None)
        parts = _parts(text)
        return None if parts is None else self._moment(*parts)

    def _moment(self, year: int | None, rest: tuple[int, int, int, int, int, int], zone: int | None) -> Moment | None:
        try:
            if year is None:
                return self._without_year(rest, zone)
            naive = dt.datetime(year, *rest)  # noqa: DTZ001 (the zone is put on in the next line)
            return _checked(naive.replace(tzinfo=self._zone if zone is None else dt.timezone(zone * _MINUTE)))
        except (ValueError, OverflowError):
            return None

    def _without_year(self, rest: tuple[int, int, int, int, int, int], zone: int | None) -> Moment | None:
        for year in (self._received.year + 1, self._received.year, self._received.year - 1):
            found = self._moment(year, rest, zone)
            if found is not None and _EPOCH + found.micros * _MICROSECOND <= self._received + AHEAD_MAX:
                return found
        return None


def epoch_micros(text: str) -> int | None:
    """Microseconds of a count since 1970: seconds (with a fraction or not), milli-, micro- or nanoseconds."""
    whole, dot, fraction = text.partition(".")
    if not whole.isdigit() or not text.isascii() or len(whole) > 19 or (dot and not fraction.isdigit()):
        return None
    number = int(whole)
    digits = len(whole)
    if digits <= 11:
        micros = number * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if dot else 0)
    elif digits <= 14:
        micros = number * 1000
    else:
        micros = number if digits <= 16 else number // 1000
    return micros if 0 < micros < _MICROS_END else None


def offset_minutes(zone: str) -> int | None:
    """Minutes ahead of UTC that +0900, +09:00, +9 or JST mean."""
    if zone[:1] not in ("+", "-"):
        return _NAMED_ZONES.get(zone.upper())
    hour, colon, minute = zone[1:].partition(":")
    if not colon and len(hour) > 2:
        hour, minute = hour[:-2], hour[-2:]
    if not (hour + minute).isdecimal() or not zone.isascii() or len(hour) > 2 or len(minute) > 2:
        return None
    hours, minutes = int(hour), int(minute or 0)
    found = hours * 60 + minutes
    if found > OFFSET_MINUTES_MAX or minutes > 59:
        return None
    return -found if zone[0] == "-" else found


def _parts(text: str) -> tuple[int | None, tuple[int, int, int, int, int, int], int | None] | None:
    for form in _FORMS:
        match = form.match(text)
        if match is not None:
            return _of_match(match.groupdict())
    match = _SLASHED.match(text)
    return None if match is None else _of_slashed(match)


def _of_match(
    found: dict[str, str | None],
) -> tuple[int | None, tuple[int, int, int, int, int, int], int | None] | None:
    name = found.get("name")
    month = _MONTHS.get(name.lower()) if name else int(found.get("month") or 0)
    if not month:
        return None
    year = found.get("year") or found.get("late")
    return (
        int(year) if year else None,
        (month, int(found["day"] or 0), *_time_of_day(found)),
        _zone_of(found.get("zone")),
    )


def _of_slashed(match: re.Match[str]) -> tuple[int, tuple[int, int, int, int, int, int], int | None]:
    """9/16/19 10:00 is American unless the first number can be no month."""
    found = match.groupdict()
    month, day = int(match["first"]), int(match["second_part"])
    if month > 12:
        month, day = day, month
    year = int(match["year"])
    hour, *rest = _time_of_day(found)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].upper() == "PM" else 0)
    return year + (2000 if year < 100 else 0), (month, day, hour, *rest), _zone_of(match["zone"])


def _time_of_day(found: dict[str, str | None]) -> tuple[int, int, int, int]:
    fraction = (found.get("fraction") or "0")[:6].ljust(6, "0")
    return int(found["hour"] or 0), int(found["minute"] or 0), int(found.get("second") or 0), int(fraction)


def _zone_of(zone: str | None) -> int | None:
    return offset_minutes(zone) if zone else None


def _checked(moment: dt.datetime) -> Moment | None:
    micros = (moment - _EPOCH) // _MICROSECOND
    offset = moment.utcoffset() or dt.timedelta()
    return Moment(micros, offset // _MINUTE) if 0 <= micros < _MICROS_END else None
