"""Dates as Japanese forms write them: by era (令和8年5月19日) or by western year (2026年5月19日(火)).

The first year of an era is 元年. A date is read only if it lies in the era it names.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple

from sekisho.terms.moments import day
from sekisho.terms.values import BadParameter, Value
from sekisho.terms.versions import LATEST, Terms

_TEXT_CHARACTERS_MAX = 50
_FORM = re.compile(
    r"(明治|大正|昭和|平成|令和)?(元|\d{1,4})年(\d{1,2})月(\d{1,2})日(?:\([月火水木金土日]\))?", re.ASCII
)


class Era(NamedTuple):
    name: str
    first_on: dt.date


ERAS: tuple[Era, ...] = (
    Era("令和", dt.date(2019, 5, 1)),
    Era("平成", dt.date(1989, 1, 8)),
    Era("昭和", dt.date(1926, 12, 25)),
    Era("大正", dt.date(1912, 7, 30)),
    Era("明治", dt.date(1873, 1, 1)),  # 明治6: the western calendar's first day in Japan
)
_YEAR_BEFORE = {era.name: era.first_on.year - 1 for era in ERAS} | {"明治": 1867}


def era_date(on: dt.date, *, terms: Terms = LATEST) -> Value[str]:
    """The date by era, such as '令和8年5月19日'; ``BadParameter`` before 1873."""
    asked = day(on)
    for era in ERAS:
        if era.first_on <= asked:
            year = asked.year - _YEAR_BEFORE[era.name]
            written = f"{era.name}{'元' if year == 1 else year}年{asked.month}月{asked.day}日"
            return Value(written, "附則1", terms.version)
    raise BadParameter("on", f"is before {ERAS[-1].first_on}")


def date_on_form(text: str, *, terms: Terms = LATEST) -> Value[dt.date]:
    """The date that a form states, by era or western year; spaces and full-width digits are read."""
    normal = "".join(unicodedata.normalize("NFKC", text[:_TEXT_CHARACTERS_MAX]).split())
    found = _FORM.fullmatch(normal)
    if found is None:
        raise BadParameter("text", f"{text!r} is not a date such as 平成28年10月3日 or 2019年9月13日")
    name, year, month, of_month = found.groups()
    number = 1 if year == "元" else int(year)
    try:
        on = dt.date(number + _YEAR_BEFORE.get(name, 0), int(month), int(of_month))
    except ValueError:
        raise BadParameter("text", f"{text!r} is not in the calendar") from None
    if name and not _in_era(name, on):
        raise BadParameter("text", f"{text!r} is not a day of {name}")
    return Value(on, "附則1", terms.version)


def _in_era(name: str, on: dt.date) -> bool:
    index = next(i for i, era in enumerate(ERAS) if era.name == name)
    # The day of a change belongs to both eras' names on old papers; only the new one is official here.
    ended = ERAS[index - 1].first_on if index else dt.date.max
    return ERAS[index].first_on <= on < ended
