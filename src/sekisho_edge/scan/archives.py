"""What lies inside an archive: ZIP (also Office files), tar, gzip, bzip2, xz, Zstandard. Bounded in every direction.

``members`` gives each member as a sample, or the reason for which it can't be had. Kinds that only clamd opens are
``Reason.UNSUPPORTED``. Nothing raises for what a file contains.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import zstandard

from sekisho_edge.scan.sample import CHUNK_BYTES, Sample, buffer
from sekisho_edge.scan.verdict import Gap, Limits, Reason

NAME_CHARS_MAX = 200
_ENCRYPTED = 0x1
_LZMA_BYTES_MAX = 128 << 20
_HEAD_BYTES = 512
_MAGICS = {
    "zip": (b"PK\3\4", b"PK\5\6", b"PK\7\x08"),
    "gzip": (b"\x1f\x8b",),
    "bzip2": tuple(b"BZh%d1AY&SY" % level for level in range(1, 10)),
    "xz": (b"\xfd7zXZ\0",),
    "zstd": (b"\x28\xb5\x2f\xfd",),
    "clamd": (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\0\0\0\0", b"ITSF\3\0\0\0", b"xar!"),
}
_DIRECTORY_BYTES_PER_MEMBER_MAX = 300
_TAIL_BYTES = 65_557 + 76
_DAMAGE = (
    OSError, EOFError, ValueError, KeyError, RuntimeError, IndexError, OverflowError,
    zipfile.BadZipFile, tarfile.TarError, struct.error, zlib.error, lzma.LZMAError, zstandard.ZstdError,
)  # fmt: skip
"""Everything that the readers are known to raise over hostile input."""


@dataclass
class Budget:
    """What is left of a scan's limits, over all depths."""

    limits: Limits
    deadline: float
    expanded_bytes: int = 0
    members: int = 0
    gaps: list[Gap] = field(default_factory=list)

    @classmethod
    def of(cls, limits: Limits) -> Budget:
        return cls(limits, time.monotonic() + limits.seconds_max)

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() > self.deadline


class Stop(Exception):
    """A limit of the whole scan is reached: nothing more of the archive is read."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def kind_of(sample: Sample) -> str | None:
    """A kind that ``members`` reads, ``clamd`` for those that only clamd opens, None for what is no archive."""
    head = sample.head(_HEAD_BYTES)
    for kind, magics in _MAGICS.items():
        if head.startswith(magics):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    sample.file.seek(0)
    return "zip" if zipfile.is_zipfile(sample.file) else None  # a program may stand in front of it


def members(sample: Sample, kind: str, path: str, budget: Budget) -> Iterator[Sample]:
    """Each member that can be had, until the next is asked for; what can't be had goes to ``budget.gaps``."""
    try:
        for name, open_it in _READERS[kind](sample, path, budget):
            budget.members += 1
            if budget.members > budget.limits.members_max:
                raise Stop(Reason.TOO_MANY)
            yield from _member(f"{path}/{name[:NAME_CHARS_MAX]}".lstrip("/"), open_it, budget)
    except Stop as stop:
        budget.gaps.append(Gap(path, stop.reason))
    except _DAMAGE:
        budget.gaps.append(Gap(path, Reason.DAMAGED))


def _member(path: str, open_it: Callable[[], BinaryIO], budget: Budget) -> Iterator[Sample]:
    """What could be read of a damaged member is scanned all the same: the rest of the world may read on too."""
    with buffer() as copy:
        try:
            with open_it() as source:
                _copy(source, copy, budget)
        except NotImplementedError:
            budget.gaps.append(Gap(path, Reason.UNSUPPORTED))
            return
        except _TooLarge:
            budget.gaps.append(Gap(path, Reason.TOO_LARGE))
        except _DAMAGE:
            budget.gaps.append(Gap(path, Reason.DAMAGED))
        if copy.tell():
            yield Sample(copy, copy.tell(), path)


class _TooLarge(Exception):
    """One member is longer than a file may be."""


def _copy(source, copy, budget):
    while chunk := source.read(CHUNK_BYTES):
        budget.expanded_bytes += len(chunk)
        if budget.expanded_bytes > budget.limits.expanded_bytes_max:
            raise Stop(Reason.EXPANDS_TOO_FAR)
        if budget.out_of_time:
            raise Stop(Reason.TIMED_OUT)
        if copy.tell() + len(chunk) > budget.limits.file_bytes_max:
            raise _TooLarge
        copy.write(chunk)


def _zip(sample, path, budget):
    if _directory_bytes(sample) > budget.limits.members_max * _DIRECTORY_BYTES_PER_MEMBER_MAX:
        raise Stop(Reason.TOO_MANY)
    with zipfile.ZipFile(sample.file) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & _ENCRYPTED:
                budget.gaps.append(Gap(f"{path}/{info.filename[:NAME_CHARS_MAX]}".lstrip("/"), Reason.ENCRYPTED))
                continue
            yield info.filename, lambda info=info: archive.open(info)


def _tar(sample, path, budget):
    sample.file.seek(0)
    with tarfile.open(fileobj=sample.file, mode="r:") as archive:
        for info in archive:
            if info.isreg():
                yield info.name, lambda info=info: archive.extractfile(info)


def _single(opened):
    """A compressed stream holds one thing, which has the archive's name without its last ending."""

    def read(sample, path, budget):
        sample.file.seek(0)
        name = sample.name.rpartition("/")[2]
        yield name.rpartition(".")[0] or "content", lambda: opened(sample.file)

    return read


def _xz(file):
    return io.BufferedReader(_Lzma(file))


class _Lzma(io.RawIOBase):
    """An xz stream with a bound on the memory that it may ask for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = lzma.LZMADecompressor(memlimit=_LZMA_BYTES_MAX)

    def readable(self) -> bool:
        return True

    def readinto(self, target) -> int:
        data = b""
        while not data and not self._decoder.eof:
            more = self._file.read(CHUNK_BYTES) if self._decoder.needs_input else b""
            if self._decoder.needs_input and not more:
                raise EOFError("the stream ends too early")
            data = self._decoder.decompress(more, len(target))
        target[: len(data)] = data
        return len(data)


def _zstd(file):
    return zstandard.ZstdDecompressor(max_window_size=_LZMA_BYTES_MAX).stream_reader(file, closefd=False)


def _closed_to_us(sample, path, budget):
    raise Stop(Reason.UNSUPPORTED)
    yield


def _directory_bytes(sample):
    """How long the archive says that its directory is: the reader would hold all of it in memory."""
    sample.file.seek(max(0, sample.size_bytes - _TAIL_BYTES))
    tail = sample.file.read()
    long, short = tail.rfind(b"PK\6\6"), tail.rfind(b"PK\5\6")
    if 0 <= long <= len(tail) - 48:
        return struct.unpack_from("<Q", tail, long + 40)[0]
    return struct.unpack_from("<I", tail, short + 12)[0] if 0 <= short <= len(tail) - 16 else 0


_READERS = {
    "zip": _zip,
    "tar": _tar,
    "gzip": _single(lambda file: gzip.GzipFile(fileobj=file)),
    "bzip2": _single(bz2.BZ2File),
    "xz": _single(_xz),
    "zstd": _single(_zstd),
    "clamd": _closed_to_us,
}
