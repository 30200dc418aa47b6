"""Addresses of rules -> matches on nftables sets: small ones inline, large ones once and by name. Pure.

Works for a policy without ``problems``. An object of 50,000 entries that a thousand rules name is read once.
"""

from __future__ import annotations

import hashlib
import socket
import struct
from collections.abc import Mapping, Sequence

from sekisho_edge.render.expressions import FAMILY, TABLE, Expression, interval, match, one_of, payload
from sekisho_wire.policy.addresses import is_object_name, range_of

INLINE_INTERVALS_MAX = 16

Interval = tuple[int, int]
_FULL = 0xFFFF_FFFF


class AddressSets:
    """``matches`` as rules come; afterwards ``commands`` makes the sets that they need."""

    def __init__(self, objects: Mapping[str, Sequence[str]]) -> None:
        self._objects = objects
        self._of_object: dict[str, list[Interval]] = {}
        self._rights: dict[tuple[str, ...], object] = {}
        self._named: dict[str, list[Interval]] = {}

    def matches(self, side: str, entries: tuple[str, ...], *, negated: bool = False) -> list[Expression]:
        """On ``saddr`` or ``daddr``; nothing for no entries, which mean any address."""
        if not entries:
            return []
        return [match(payload("ip", side), self._right(entries), "!=" if negated else "==")]

    def intervals(self, entries: Sequence[str]) -> list[Interval]:
        """First and last addresses, as numbers, in the fewest intervals that cover the entries exactly."""
        found: list[Interval] = []
        for entry in entries:
            found += self._object(entry) if is_object_name(entry) else [ends(entry)]
        return merged(found)

    def commands(self) -> list[Expression]:
        return [_add_set(name, intervals) for name, intervals in self._named.items()]

    def _right(self, entries):
        if entries not in self._rights:
            intervals = self.intervals(entries)
            self._rights[entries] = (
                self._set(intervals) if len(intervals) > INLINE_INTERVALS_MAX else _inline(intervals)
            )
        return self._rights[entries]

    def _set(self, intervals):
        """Named by its content, so that equal sets are one set and keep their name over revisions."""
        content = b"".join(struct.pack(">II", *one) for one in intervals)
        name = f"addresses_{hashlib.sha256(content).hexdigest()[:12]}"
        self._named[name] = intervals
        return f"@{name}"

    def _object(self, name):
        if name not in self._of_object:
            self._of_object[name] = self.intervals(self._objects[name])
        return self._of_object[name]


def ends(entry: str) -> Interval:
    """First and last address of an entry as numbers. The usual writings are read the quick way."""
    if "-" in entry:
        first, last = range_of(entry)
        return int(first), int(last)
    address, _, length = entry.partition("/")
    first = struct.unpack(">I", socket.inet_aton(address))[0]
    return first, first | (_FULL >> int(length) if length else 0)


def merged(intervals: Sequence[Interval]) -> list[Interval]:
    """Sorted, and joined where they overlap or touch: an interval set takes nothing else."""
    joined: list[Interval] = []
    for first, last in sorted(intervals):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def written(address: int) -> str:
    return socket.inet_ntoa(struct.pack(">I", address))


def _inline(intervals):
    return one_of(interval(written(first), written(last)) for first, last in intervals)


def _add_set(name, intervals):
    elements = [interval(written(first), written(last)) for first, last in intervals]
    shape = {"family": FAMILY, "table": TABLE, "name": name, "type": "ipv4_addr", "flags": ["interval"]}
    return {"add": {"set": shape | {"elem": elements}}}
