"""A Merkle tree over leaves that are only ever added: roots, proofs, and checking them (RFC 9162, section 2.1).

Hashes are SHA-256, 32 bytes. A tree is asked for its complete subtrees only (``Nodes``): level 0 are the
leaves, and node ``i`` of level ``l`` covers the leaves from ``i << l`` on, ``1 << l`` of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()

Nodes = Callable[[int, int], bytes]
"""(level, index) -> the hash of that complete subtree."""


def leaf_hash(data: bytes) -> bytes:
    """Of one leaf. Its first byte keeps a leaf from passing for an inner node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(size: int, leaf: bytes, nodes: Nodes) -> Iterator[tuple[int, int, bytes]]:
    """The complete subtrees that leaf number ``size`` (a hash) makes: (level, index, hash), itself first."""
    level, index, current = 0, size, leaf
    yield level, index, current
    while index & 1:
        current = node_hash(nodes(level, index - 1), current)
        level, index = level + 1, index >> 1
        yield level, index, current


def root(nodes: Nodes, size: int) -> bytes:
    """The head of the first ``size`` leaves."""
    return _subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The proof that leaf ``index`` is among the first ``size``: what it is hashed with, from below."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(nodes, middle, end))
            end = middle
        else:
            path.append(_subtree(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency(nodes: Nodes, older: int, size: int) -> list[bytes]:
    """The proof that the first ``older`` leaves of ``size`` are the whole of an earlier tree."""
    if not 0 < older <= size:
        raise ValueError(f"a tree of {size} has no earlier one of {older}")
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while older != end:
        middle = start + _split(end - start)
        if older <= middle:
            path.append(_subtree(nodes, middle, end))
            end = middle
        else:
            path.append(_subtree(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_subtree(nodes, start, end))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Whether the leaf hash stands at ``index`` in the tree of ``size`` leaves with this head (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, current = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            current = node_hash(other, current)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            current = node_hash(current, other)
        place, last = place >> 1, last >> 1
    return last == 0 and current == head


def is_consistent(older: int, older_head: bytes, size: int, head: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of ``size`` leaves begins with the earlier one (section 2.1.4.2)."""
    if older == 0:
        return older_head == EMPTY_ROOT and not proof
    if older == size:
        return older_head == head and not proof
    if not 0 < older < size or not proof:
        return False
    path = list(proof) if older & (older - 1) else [older_head, *proof]
    place, last = older - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, other)
        place, last = place >> 1, last >> 1
    return last == 0 and first == older_head and second == head


class Leaves:
    """The nodes of a tree whose leaves are all here: what a segment's own tree is."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._levels = [list(hashes)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            self._levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def __call__(self, level: int, index: int) -> bytes:
        return self._levels[level][index]

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        return root(self, len(self))


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def _subtree(nodes: Nodes, start: int, end: int) -> bytes:
    """The hash over leaves [start, end); ``start`` is a multiple of the power of two that holds them."""
    count = end - start
    if not count & (count - 1):
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_subtree(nodes, start, middle), _subtree(nodes, middle, end))
