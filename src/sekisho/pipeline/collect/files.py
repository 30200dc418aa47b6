"""Log files as a source: a finished file once (``import_file``), a growing one for ever (``Tail``).

A finished file's identity is its content, so that importing it twice changes nothing. A growing
file's place is kept in a bookmark that moves only after the stream has the lines; its generation
grows when the file was rotated or cut, and what the rotated file still had is read to its end first.

Errors: OSError for files, BusUnavailable when the stream can't take more (call again).
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from sekisho.gateways.bus import Bus
from sekisho.pipeline.batch import RAW_BYTES_TARGET, StreamBatch, batch_id, encode, pack_lines

LINE_BYTES_MAX = 800_000
"""A longer line is cut, so that any batch fits a stream message even if it doesn't compress."""
READ_BYTES_MAX = 1 << 20
_OPENERS: dict[str, Callable[[Path], BinaryIO]] = {".gz": gzip.open, ".xz": lzma.open}  # type: ignore[dict-item]


async def import_file(bus: Bus, path: Path, device: str, product: str = "auto") -> tuple[int, int]:
    """Put every line of a file (plain, .gz or .xz) into the stream; (lines, lines that are new to it)."""
    source = f"file-{_fingerprint(path)}"
    lines = new = 0
    with _opened(path) as file:
        for offset, chunk in _chunks(file):
            batch = _batch(device, source, product, f"0:{offset}", chunk)
            is_new = await bus.publish(device, source, encode(batch), message_id=batch.batch_id)
            lines += batch.records
            new += batch.records if is_new else 0
    return lines, new


def _opened(path: Path) -> BinaryIO:
    return _OPENERS.get(path.suffix, lambda p: p.open("rb"))(path)


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _chunks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(offset, whole lines) of about RAW_BYTES_TARGET; a last line without its newline gets one."""
    offset = 0
    pending: list[bytes] = []
    size = 0
    while line := file.readline(LINE_BYTES_MAX):
        if pending and size + len(line) > max(RAW_BYTES_TARGET, len(line)):
            yield offset, b"".join(pending)
            offset, pending, size = offset + size, [], 0
        pending.append(line)
        size += len(line)
    if pending:
        yield offset, b"".join(pending)


def _batch(device: str, source: str, product: str, first: str, lines: bytes) -> StreamBatch:
    ended = lines if lines.endswith(b"\n") else lines + b"\n"
    return StreamBatch(
        batch_id=batch_id(device, source, f"{first}+{len(lines)}"),
        device=device,
        source=source,
        product=product,
        first=first,
        received_at=time.time(),
        records=ended.count(b"\n"),
        framing="lines",
        body=pack_lines(ended),
    )


class Bookmark(msgspec.Struct, frozen=True):
    """How far a growing file is in the stream: ``offset`` bytes of the file that has this ``inode``."""

    generation: int
    inode: int
    offset: int


class Tail:
    """Follows one file by its name. Call ``step`` again and again; nothing is lost between calls or lives."""

    def __init__(self, bus: Bus, path: Path, bookmark: Path, device: str, product: str = "auto") -> None:
        self._bus = bus
        self._path = path
        self._bookmark_file = bookmark
        self._device = device
        self._product = product
        self._source = f"tail-{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]}"
        self._file: BinaryIO | None = None
        self._mark = self._read_bookmark()

    async def step(self) -> int:
        """Ship the lines that are there now; how many."""
        if self._file is None and not self._open():
            return 0
        lines = 0
        while chunk := self._next_chunk():
            await self._ship(chunk)
            lines += chunk.count(b"\n") or 1
        if self._has_moved_on():
            # Written to the old file until a moment ago, perhaps: its rest, newline or not, comes first.
            while rest := self._next_chunk(whole_lines=False):
                await self._ship(rest)
                lines += rest.count(b"\n") or 1
            self.close()
        return lines

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return False
        found = os.fstat(self._file.fileno())
        same = self._mark is not None and self._mark.inode == found.st_ino and self._mark.offset <= found.st_size
        if not same:
            generation = self._mark.generation + 1 if self._mark else 0
            self._mark = Bookmark(generation, found.st_ino, 0)
        return True

    def _next_chunk(self, *, whole_lines: bool = True) -> bytes:
        assert self._file is not None and self._mark is not None  # noqa: S101  ``step`` has opened it
        self._file.seek(self._mark.offset)
        data = self._file.read(LINE_BYTES_MAX)
        end = data.rfind(b"\n", 0, RAW_BYTES_TARGET) + 1 or data.find(b"\n") + 1
        if end:
            return data[:end]
        return data if len(data) == LINE_BYTES_MAX or not whole_lines else b""

    async def _ship(self, chunk: bytes) -> None:
        assert self._mark is not None  # noqa: S101
        first = f"{self._mark.generation}:{self._mark.offset}"
        batch = _batch(self._device, self._source, self._product, first, chunk)
        await self._bus.publish(self._device, self._source, encode(batch), message_id=batch.batch_id)
        self._mark = msgspec.structs.replace(self._mark, offset=self._mark.offset + len(chunk))
        self._write_bookmark(self._mark)

    def _has_moved_on(self) -> bool:
        """Whether the name stands for another file now, or this one was cut."""
        assert self._file is not None and self._mark is not None  # noqa: S101
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return True
        return named.st_ino != self._mark.inode or named.st_size < self._mark.offset

    def _read_bookmark(self) -> Bookmark | None:
        try:
            return msgspec.json.decode(self._bookmark_file.read_bytes(), type=Bookmark)
        except FileNotFoundError:
            return None

    def _write_bookmark(self, mark: Bookmark) -> None:
        draft = self._bookmark_file.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(mark))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._bookmark_file)
