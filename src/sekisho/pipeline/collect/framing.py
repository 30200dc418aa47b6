"""Syslog on a byte stream: bytes in, records out (RFC 6587). Pure; one Deframer a connection.

Each record announces how it ends by its own first byte: a digit starts octet counting
(``123 <13>1 ...``), anything else runs up to a newline or NUL. So a sender may mix both, as real
ones do. No input can raise, nothing received is dropped: what breaks a rule is cut and passed on.
"""

from __future__ import annotations

from typing import NamedTuple

RECORD_BYTES_MAX = 64 * 1024
"""A longer record is cut into pieces of this length, each kept as a record of its own."""
_COUNT_DIGITS_MAX = 6
_ENDS = (b"\n", b"\0")


class Framed(NamedTuple):
    """``counted`` says that the sender gave the length, so that the record may contain newlines."""

    record: bytes
    counted: bool


class Deframer:
    """Feed it what arrives, in pieces of any size; the records don't depend on the pieces."""

    def __init__(self, record_bytes_max: int = RECORD_BYTES_MAX) -> None:
        self._buffer = bytearray()
        self._max = record_bytes_max

    def feed(self, data: bytes) -> list[Framed]:
        """The records that are complete now, in order. Empty ones (a bare newline) are left out."""
        self._buffer += data
        found: list[Framed] = []
        start = 0
        while True:
            framed, end = self._next(start)
            if end == start:
                break
            if framed is not None and framed.record:
                found.append(framed)
            start = end
        del self._buffer[:start]
        return found

    def finish(self) -> list[Framed]:
        """What is left when the connection ends: the last record, however it was cut off."""
        rest, self._buffer = bytes(self._buffer), bytearray()
        counted = _announced(rest, self._max)
        record = rest[counted[1] :] if counted else rest
        return [Framed(record, counted is not None)] if record else []

    def _next(self, start: int) -> tuple[Framed | None, int]:
        """The record at ``start`` and where it ends; no progress when it isn't complete."""
        head = bytes(self._buffer[start : start + _COUNT_DIGITS_MAX + 2])
        if _may_become_count(head):
            return None, start
        counted = _announced(head, self._max)
        if counted is not None:
            length, digits = counted
            end = start + digits + length
            if len(self._buffer) < end:
                return None, start
            return Framed(bytes(self._buffer[start + digits : end]), True), end
        return self._next_line(start)

    def _next_line(self, start: int) -> tuple[Framed | None, int]:
        window = start + self._max
        ends = [at for at in (self._buffer.find(end, start, window) for end in _ENDS) if at >= 0]
        if ends:
            line = bytes(self._buffer[start : min(ends)])
            return Framed(line.removesuffix(b"\r"), False), min(ends) + 1
        if len(self._buffer) >= window:
            return Framed(bytes(self._buffer[start:window]), False), window
        return None, start


def _may_become_count(head: bytes) -> bool:
    """Only digits so far: whether it is a count shows with the next bytes."""
    return 0 < len(head) <= _COUNT_DIGITS_MAX and head.isdigit() and head[:1] != b"0"


def _announced(head: bytes, length_max: int) -> tuple[int, int] | None:
    """(length, bytes of the announcement) when the bytes start with an octet count, else None."""
    digits, space, _ = head[: _COUNT_DIGITS_MAX + 1].partition(b" ")
    if not space or not digits.isdigit() or digits[:1] == b"0":
        return None
    length = int(digits)
    return (length, len(digits) + 1) if length <= length_max else None
