"""Files that are really on disk. DuckDB doesn't sync what it writes, so the lake does, before each commit.

Errors: OSError from the disk, as it comes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIX = ".parquet"


def parquet_files(folder: Path) -> set[Path]:
    """The Parquet files directly in ``folder``; none when it doesn't exist."""
    try:
        with os.scandir(folder) as entries:
            return {Path(entry.path) for entry in entries if entry.name.endswith(SUFFIX)}
    except FileNotFoundError:
        return set()


def parquet_files_below(folder: Path) -> Iterator[Path]:
    """Every Parquet file at any depth."""
    for root, _, names in os.walk(folder):
        yield from (Path(root) / name for name in names if name.endswith(SUFFIX))


class DurableTree:
    """Syncs files and the folders that lead to them, up to and including ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._led_to: set[Path] = set()

    def sync(self, files: Iterable[Path]) -> None:
        """When this returns, the files and their names survive a power cut."""
        folders = set()
        for file in files:
            _sync(file, os.O_RDWR)
            folders.add(file.parent)
        for folder in folders:
            _sync(folder, os.O_RDONLY | os.O_DIRECTORY)
            self._lead_to(folder)

    def _lead_to(self, folder: Path) -> None:
        """Sync the parents too, once in this process: one of them may be as new as the file."""
        while folder not in self._led_to and folder != self._root and folder != folder.parent:
            self._led_to.add(folder)
            folder = folder.parent
            _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
