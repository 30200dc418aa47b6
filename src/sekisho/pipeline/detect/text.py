"""Sigma's text patterns as regular expressions that need linear time (RE2, inside Arrow).

Sigma compares without case. Both sides are folded by the same kernel, code point by code point, so
that folding never changes a length and a pattern that matches cased also matches folded.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect.expression import Literally, Text, Wild

UNION_CHARS_MAX = 6_000
"""Longer unions are split. Up to about 12,000 characters RE2 stays in its fast automaton; beyond, it is thirty
times slower. At 6,000, 3,000 rules of seven words cost about four times what 100 rules cost."""

_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


@functools.lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """One string as ``folded`` would give it."""
    return pc.utf8_lower(pa.scalar(text)).as_py()


def folded(values: pa.Array) -> pa.Array:
    """Strings without case."""
    return pc.utf8_lower(values)


def pattern(text: Text, *, cased: bool) -> str:
    """One pattern as RE2 source, to be searched for anywhere in a value."""
    pieces = list(text.pieces)
    start, end = r"\A", r"\z"
    while pieces and pieces[0] == Wild("*"):
        start = ""
        pieces.pop(0)
    while pieces and pieces[-1] == Wild("*"):
        end = ""
        pieces.pop()
    return f"{start}{''.join(_piece(piece, cased) for piece in pieces)}{end}"


def union(patterns: Iterable[str]) -> str:
    """RE2 source that is found where any of the patterns is."""
    return "(?s)" + "|".join(f"(?:{source})" for source in patterns)


def unions(patterns: Iterable[str]) -> Iterator[str]:
    """The same as ``union``, in as many parts as its size demands."""
    part: list[str] = []
    size = 0
    for source in sorted(set(patterns)):
        if part and size + len(source) > UNION_CHARS_MAX:
            yield union(part)
            part, size = [], 0
        part.append(source)
        size += len(source)
    if part:
        yield union(part)


def _piece(piece: Literally | Wild, cased: bool) -> str:
    if isinstance(piece, Wild):
        return ".*" if piece.sign == "*" else "."
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in (piece.text if cased else fold(piece.text)))
