"""Texts that a value must contain to pass a test: thousands of them, looked for in one pass. Hyperscan, or RE2.

A test on text passes only where one of its literals is (without case), so a value without any needs no
look at all. The pass goes over Arrow's own buffer, where values stand one behind the other: what is
found across the border of two values is a candidate too many, and the exact test says so.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect import text
from sekisho.pipeline.detect.expression import Literally, Regex, Text

try:
    import hyperscan
except ImportError:  # a machine for which there is no wheel
    hyperscan = None

LITERAL_BYTES_MIN = 3
"""A shorter one is in most values; then the test is made on each, if a rule comes to it."""


class Literal(NamedTuple):
    """``whole``: the value is nothing but this text; else it contains it. Folded."""

    text: str
    whole: bool = False


def of_text(pattern: Text) -> Literal | None:
    """The longest literal of a pattern; None if it has none worth looking for."""
    pieces = [text.fold(piece.text) for piece in pattern.pieces if isinstance(piece, Literally)]
    if len(pieces) == len(pattern.pieces):
        return Literal("".join(pieces), whole=True)
    return _long_enough(max(pieces, key=_size, default=""))


def of_regex(regex: Regex) -> Literal | None:
    """The longest run of characters that each match of an expression contains, folded; None if that can't be told.

    Python reads the expression; what it reads otherwise than RE2, it refuses. Without case, RE2 takes
    U+017F for an s, which folding doesn't: such an s is no part of a literal.
    """
    try:
        parsed = _parser.parse(regex.pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    runs = _runs(parsed)
    if "i" in regex.flags or "(?" in regex.pattern:
        runs = [part for run in runs for part in re.split("[sS\u017f]", run)]
    return _long_enough(max((text.fold(run) for run in runs), key=_size, default=""))


def _long_enough(found: str) -> Literal | None:
    return Literal(found) if _size(found) >= LITERAL_BYTES_MIN else None


def _size(literal: str) -> int:
    return len(literal.encode())


def _runs(parsed: Iterable[tuple[object, object]]) -> list[str]:
    """Runs of literal characters at the top of an expression, none of it optional."""
    runs = [""]
    for operation, argument in parsed:
        if operation is _constants.LITERAL:
            runs[-1] += chr(argument)  # type: ignore[arg-type]
        else:
            runs.append("")
    return runs


Places = tuple[np.ndarray, np.ndarray]
"""Numbers of literals, and with each the position of a value that may have it."""
NOWHERE: Places = (np.empty(0, np.int64), np.empty(0, np.int64))


class Literals:
    """Distinct literals, by their number."""

    def __init__(self, literals: Sequence[Literal]) -> None:
        inner = [number for number, literal in enumerate(literals) if not literal.whole]
        whole = [number for number, literal in enumerate(literals) if literal.whole]
        self._inner, self._whole = np.array(inner, np.int64), np.array(whole, np.int64)
        self._words = pa.array([literals[number].text for number in whole], pa.string())
        self._packed = [literals[number].text.encode() for number in inner]
        self._own = threading.local()
        self._database = _database(self._packed) if hyperscan is not None and inner else None
        self._unions = tuple(text.unions(re.escape(literals[number].text) for number in inner))

    def found(self, folded: pa.Array) -> Places:
        """Where they are. Without Hyperscan each value with any of the literals counts for all of them."""
        numbers, positions = zip(self._equal(folded), self._inside(folded), strict=True)
        return np.concatenate(numbers), np.concatenate(positions)

    def _equal(self, folded: pa.Array) -> Places:
        if not len(self._words) or not len(folded):
            return NOWHERE
        index = pc.index_in(folded, value_set=self._words)
        positions = np.flatnonzero(index.is_valid().to_numpy(zero_copy_only=False))
        return self._whole[index.drop_null().to_numpy()], positions

    def _inside(self, folded: pa.Array) -> Places:
        if not self._packed or not len(folded) or folded.buffers()[2] is None:
            return NOWHERE
        if self._database is None:
            positions = self._any(folded)
            return np.repeat(self._inner, len(positions)), np.tile(positions, len(self._inner))
        offsets = np.frombuffer(folded.buffers()[1], np.int32)[folded.offset : folded.offset + len(folded) + 1]
        numbers, ends = self._scanned(memoryview(folded.buffers()[2])[offsets[0] : offsets[-1]])
        # A match ends at the first byte behind it: the value is the one that has the byte before.
        positions = np.searchsorted(offsets, ends + offsets[0] - 1, side="right") - 1
        pairs = np.unique(numbers * len(folded) + positions)
        return self._inner[pairs // len(folded)], pairs % len(folded)

    def _any(self, folded: pa.Array) -> np.ndarray:
        hits = [pc.match_substring_regex(folded, union).to_numpy(zero_copy_only=False) for union in self._unions]
        return np.flatnonzero(np.any(hits, axis=0))

    def _scanned(self, data: memoryview) -> tuple[np.ndarray, np.ndarray]:
        numbers: list[int] = []
        ends: list[int] = []
        add_number, add_end = numbers.append, ends.append

        def hit(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            add_number(number)
            add_end(end)

        self._database.scan(data, match_event_handler=hit, scratch=self._scratch())
        return np.array(numbers, np.int64), np.array(ends, np.int64)

    def _scratch(self) -> object:
        """Each thread has its own."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = self._database.scratch.clone()
        return self._own.scratch


def _database(packed: Sequence[bytes]) -> object:
    database = hyperscan.Database()
    database.compile(
        expressions=list(packed), ids=list(range(len(packed))), elements=len(packed), flags=0, literal=True
    )
    return database
