"""One message of the log stream: a batch of raw records from one source of one device.

The collector makes it, JetStream keeps it, the run loop reads it. ``batch_id`` is derived from
the position in the source, so that a batch which is sent twice is one batch: the stream drops the
repeat inside its duplicate window, the lake's ledger drops it for ever.
"""

from __future__ import annotations

import datetime as dt
import functools
import struct
from typing import Literal

import msgspec
import zstandard

RAW_BYTES_MAX = 900_000
RAW_BYTES_TARGET = 256_000
"""`sync_interval: always` costs one disk sync a message, so a message carries this much where there is enough."""

UNPACKED_BYTES_MAX = 64 * 1024 * 1024

_LENGTH = struct.Struct("<I")


class BatchError(Exception):
    """A stream message that is no batch: keep it whole in quarantine, with this reason."""


class StreamBatch(msgspec.Struct, frozen=True, dict=True):
    """Raw records with the identity of their source.

    ``framing`` tells how ``body`` holds records once unpacked: ``lines`` (each ended by a newline,
    no record contains one) or ``octets`` (each preceded by its length, four bytes little-endian;
    for records that may contain anything, such as syslog with octet counting).
    ``first`` is the position of the first record, ``received_at`` is seconds since 1970 in UTC when
    the platform received the batch: the retention clock counts from it.
    """

    batch_id: str
    device: str
    source: str
    product: str
    first: str
    received_at: float
    records: int
    framing: Literal["lines", "octets"]
    body: bytes

    @functools.cached_property
    def unpacked(self) -> bytes:
        """The body as it was before compression, or BatchError."""
        try:
            return zstandard.ZstdDecompressor().decompress(
                self.body, max_output_size=UNPACKED_BYTES_MAX, allow_extra_data=False
            )
        except zstandard.ZstdError as error:
            raise BatchError(f"the body of {self.batch_id} does not unpack: {error}") from error

    @property
    def received(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.received_at, dt.UTC)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StreamBatch)


def batch_id(device: str, source: str, first: str) -> str:
    """The identity of the batch that starts at ``first`` in that source of that device."""
    return f"{device}/{source}/{first}"


def encode(batch: StreamBatch) -> bytes:
    return _encoder.encode(batch)


def decode(message: bytes) -> StreamBatch:
    try:
        return _decoder.decode(message)
    except msgspec.MsgspecError as error:
        raise BatchError(f"not a batch: {error}") from error


def pack_lines(lines: bytes) -> bytes:
    """Newline-ended lines as a batch body."""
    return zstandard.compress(lines, 3)


def pack_octets(records: list[bytes]) -> bytes:
    """Arbitrary records as a batch body."""
    return zstandard.compress(b"".join(_LENGTH.pack(len(r)) + r for r in records), 3)


def records(batch: StreamBatch) -> list[bytes]:
    """Every record of the batch, in order, without its framing."""
    body = batch.unpacked
    if batch.framing == "lines":
        found = body.split(b"\n")
        if found and not found[-1]:
            found.pop()
        return found
    return _octets(batch, body)


def _octets(batch: StreamBatch, body: bytes) -> list[bytes]:
    found = []
    at = 0
    while at < len(body):
        if at + _LENGTH.size > len(body):
            raise BatchError(f"{batch.batch_id} ends inside a length, at byte {at}")
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if at + length > len(body):
            raise BatchError(f"{batch.batch_id} ends inside a record, at byte {at}")
        found.append(body[at : at + length])
        at += length
    return found
