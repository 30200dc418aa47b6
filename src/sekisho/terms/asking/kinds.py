"""What the text of a parameter may look like, and how it is read. Strict: what looks almost right is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from sekisho.terms.arrears import Payment
from sekisho.terms.calendar import CALENDARS, CalendarName
from sekisho.terms.invoice import Line
from sekisho.terms.moments import ONE_DAY
from sekisho.terms.personal_data import retention_period
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import VERSIONS
from sekisho.terms.words import Words

YEN_DIGITS_MAX = 15
COUNT_DIGITS_MAX = 6
LIST_ENTRIES_MAX = 10_000
TEXT_CHARACTERS_MAX = 2_000

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_MIDNIGHT_ENDS = re.compile(r"24:00(:00(\.0+)?)?", re.ASCII)
_YEN = re.compile(rf"-?\d{{1,{YEN_DIGITS_MAX}}}", re.ASCII)
_COUNT = re.compile(rf"\d{{1,{COUNT_DIGITS_MAX}}}", re.ASCII)
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}


class Kind(NamedTuple):
    """A kind of parameter. ``read(text, parameter)`` gives the value; ``choices`` are all texts, if they are few."""

    name: str
    form: Words
    read: Callable[[str, str], object]
    choices: tuple[str, ...] = ()
    many: bool = False


def one_of(choices: type[StrEnum]) -> Kind:
    """One member of an enumeration, by its stored code."""
    codes = tuple(str(member) for member in choices)

    def read(text: str, parameter: str) -> object:
        if text not in codes:
            raise BadParameter(parameter, f"{text!r} is none of {', '.join(codes)}")
        return choices(text)

    return Kind("choice", Words("|".join(codes), "|".join(codes)), read, codes)


def some_of(choices: type[StrEnum]) -> Kind:
    """Any members of an enumeration, separated by commas; none is an empty text."""
    single = one_of(choices)

    def read(text: str, parameter: str) -> object:
        return frozenset(single.read(part, parameter) for part in _parts(text, parameter))

    listed = ",".join(single.choices)
    form = Words(f"{listed} から", f"some of {listed}")
    return Kind("choices", form, read, single.choices, many=True)


def _read_calendar(text: str, parameter: str) -> object:
    return CALENDARS[CalendarName(str(_CALENDAR_NAME.read(text, parameter)))]


def _read_version(text: str, parameter: str) -> str:
    if text not in _VERSION_NAMES:
        raise BadParameter(parameter, f"{text!r} is none of {', '.join(_VERSION_NAMES)}")
    return text


def _read_date(text: str, parameter: str) -> dt.date:
    if not _DATE.fullmatch(text):
        raise BadParameter(parameter, f"{text!r} is not a date such as 2026-03-10")
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadParameter(parameter, f"{text!r} is not in the calendar") from None


def _read_month(text: str, parameter: str) -> dt.date:
    if _MONTH.fullmatch(text):
        return _read_date(f"{text}-01", parameter)
    if not _DATE.fullmatch(text):
        raise BadParameter(parameter, f"{text!r} is not a month such as 2026-03")
    return _read_date(text, parameter)


def _read_instant(text: str, parameter: str) -> dt.datetime:
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise BadParameter(parameter, f"{text!r} is not an instant such as 2026-05-01T18:30:00+09:00")
    day, time, offset = found.groups()
    if offset is None:
        raise BadParameter(parameter, f"{text!r} has no UTC offset such as +09:00")
    ends_day = _MIDNIGHT_ENDS.fullmatch(time) is not None
    try:
        at = dt.datetime.fromisoformat(f"{day}T{'00:00' if ends_day else time}{offset}")
        return at + ONE_DAY if ends_day else at
    except (ValueError, OverflowError):
        raise BadParameter(parameter, f"{text!r} is not in the calendar") from None


def _read_signed_yen(text: str, parameter: str) -> int:
    if not _YEN.fullmatch(text):
        raise BadParameter(parameter, f"{text!r} is not a whole number of yen, digits only")
    return int(text)


def _read_yen(text: str, parameter: str) -> int:
    amount = _read_signed_yen(text, parameter)
    if amount < 0:
        raise BadParameter(parameter, "must not be negative")
    return amount


def _read_count(text: str, parameter: str) -> int:
    if not _COUNT.fullmatch(text):
        raise BadParameter(parameter, f"{text!r} is not a whole number from 0 to {10**COUNT_DIGITS_MAX - 1}")
    return int(text)


def _read_yes_no(text: str, parameter: str) -> bool:
    if text not in _YES_NO:
        raise BadParameter(parameter, f"{text!r} is neither yes nor no")
    return _YES_NO[text]


def _read_text(text: str, parameter: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise BadParameter(parameter, f"is longer than {TEXT_CHARACTERS_MAX} characters")
    return text


def _read_payments(text: str, parameter: str) -> tuple[Payment, ...]:
    payments = []
    for part in _parts(text, parameter):
        on, separator, amount = part.partition(":")
        if not separator:
            raise BadParameter(parameter, f"{part!r} is not DATE:YEN such as 2026-06-30:110000")
        payments.append(Payment(_read_date(on, parameter), _read_yen(amount, parameter)))
    return tuple(payments)


def _read_lines(text: str, parameter: str) -> tuple[Line, ...]:
    lines = []
    for part in _parts(text, parameter):
        amount, separator, note = part.partition(":")
        if separator and note != "nontax":
            raise BadParameter(parameter, f"{part!r} is not YEN or YEN:nontax")
        lines.append(Line(_read_signed_yen(amount, parameter), taxable=not separator))
    return tuple(lines)


def _parts(text: str, parameter: str) -> list[str]:
    parts = text.split(",") if text else []
    if len(parts) > LIST_ENTRIES_MAX:
        raise BadParameter(parameter, f"has more than {LIST_ENTRIES_MAX} entries")
    return [part.strip() for part in parts]


_VERSION_NAMES = tuple(version.name for version in VERSIONS)
VERSION = Kind("choice", Words("|".join(_VERSION_NAMES), "|".join(_VERSION_NAMES)), _read_version, _VERSION_NAMES)
_CALENDAR_NAME = one_of(CalendarName)
CALENDAR = _CALENDAR_NAME._replace(read=_read_calendar)
DATE = Kind("date", Words("日付 YYYY-MM-DD", "date YYYY-MM-DD"), _read_date)
MONTH = Kind("month", Words("月 YYYY-MM", "month YYYY-MM"), _read_month)
INSTANT = Kind("instant", Words("日時 2026-05-01T18:30:00+09:00", "instant 2026-05-01T18:30:00+09:00"), _read_instant)
YEN = Kind("yen", Words("円(整数)", "whole yen"), _read_yen)
COUNT = Kind("count", Words("整数", "whole number"), _read_count)
YES_NO = Kind("yes_no", Words("yes|no", "yes|no"), _read_yes_no, ("yes", "no"))
TEXT = Kind("text", Words("文字列", "text"), _read_text)
PAYMENTS = Kind("payments", Words("日付:円, …", "DATE:YEN, ..."), _read_payments)
LINES = Kind("lines", Words("円[:nontax], …", "YEN[:nontax], ..."), _read_lines)
PERIOD = Kind("period", Words("期間 1y, 6m, 2w, 30d", "period 1y, 6m, 2w, 30d"), retention_period)
