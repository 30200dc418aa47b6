"""What a search form of the desk asks for: days, yen, words. What is none of these narrows nothing."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

YEN_DIGITS_MAX = 13
WORDS_CHARACTERS_MAX = 100


def day(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def yen(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "").replace(",", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= YEN_DIGITS_MAX else None


def words(request: HttpRequest, name: str = "q") -> str:
    return request.GET.get(name, "")[:WORDS_CHARACTERS_MAX].replace("\0", "").strip()


def key(request: HttpRequest, name: str = "before") -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
