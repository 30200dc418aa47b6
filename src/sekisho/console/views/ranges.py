"""What a search form of the desk asks for: days, yen, words. What is none of these narrows nothing."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

YEN_DIGITS_MAX = 13
WORDS_CHARACTERS_MAX = 100


def day(request: HttpRequest, name: str) -> dt.date | None:
    return day_of(request.GET.get(name, ""))


def day_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def after(request: HttpRequest, name: str = "before") -> tuple[dt.date, int] | None:
    """Where a page by day and number goes on, such as ``?before=2026-05-04_17``."""
    on, _separator, position = request.GET.get(name, "").partition("_")
    return (day_of(on), int(position)) if day_of(on) and position.isdecimal() and position.isascii() else None


def yen(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "").replace(",", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= YEN_DIGITS_MAX else None


def words(request: HttpRequest, name: str = "q") -> str:
    return request.GET.get(name, "")[:WORDS_CHARACTERS_MAX].replace("\0", "").strip()


def key(request: HttpRequest, name: str = "before") -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
