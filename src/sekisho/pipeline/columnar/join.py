"""Strings of an Arrow column against a million known ones: a hash table made once, one pass a batch. Compiled.

A string is hashed from its end, in lower case and without a final dot, so that each domain above a
name is a hash on the way. What the pass finds are candidates; who asks compares the strings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sekisho.pipeline.columnar.machine_code import compiled, lean

EMPTY = 0
HASH_FACTOR = 0x100000001B3
HASH_SHIFT = 29
DOT = 0x2E


class Table(NamedTuple):
    """Open addressing: hashes (EMPTY is none) and the number of the string that has each."""

    hashes: np.ndarray
    numbers: np.ndarray


def table(known: pa.Array) -> Table:
    """The table of distinct strings."""
    size = 1 << max(4, (2 * len(known) - 1).bit_length())
    made = Table(np.zeros(size, np.int64), np.zeros(size, np.int32))
    _fill(*_buffers(known), made.hashes, made.numbers)
    return made


def candidates(values: pa.Array, among: Table, *, parents: bool) -> tuple[np.ndarray, np.ndarray]:
    """(positions of values, numbers of known strings) that may be equal; with ``parents``, or a domain above it."""
    return _candidates(*_buffers(values), among.hashes, among.numbers, parents)


def _buffers(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(offsets, bytes) of strings without nulls."""
    _, offsets, data = values.buffers()
    found = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1] if len(values) else None
    nothing = data is None or not data.size
    return (np.zeros(1, np.int32) if found is None else found), (
        np.zeros(0, np.uint8) if nothing else np.frombuffer(data, np.uint8)
    )


@lean
def _step(found, byte):
    if 0x41 <= byte <= 0x5A:
        byte |= 0x20
    found = (found ^ byte) * HASH_FACTOR
    return found ^ (found >> HASH_SHIFT)


@lean
def _place(hashes, found):
    """Where the hash is, or the empty place where it belongs."""
    place = (found ^ found >> 32) & (hashes.size - 1)
    while hashes[place] != EMPTY and hashes[place] != found:
        place = (place + 1) & (hashes.size - 1)
    return place


@lean
def _fill(offsets, data, hashes, numbers):
    for number in range(offsets.size - 1):
        found = 1
        last = offsets[number + 1] - 1
        if last >= offsets[number] and data[last] == DOT:
            last -= 1
        for at in range(last, offsets[number] - 1, -1):
            found = _step(found, int(data[at]))
        place = _place(hashes, found | 1)
        hashes[place], numbers[place] = found | 1, number


@compiled
def _candidates(offsets, data, hashes, numbers, parents):
    positions, found_numbers = [0], [0]
    for position in range(offsets.size - 1):
        start, at = offsets[position], offsets[position + 1] - 1
        if at >= start and data[at] == DOT:
            at -= 1
        found = 1
        while at >= start:
            found = _step(found, int(data[at]))
            if at == start or (parents and data[at - 1] == DOT):
                place = _place(hashes, found | 1)
                if hashes[place] != EMPTY:
                    positions.append(position)
                    found_numbers.append(numbers[place])
            at -= 1
    return np.array(positions[1:], np.int64), np.array(found_numbers[1:], np.int64)
