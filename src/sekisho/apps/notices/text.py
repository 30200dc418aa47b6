"""Attacker's text in our letters: made harmless before it stands in a header or a line of a mail.

Pure. What an attacker may choose (host names, URLs, signatures with captured text) never ends a
header, never starts a new line, never hides behind control or direction characters.
"""

from __future__ import annotations

import unicodedata

LINE_CHARACTERS_MAX = 300
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def one_line(text: str, characters_max: int = LINE_CHARACTERS_MAX) -> str:
    """``text`` as one line of visible characters, cut at ``characters_max`` with an ellipsis."""
    visible = "".join(" " if unicodedata.category(c) in _DROPPED_CATEGORIES else c for c in text)
    line = " ".join(visible.split())
    return line if len(line) <= characters_max else line[: characters_max - 1] + "…"


def defanged(text: str) -> str:
    """An address or URL that no mail program turns into a link: ``hxxp://evil[.]example``."""
    line = one_line(text)
    for scheme in ("https", "http", "ftp"):
        line = line.replace(f"{scheme}://", scheme.replace("tt", "xx", 1) + "://")
    return line.replace(".", "[.]")
