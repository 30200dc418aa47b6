"""What all papers have in common, and how their values become the data of a sheet.

Dates are written out here, in the paper's language and, where asked, by era; numbers stay numbers. Characters that
steer a terminal or the direction of text are taken out: a name may be hostile, a paper must read as it was checked.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, ClassVar

from sekisho.terms.eras import era_date


class Language(StrEnum):
    JA = "ja"
    EN = "en"


class DoesNotAddUp(ValueError):
    """Amounts of a paper contradict each other; the text names them."""


# C0 and C1 controls but for the line feed; soft hyphen, zero-width characters; marks, embeddings, overrides and
# isolates of direction; line separators; the byte order mark; halves of surrogate pairs.
_STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Base of all papers. ``SHEET`` names the file in ``sheets/``; ``era_dates`` writes 令和8年 for 2026年.

    ``DATE`` and ``AUTHOR`` name the fields that the PDF's own date and author are taken from.
    """

    SHEET: ClassVar[str] = ""
    DATE: ClassVar[str] = "dated"
    AUTHOR: ClassVar[str] = "sender"
    language: Language = Language.JA
    era_dates: bool = False


def sheet_data(paper: Paper) -> str:
    """The paper's values as JSON: dates written out, yen as integers, text without steering characters."""
    on: dt.date = getattr(paper, paper.DATE)
    author = printable(getattr(paper, paper.AUTHOR).name)
    document = {"year": on.year, "month": on.month, "day": on.day, "author": author}
    return json.dumps(_told(paper, paper) | {"document": document}, ensure_ascii=False, sort_keys=True)


def written_date(on: dt.date, language: Language, *, by_era: bool = False) -> str:
    """'2026年5月19日', '令和8年5月19日' or '19 May 2026'."""
    if language == Language.EN:
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"
    return era_date(on).value if by_era else f"{on.year}年{on.month}月{on.day}日"


def must_make(what: str, summed_yen: int, stated_yen: int) -> None:
    """``DoesNotAddUp`` unless the parts make what is stated."""
    if summed_yen != stated_yen:
        raise DoesNotAddUp(f"{what}: stated {stated_yen} yen, but the parts make {summed_yen}")


def printable(text: str) -> str:
    """``text`` without characters that steer instead of showing something."""
    return _STEERING.sub("", text)


def _told(value: Any, paper: Paper) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        told = {field.name: _told(getattr(value, field.name), paper) for field in fields(value)}
        written = getattr(value, "written", None)
        return told | (_told(written(paper.language), paper) if written else {})
    if isinstance(value, dt.datetime):
        raise TypeError("a paper shows Tokyo dates and written times, no instants")
    if isinstance(value, dt.date):
        return written_date(value, paper.language, by_era=paper.era_dates)
    if isinstance(value, str):
        return printable(str(value))
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, tuple):
        return [_told(part, paper) for part in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return {key: _told(part, paper) for key, part in value.items()}
    raise TypeError(f"a paper holds plain values, not {type(value).__name__}")


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
