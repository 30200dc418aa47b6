"""The definitions' repository for boxes: its files, over the same address and certificates as the logs.

Only files below the repository's folder, by paths that can't lead outside. A fleet that hears of a new version at the
same moment comes all at once: so many are served at a time, the others are told when to come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from sekisho_wire.definitions import CONTENT_BYTES_MAX, Absent, Content, is_path

DOWNLOADS_MAX = 32
RETRY_BUSY_SECONDS = 20


class RepositoryFiles:
    """``take`` a place, then ``answers`` for each path; ``leave`` at the end."""

    def __init__(self, folder: Path, downloads_max: int = DOWNLOADS_MAX) -> None:
        self._folder = folder
        self._downloads_max = downloads_max
        self.downloads = 0

    def take(self) -> bool:
        """A place for one connection; False while all are taken."""
        if self.downloads >= self._downloads_max:
            return False
        self.downloads += 1
        return True

    def leave(self) -> None:
        self.downloads -= 1

    async def answers(self, path: str) -> AsyncIterator[Content | Absent]:
        """The file in parts, or that there is none. A file that is empty is one empty part."""
        try:
            file = await asyncio.to_thread(self._open, path)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            yield Absent(path)
            return
        with file:
            left = file.seek(0, 2)
            file.seek(0)
            while True:
                body = await asyncio.to_thread(file.read, min(CONTENT_BYTES_MAX, left))
                left -= len(body)
                yield Content(body, left if body else 0)
                if not body or not left:
                    return

    def _open(self, path):
        if not is_path(path):
            raise FileNotFoundError(path)
        return (self._folder / path).open("rb")
