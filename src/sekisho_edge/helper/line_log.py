"""``python -m sekisho_edge.helper.line_log FILE [WORD]``: what an engine says, line by line, into a log that may move.

Looks before each write whether the name still means its file: whoever ships the log renames it when it has grown.
Lines with WORD are left out. Ends with its input. Standard library only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

LINE_BYTES_MAX = 64 * 1024


class LineLog:
    """Appends lines to the file of a name, whichever file that is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = None

    def write(self, line: bytes) -> None:
        if self._file is None or self._moved():
            self.close()
            self._file = self._path.open("ab", buffering=0)
        self._file.write(line if line.endswith(b"\n") else line + b"\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _moved(self):
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return True
        mine = os.fstat(self._file.fileno())
        return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)


def main(path: str, quiet: str = "") -> None:
    log, word = LineLog(Path(path)), quiet.encode()
    while line := sys.stdin.buffer.readline(LINE_BYTES_MAX):
        if not word or word not in line:
            log.write(line)
    log.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
