"""Sigma's text patterns as regular expressions that need linear time (RE2, inside Arrow).

Sigma compares without case. Both sides are folded by the same kernel, code point by code point, so
that folding never changes a length and a pattern that matches cased also matches folded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect.expression import Literally, Text, Wild

UNION_CHARS_MAX = 20_000
"""RE2 gives a program 8 MiB; beyond it, it would fall back to a slower way. Larger unions are split."""

_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


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
