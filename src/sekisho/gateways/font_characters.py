"""Which characters a font has: its ``cmap`` table, formats 4 and 12 (OpenType specification, "cmap").

Read once a process, so that a name with a character no font has can be told before it is printed. ``ValueError``: the
file is no font that can be read here.
"""

from __future__ import annotations

import struct
from pathlib import Path

_UNICODE_PLATFORMS = (0, 3)
_SYMBOL = (3, 0)


def characters_of(file: Path) -> frozenset[int]:
    """Code points of the font, or of the first one in a collection."""
    font = file.read_bytes()
    try:
        cmap = _table(font, b"cmap")
        found: set[int] = set()
        for subtable in _subtables(font, cmap):
            form = _number(font, subtable, 2)
            if form == 4:
                found |= _segments(font, subtable)
            elif form == 12:
                found |= _groups(font, subtable)
    except (struct.error, IndexError) as error:
        raise ValueError(f"{file.name} is cut off or no font") from error
    return frozenset(found)


def _number(font: bytes, at: int, size: int) -> int:
    return int.from_bytes(font[at : at + size], "big")


def _table(font: bytes, tag: bytes) -> int:
    directory = _number(font, 12, 4) if font[:4] == b"ttcf" else 0
    for index in range(_number(font, directory + 4, 2)):
        name, _, offset, _ = struct.unpack_from(">4sLLL", font, directory + 12 + 16 * index)
        if name == tag:
            return offset
    raise ValueError(f"no table {tag.decode()}")


def _subtables(font: bytes, cmap: int) -> list[int]:
    records = (struct.unpack_from(">HHL", font, cmap + 4 + 8 * i) for i in range(_number(font, cmap + 2, 2)))
    return [
        cmap + offset
        for platform, encoding, offset in records
        if platform in _UNICODE_PLATFORMS and (platform, encoding) != _SYMBOL
    ]


def _segments(font: bytes, at: int) -> set[int]:
    count = _number(font, at + 6, 2) // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    return {code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1)} - {0xFFFF}


def _groups(font: bytes, at: int) -> set[int]:
    groups = struct.iter_unpack(">LLL", font[at + 16 : at + 16 + 12 * _number(font, at + 12, 4)])
    return {code for start, end, _ in groups for code in range(start, end + 1)}
