"""How many lines the source wrote during a telling, counted at the source and not where they arrive.

What arrives is compared with it, so that a lost line shows as a difference and not as a smaller figure.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 1 << 20


class Source(Protocol):
    def lines(self) -> int:
        """Whole lines written since the telling began."""


class SensorLog:
    """The file that the sensor on the customer's line writes, from where it ended when the telling began."""

    def __init__(self) -> None:
        self._path = Path(os.environ["SEKISHO_VAR"]) / "edge" / "log" / "eve.json"
        self._began = self._path.stat() if self._path.exists() else None

    def lines(self) -> int:
        now = self._path.stat()
        # A file that took this one's place is counted whole; its forerunner's end is in a rotated sibling.
        same = self._began is not None and self._began.st_ino == now.st_ino
        counted = _lines_from(self._path, self._began.st_size if same and self._began else 0)
        return counted if same or self._began is None else counted + self._rotated()

    def _rotated(self) -> int:
        siblings = (path for path in self._path.parent.glob("eve.json.*") if path.stat().st_ino == self._began.st_ino)
        return sum(_lines_from(path, self._began.st_size) for path in siblings)


class Handed:
    """Lines that the telling itself handed to the log link."""

    def __init__(self) -> None:
        self._lines = 0

    def add(self, lines: int) -> None:
        self._lines += lines

    def lines(self) -> int:
        return self._lines


def _lines_from(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        file.seek(offset)
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK_BYTES), b""))
