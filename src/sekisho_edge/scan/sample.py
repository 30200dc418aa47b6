"""One thing to scan: bytes in memory or in a file, with a name for people."""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MEMORY_BYTES_MAX = 8 << 20
"""More than that of an archive's member waits on disk."""
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Sample:
    """``file`` can be read from any place; whoever made the sample closes it."""

    file: BinaryIO
    size_bytes: int
    name: str = ""

    def sha256(self) -> str:
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()

    def head(self, size: int) -> bytes:
        self.file.seek(0)
        return self.file.read(size)

    def content(self) -> bytes | str:
        """The bytes if they are in memory, else a path under which this process can read them."""
        self.file.seek(0)
        try:
            return f"/proc/self/fd/{self.file.fileno()}"
        except OSError:
            return self.file.read()


def sample_of(data: bytes | Path | BinaryIO, name: str) -> Sample:
    """A sample of what a caller has; an open file stays the caller's."""
    if isinstance(data, bytes):
        return Sample(io.BytesIO(data), len(data), name)
    file = data.open("rb") if isinstance(data, Path) else data
    return Sample(file, file.seek(0, io.SEEK_END), name)


def buffer() -> BinaryIO:
    """An empty file that stays in memory while it is small."""
    return tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)
