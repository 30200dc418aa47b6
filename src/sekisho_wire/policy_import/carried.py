"""What an import gives: the policy, and what is left to a person; and the names that fit our model."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from sekisho_wire.policy.kinds import TITLE_CHARS_MAX
from sekisho_wire.policy.words import Words

EXPORT_BYTES_MAX = 64 * 1024 * 1024
NAME_CHARS_MAX = 63
_TEXT_CHARS_MAX = 200


class ImportFailed(Exception):
    """The text is no export of this product; nothing was read. The message says what was found instead."""


class Left(msgspec.Struct, frozen=True):
    """One thing that was not carried over. ``lost`` ones change what is enforced; ``label`` ones do not."""

    line: int
    text: str
    words: Words
    weight: Literal["lost", "label"] = "lost"
    line_last: int | None = None


class Imported(msgspec.Struct, frozen=True):
    """``document`` is a policy document of schema 2; check it before use, a person may have to complete it."""

    document: dict[str, Any]
    left: tuple[Left, ...]
    titles: dict[str, str]
    """Our name of each thing that had to be called otherwise -> what it was called."""


class CannotCarry(Exception):
    """This thing can't be carried over; the words say why. Caught where the thing begins, with its line."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(ja, en)


class Names:
    """Names of one section in our alphabet, each for one original, stable from one import to the next."""

    def __init__(self, taken: Iterable[str] = ("any",)) -> None:
        self._ours: dict[str, str] = {}
        self._taken = set(taken)

    def of(self, original: str) -> str:
        """Our name for an original; the same each time."""
        if original not in self._ours:
            name = self._free(_slug(original), original)
            self._ours[original] = name
            self._taken.add(name)
        return self._ours[original]

    def known(self, original: str) -> bool:
        return original in self._ours

    def changed(self) -> dict[str, str]:
        return {ours: original for original, ours in self._ours.items() if ours != original}

    def _free(self, name, original):
        if name not in self._taken:
            return name
        mark = hashlib.sha256(original.encode()).hexdigest()[:6]
        base = f"{name[: NAME_CHARS_MAX - 12]}-{mark}"
        return next(
            candidate
            for candidate in (base, *(f"{base}-{i}" for i in range(2, 10_000)))
            if candidate not in self._taken
        )


def _slug(original):
    plain = unicodedata.normalize("NFKC", original).lower()
    name = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")
    if not re.search(r"[a-z0-9]", name):
        name = f"x-{hashlib.sha256(original.encode()).hexdigest()[:8]}"
    return (name if name[0].isalpha() else f"n-{name}")[:NAME_CHARS_MAX]


def title(text: str) -> str:
    """A text as a title: one line, not too long."""
    return " ".join(text.split())[:TITLE_CHARS_MAX]


def shown(text: str) -> str:
    """A line of an export for a list of what was left."""
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_CHARS_MAX else f"{line[:_TEXT_CHARS_MAX]}…"


def without_empty(thing: dict[str, Any]) -> dict[str, Any]:
    """A document's thing without what says nothing."""
    return {key: value for key, value in thing.items() if value not in ("", [], None, False)}
