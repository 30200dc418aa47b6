"""Strings of an Arrow column against a million known ones: a hash table made once, one pass a batch. Compiled.

A string is hashed from its end, in lower case and without a final dot, so that each domain above a
name is a hash on the way. What the pass finds are candidates; who asks compares the strings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sekisho.pipeline.columnar.machine_code import compiled, lean
from sekisho.pipeline.columnar.places import ipv4

EMPTY = 0
NOT_IPV4 = -1
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


def network_table(networks: list[tuple[int, int]]) -> Table:
    """The table of IPv4 networks, each its prefix length and its number without the host's bits, shifted down."""
    size = 1 << max(4, (2 * len(networks) - 1).bit_length())
    made = Table(np.zeros(size, np.int64), np.zeros(size, np.int32))
    _fill_networks(np.array(networks, np.int64).reshape(-1, 2), made.hashes, made.numbers)
    return made


def networks_of(values: pa.Array, lengths: np.ndarray, among: Table) -> tuple[np.ndarray, np.ndarray]:
    """(positions of addresses, numbers of networks around them); what is no IPv4 address has the number NOT_IPV4."""
    return _networks_of(*_buffers(values), lengths, among.hashes, among.numbers)


@lean
def _network_key(length, prefix):
    """Never EMPTY, and another for each network."""
    return (length + 1) << 32 | prefix


@lean
def _spread(hashes, key):
    """The place of a network, or the empty one where it belongs."""
    place = key * HASH_FACTOR
    place = (place ^ place >> HASH_SHIFT) & (hashes.size - 1)
    while hashes[place] != EMPTY and hashes[place] != key:
        place = (place + 1) & (hashes.size - 1)
    return place


@lean
def _fill_networks(networks, hashes, numbers):
    for number in range(networks.shape[0]):
        key = _network_key(networks[number, 0], networks[number, 1])
        place = _spread(hashes, key)
        hashes[place], numbers[place] = key, number


@compiled
def _networks_of(offsets, data, lengths, hashes, numbers):
    positions, found = [0], [0]
    for position in range(offsets.size - 1):
        address = ipv4(data, offsets[position], offsets[position + 1])
        if address < 0:
            positions.append(position)
            found.append(NOT_IPV4)
            continue
        for length in lengths:
            place = _spread(hashes, _network_key(length, address >> (32 - length)))
            if hashes[place] != EMPTY:
                positions.append(position)
                found.append(numbers[place])
    return np.array(positions[1:], np.int64), np.array(found[1:], np.int64)
