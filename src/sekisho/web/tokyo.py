"""How an instant is written for a person: Tokyo time with its weekday, and how long ago or ahead.

Instants are aware datetimes; a naive one is a programming error and raises ValueError.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext, ngettext

TOKYO = ZoneInfo("Asia/Tokyo")
_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NIGHT_BEGINS_HOUR, _NIGHT_ENDS_HOUR = 18, 6


def written(instant: dt.datetime, *, seconds: bool = False) -> str:
    """``2026-05-04(月) 02:13`` in Japanese, ``Mon 4 May 2026, 02:13`` in English, in Tokyo time."""
    local = _tokyo(instant)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    if _japanese():
        return f"{local:%Y-%m-%d}({_WEEKDAYS_JA[local.weekday()]}) {clock}"
    day = f"{_WEEKDAYS_EN[local.weekday()]} {local.day} {_MONTHS_EN[local.month - 1]} {local.year}"
    return f"{day}, {clock}"


def written_day(on: dt.date) -> str:
    """``2026年5月4日(月)`` in Japanese, ``Mon 4 May 2026`` in English."""
    if _japanese():
        return f"{on.year}年{on.month}月{on.day}日({_WEEKDAYS_JA[on.weekday()]})"
    return f"{_WEEKDAYS_EN[on.weekday()]} {on.day} {_MONTHS_EN[on.month - 1]} {on.year}"


def relative(instant: dt.datetime, now: dt.datetime) -> str:
    """``3分前`` / ``3 minutes ago``; the same words that ``js/relative.js`` keeps fresh."""
    seconds = int((instant - now).total_seconds())
    amount = _amount(abs(seconds))
    if amount is None:
        return gettext("just now")
    return (
        gettext("in %(amount)s") % {"amount": amount} if seconds > 0 else gettext("%(amount)s ago") % {"amount": amount}
    )


def duration(span: dt.timedelta) -> str:
    """``06:12`` under an hour, ``1:06:12`` above; never negative (the sign is said in words)."""
    seconds = abs(int(span.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def is_night(now: dt.datetime) -> bool:
    """Whether the console opens dark: from 18:00 to 06:00 in Tokyo."""
    hour = _tokyo(now).hour
    return hour >= _NIGHT_BEGINS_HOUR or hour < _NIGHT_ENDS_HOUR


def _amount(seconds: int) -> str | None:
    if seconds < 60:
        return None
    if seconds < 3600:
        return ngettext("%(n)d minute", "%(n)d minutes", seconds // 60) % {"n": seconds // 60}
    if seconds < 86400:
        return ngettext("%(n)d hour", "%(n)d hours", seconds // 3600) % {"n": seconds // 3600}
    return ngettext("%(n)d day", "%(n)d days", seconds // 86400) % {"n": seconds // 86400}


def _japanese() -> bool:
    return (get_language() or "ja").startswith("ja")


def _tokyo(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no place on a page")
    return instant.astimezone(TOKYO)
