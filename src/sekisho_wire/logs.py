"""The log link: an edge ships log lines and learns which of them are safe.

One TLS connection, dialled by the edge with its device certificate. Each message is one frame:
four bytes, big-endian, the length of what follows, then one msgpack object tagged by ``t``.

    edge   -> Hello(sources)                 who I am is in my certificate, not in the message
    centre -> Welcome(positions)             up to where you have my word for each source
    edge   -> LogBatch(first, next, body)    lines from ``first`` up to, not including, ``next``
    centre -> Ack(source, next)              on disk in the stream; the bookmark may move

Only ``Ack`` and ``Welcome`` move the edge's bookmark. A batch that is sent again has the same
``first``, hence the same identity, and the centre drops it.

A connection whose first message is ``Fetch`` is for files of the definitions only: see ``definitions``.
"""

from __future__ import annotations

import struct

import msgspec

from sekisho_wire.control import Attend, Noted, NotRenewed, Renewal, Renewed, Report, State, Status
from sekisho_wire.definitions import Absent, Content, Fetch

PROTOCOL = 1
FRAME_BYTES_MAX = 8 * 1024 * 1024
BATCH_RAW_BYTES_MAX = 900_000
"""Raw bytes of one batch; a stream message must stay under one megabyte after compression."""

_LENGTH = struct.Struct(">I")


class Position(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A place in a growing source: which incarnation of the file, and the byte offset in it.

    ``generation`` grows by one each time the source starts again (rotation, truncation,
    replacement), so that positions of one source are totally ordered for ever.
    """

    generation: int
    offset: int

    def __str__(self) -> str:
        return f"{self.generation}:{self.offset}"


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    protocol: int
    sources: tuple[str, ...]


class Welcome(msgspec.Struct, frozen=True, tag_field="t", tag="welcome"):
    protocol: int
    positions: dict[str, Position]


class LogBatch(msgspec.Struct, frozen=True, tag_field="t", tag="logs"):
    """Whole lines of one source. ``body`` is one zstd frame of lines, each ended by a newline."""

    source: str
    product: str
    first: Position
    next: Position
    lines: int
    body: bytes


class Ack(msgspec.Struct, frozen=True, tag_field="t", tag="ack"):
    source: str
    next: Position


class Refusal(msgspec.Struct, frozen=True, tag_field="t", tag="refusal"):
    """Why the centre closes the connection. ``retry_after_seconds`` is 0 when retrying can't help."""

    code: str
    reason: str
    retry_after_seconds: int = 0


FromEdge = Hello | LogBatch | Fetch | Attend | Report | Status | Renewal
FromCentre = Welcome | Ack | Refusal | Content | Absent | State | Noted | Renewed | NotRenewed

_encoder = msgspec.msgpack.Encoder()
_from_edge = msgspec.msgpack.Decoder(FromEdge)
_from_centre = msgspec.msgpack.Decoder(FromCentre)


class WireError(Exception):
    """The other side sent something that is not this protocol: close the connection, keep the bookmark."""


def frame(message: FromEdge | FromCentre) -> bytes:
    """One message as it goes onto the wire."""
    payload = _encoder.encode(message)
    if len(payload) > FRAME_BYTES_MAX:
        raise WireError(f"a frame of {len(payload)} bytes is over the limit of {FRAME_BYTES_MAX}")
    return _LENGTH.pack(len(payload)) + payload


class Deframer:
    """Bytes in, whole payloads out; no I/O. One per connection."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add received bytes; return every payload that is now complete, in order."""
        self._buffer += data
        payloads = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > FRAME_BYTES_MAX:
                raise WireError(f"a frame of {length} bytes is announced, the limit is {FRAME_BYTES_MAX}")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[start + _LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return payloads


def read_from_edge(payload: bytes) -> FromEdge:
    """A payload that an edge sent, or WireError."""
    return _read(_from_edge, payload)


def read_from_centre(payload: bytes) -> FromCentre:
    """A payload that the centre sent, or WireError."""
    return _read(_from_centre, payload)


def _read(decoder, payload):
    try:
        return decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a message of protocol {PROTOCOL}: {error}") from error
