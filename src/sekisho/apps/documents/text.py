"""How names are compared in a search: width, case and spaces don't matter, nor whether 株式会社 is one character."""

from __future__ import annotations

import unicodedata


def search_key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
