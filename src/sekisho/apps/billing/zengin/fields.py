"""One record's bytes to named strings and back, and the strings to numbers, days and names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sekisho.terms.words import Words

from .errors import FieldError
from .layouts import RECORD_BYTES, Layout, Shape, slices
from .records import YearReading

ENCODING = "cp932"
"""Shift_JIS as banks' machines write it. Half-width kana take one byte, so that columns hold."""


def fields_of(record: bytes, layout: Layout) -> dict[str, str]:
    """The named fields without their filling; ``FieldError`` for digits that are none and for odd characters."""
    return {field.name: _text(field.name, record[place], field.shape) for field, place in slices(layout)}


def record_of(values: Mapping[str, object], layout: Layout) -> bytes:
    """A record of exactly ``RECORD_BYTES``. ``ValueError`` where a value doesn't fit its field."""
    parts = []
    for name, size, shape in layout:
        raw = str(values.get(name, "")).encode(ENCODING)
        if len(raw) > size:
            raise ValueError(f"{name} takes {size} bytes, not {len(raw)}")
        parts.append(raw.rjust(size, b"0") if shape is Shape.DIGITS else raw.ljust(size))
    record = b"".join(parts)
    if len(record) != RECORD_BYTES:
        raise ValueError(f"a record takes {RECORD_BYTES} bytes, not {len(record)}")
    return record


def number(values: Mapping[str, str], name: str) -> int:
    """The whole number of a field of digits; blank is 0, as some banks leave what they don't use."""
    return int(values[name] or "0")


def date(values: Mapping[str, str], name: str, years: YearReading) -> dt.date:
    """The day of a field YYMMDD."""
    found = date_or_none(values[name], years)
    if found is None:
        raise FieldError(f"{name}.date", _NO_DAY.with_facts(values[name], name))
    return found


def date_or_none(text: str, years: YearReading) -> dt.date | None:
    if len(text) != 6 or not text.isdecimal():
        return None
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    if year < years.first_year:
        return None
    try:
        return dt.date(years.year_zero + year, month, day)
    except ValueError:
        return None


def written_date(on: dt.date, years: YearReading) -> str:
    year = on.year - years.year_zero
    if not years.first_year <= year <= 99:
        raise ValueError(f"{on} is no year of {years.value}")
    return f"{year:02}{on:%m%d}"


def _text(name: str, raw: bytes, shape: Shape) -> str:
    if shape is Shape.DIGITS:
        digits = raw.strip(b" ")
        if digits and not digits.isdigit():
            raise FieldError(f"{name}.digits", _NO_DIGITS.with_facts(name))
        return digits.decode("ascii")
    try:
        text = raw.decode(ENCODING)
    except UnicodeDecodeError:
        raise FieldError(f"{name}.characters", _ODD.with_facts(name)) from None
    if not text.replace("\u3000", " ").isprintable() or any("\ue000" <= sign <= "\uf8ff" for sign in text):
        raise FieldError(f"{name}.characters", _ODD.with_facts(name))
    return text.rstrip(" ")


_NO_DIGITS = Words("項目{0}が数字ではありません。", "The field {0} is not a number.")
_NO_DAY = Words("項目{1}の{0}は日付ではありません。", "{0} in the field {1} is not a date.")
_ODD = Words("項目{0}に使えない文字があります。", "The field {0} has characters that no bank sends.")
