"""Text for a terminal: nothing that a log says can steer it, and Japanese stands in its columns."""

from __future__ import annotations

import unicodedata


def printable(text: str) -> str:
    """Hostile text made harmless for a terminal: what is not printable, or turns writing round, as an escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def width(text: str) -> int:
    """Columns on a terminal: Japanese characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
