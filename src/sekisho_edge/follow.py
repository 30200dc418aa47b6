"""Follow a log file over rotation, truncation and replacement: the next bytes, and when a generation is over.

A log is a chain of files: rotated siblings (``eve.json.SOMETHING``) by time of last change, then the file of
that name itself. Each file of the chain is one generation; a file that starts again from nothing is a new one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from sekisho_edge.bookmark import HEAD_BYTES, FileIdentity

READ_BYTES_MAX = 1024 * 1024
SETTLE_SECONDS = 1.0
"""A writer may finish a line in a file that was just renamed: so long nothing may come before it counts as over."""


class Follower:
    """Reads one file of the chain at a time. ``resume`` or ``advance`` opens one; None means not there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._head = b""
        self._offset = 0
        self._quiet_since: float | None = None

    def resume(self, identity: FileIdentity, offset: int) -> bool:
        """Open the file with this identity at this offset, wherever it was renamed to; False if it is gone."""
        for path in self._chain():
            with contextlib.suppress(FileNotFoundError):
                file = path.open("rb")
                if _is_same(file, identity) and os.fstat(file.fileno()).st_size >= offset:
                    self._adopt(file, offset)
                    return True
                file.close()
        return False

    def advance(self, after: FileIdentity | None = None, offset: int = 0) -> bool:
        """Open the next file after the open one at its start; False if there is none.

        With no file open, the next one after ``after``, which was read up to ``offset``: if it is shorter
        now, it has started again and is its own successor.
        """
        if self._file:
            after, offset = self.identity(), self._offset
        for path in self._chain():
            with contextlib.suppress(FileNotFoundError):
                file = path.open("rb")
                if after is None or _comes_after(file, after, offset, is_live=path == self._path):
                    self._adopt(file, 0)
                    return True
                file.close()
        return False

    @property
    def is_open(self) -> bool:
        return self._file is not None

    def read(self) -> bytes:
        """The next bytes of the open file; empty at its present end."""
        data = os.pread(self._file.fileno(), READ_BYTES_MAX, self._offset)
        self._offset += len(data)
        if data:
            self._quiet_since = None
        return data

    def restarted(self) -> bool:
        """Whether the open file was emptied or overwritten from its start since it was opened."""
        if os.fstat(self._file.fileno()).st_size < self._offset:
            return True
        now = os.pread(self._file.fileno(), HEAD_BYTES, 0)
        if not now.startswith(self._head):
            return True
        self._head = now
        return False

    def start_over(self) -> None:
        """Take the open file as a new one, from its start."""
        self._adopt(self._file, 0)

    def replaced(self, now: float) -> bool:
        """Whether another file carries the name, and this one has been at its end for a while."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return False
        here = os.fstat(self._file.fileno())
        if (stat.st_dev, stat.st_ino) == (here.st_dev, here.st_ino) or here.st_size > self._offset:
            self._quiet_since = None
            return False
        if self._quiet_since is None:
            self._quiet_since = now
        return now - self._quiet_since >= SETTLE_SECONDS

    def identity(self) -> FileIdentity:
        """Who the open file is, for the bookmark."""
        stat = os.fstat(self._file.fileno())
        return FileIdentity(stat.st_dev, stat.st_ino, stat.st_mtime_ns, self._head)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _adopt(self, file, offset):
        if self._file is not file:
            self.close()
        self._file, self._offset, self._quiet_since = file, offset, None
        self._head = os.pread(file.fileno(), HEAD_BYTES, 0)

    def _chain(self):
        return [*rotated(self._path), self._path]


def rotated(path: Path) -> list[Path]:
    """Renamed predecessors of a log that can still be read, oldest change first."""
    siblings = []
    for sibling in path.parent.glob(f"{path.name}.*"):
        if sibling.suffix not in (".gz", ".xz", ".zst", ".bz2"):
            with contextlib.suppress(FileNotFoundError):
                siblings.append((sibling.stat().st_mtime_ns, sibling.name, sibling))
    return [sibling for *_, sibling in sorted(siblings)]


def _is_same(file, identity):
    stat = os.fstat(file.fileno())
    head = os.pread(file.fileno(), HEAD_BYTES, 0)
    return (stat.st_dev, stat.st_ino) == (identity.device, identity.inode) and head.startswith(identity.head)


def _comes_after(file, identity, offset, *, is_live):
    """The live file comes after everything but itself; among the rotated the time of the last change decides."""
    stat = os.fstat(file.fileno())
    if _is_same(file, identity) and stat.st_size >= offset:
        return False
    return is_live or stat.st_mtime_ns > identity.modified_ns
