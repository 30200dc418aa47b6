"""Words in both languages, and a problem of a policy: where it is, and what it is.

Nothing here raises except ``PolicyError``, which carries problems; the caller shows them to a person.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import msgspec

SHOWN_IN_MESSAGE_MAX = 20
"""A message names this many problems; ``PolicyError.problems`` has all of them."""


class Words(msgspec.Struct, frozen=True):
    """One thing said in Japanese and in English."""

    ja: str
    en: str


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a policy. ``pointer`` is a JSON pointer (RFC 6901) into the document."""

    pointer: str
    words: Words

    @property
    def place(self) -> str:
        """The pointer as people write it: ``rules[3].action``."""
        parts = [unescaped(part) for part in self.pointer.split("/")[1:]]
        path = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
        return path.removeprefix(".")

    @property
    def reason(self) -> str:
        return self.words.en

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.pointer else self.reason


class PolicyError(Exception):
    """The text is no policy of a known schema. ``problems`` has every reason with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = "; ".join(map(str, self.problems[:SHOWN_IN_MESSAGE_MAX]))
        more = len(self.problems) - SHOWN_IN_MESSAGE_MAX
        super().__init__(shown + (f"; and {more} more" if more > 0 else ""))


def problem(pointer: str, ja: str, en: str) -> Problem:
    """Short for ``Problem(pointer, Words(ja, en))``."""
    return Problem(pointer, Words(ja, en))


def refused(*problems: Problem) -> PolicyError:
    """An error to raise, from problems."""
    return PolicyError(problems)


def escaped(part: str) -> str:
    """A key as a part of a JSON pointer."""
    return part.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, if one is near enough."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def with_hint(words: Words, name: str, known: Iterable[str]) -> Words:
    """The words, and the nearest known name where there is one."""
    near = nearest(name, known)
    if near is None:
        return words
    return Words(f"{words.ja}(もしかして {near!r})", f"{words.en}; did you mean {near!r}?")
