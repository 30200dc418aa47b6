"""A file on its way through, kept while it is looked at: small ones in memory, large ones on disk, bounded in sum."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MEMORY_BYTES_MAX = 1 << 20
SPOOLED_BYTES_MAX = 2 << 30
PIECE_BYTES = 256 * 1024
DECODED_BYTES_MAX = 512 << 20

ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""Content-Encodings that can be undone here. Squid asks for none; some servers send one all the same."""


class NoRoom(Exception):
    """All files on their way together are more than may be kept."""


class NotDecoded(Exception):
    """The content is not what its Content-Encoding says."""


class Room:
    """The sum of what is kept by all transactions of one process."""

    def __init__(self, bytes_max: int = SPOOLED_BYTES_MAX) -> None:
        self.used_bytes = 0
        self._bytes_max = bytes_max

    def take(self, count: int) -> None:
        if self.used_bytes + count > self._bytes_max:
            raise NoRoom
        self.used_bytes += count

    def give_back(self, count: int) -> None:
        self.used_bytes -= count


class Kept:
    """One body. ``with Kept(room, folder) as body``: written once, then read as often as needed."""

    def __init__(self, room: Room, folder: Path) -> None:
        self._room = room
        self.file: BinaryIO = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX, dir=folder)  # noqa: SIM115
        self._hash = hashlib.sha256()
        self._at_end = True
        self.size_bytes = 0

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_) -> None:
        self.file.close()
        self._room.give_back(self.size_bytes)

    def write(self, data: bytes) -> None:
        """NoRoom when there are too many files on their way."""
        self._room.take(len(data))
        self.size_bytes += len(data)
        self._hash.update(data)
        if not self._at_end:
            self.file.seek(0, 2)
            self._at_end = True
        self.file.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def part(self, at: int, count: int) -> bytes:
        self._at_end = False
        self.file.seek(at)
        return self.file.read(count)

    def reader(self) -> BinaryIO:
        """A handle of its own on what was written, with a place of its own; whoever asks closes it."""
        self.file.flush()
        return Path(f"/proc/self/fd/{self.file.fileno()}").open("rb")

    def pieces(self, at: int = 0) -> Iterator[bytes]:
        """What was written, from a place on."""
        while piece := self.part(at, PIECE_BYTES):
            yield piece
            at += len(piece)


def decoded(body: Kept, encoding: str, room: Room, folder: Path) -> Kept:
    """What is inside a Content-Encoding, as a file of its own. NotDecoded when it can't be had, NoRoom as above."""
    wanted = encoding.strip().lower()
    if wanted not in ENCODINGS:
        raise NotDecoded(wanted)
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip and zlib, by what it begins with
    inside = Kept(room, folder)
    try:
        for piece in body.pieces():
            _inflate(decoder, piece, inside)
        if not decoder.eof:
            raise NotDecoded("it ends in the middle")
    except zlib.error as error:
        inside.__exit__()
        raise NotDecoded(str(error)) from error
    except (NoRoom, NotDecoded):
        inside.__exit__()
        raise
    return inside


def _inflate(decoder, piece, inside):
    while piece:
        inside.write(decoder.decompress(piece, PIECE_BYTES))
        if inside.size_bytes > DECODED_BYTES_MAX:
            raise NotDecoded("it expands too far")
        piece = decoder.unconsumed_tail
