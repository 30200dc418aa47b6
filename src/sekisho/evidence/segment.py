"""What the log says of one batch of lines: whose it is, how many there are, and a hash over every byte of them.

Lines are hashed by chunks of CHUNK_RECORDS, so that a proof about one line hands out its neighbours in the
same batch of the same device and nothing else, and so that hashing costs little a line.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

import msgspec

from sekisho.evidence.tree import EMPTY_ROOT, Leaves, leaf_hash

CHUNK_RECORDS = 64

Framing = Literal["lines", "octets"]
"""How records stand in a chunk: each ended by a newline, or each after its length (four bytes, little-endian)."""

_LENGTH = struct.Struct("<I")


class Segment(msgspec.Struct, frozen=True):
    """A leaf of the log. ``root`` is the head of the tree over the chunks; ``received_at`` in seconds since 1970."""

    batch: str
    device: str
    contract: str
    received_at: float
    framing: Framing
    records: int
    root: bytes

    def encoded(self) -> bytes:
        """The leaf's bytes: the same for the same segment, for ever."""
        return _encoder.encode(self)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Segment)


def decoded(data: bytes) -> Segment:
    """Raises ValueError for what is no segment."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a segment: {error}") from error


def chunk(records: Sequence[bytes], framing: Framing) -> bytes:
    """Up to CHUNK_RECORDS records as they are hashed."""
    if framing == "lines":
        return b"".join(record + b"\n" for record in records)
    return b"".join(_LENGTH.pack(len(record)) + record for record in records)


def chunk_of(record: int) -> int:
    """Which chunk a record is in."""
    return record // CHUNK_RECORDS


def tree_of(records: Sequence[bytes], framing: Framing) -> Leaves:
    """The chunks of these records as a tree."""
    starts = range(0, len(records), CHUNK_RECORDS)
    return Leaves([leaf_hash(chunk(records[start : start + CHUNK_RECORDS], framing)) for start in starts])


def root_of(records: Sequence[bytes], framing: Framing) -> bytes:
    return tree_of(records, framing).root if records else EMPTY_ROOT


def root_of_lines(body: bytes) -> bytes:
    """The same for a body of whole lines, without taking it apart: only where every 64th line ends is looked for."""
    if not body:
        return EMPTY_ROOT
    ends = _every_so_many(body)
    hashes, start = [], 0
    for end in ends:
        hashes.append(leaf_hash(body[start:end]))
        start = end
    return Leaves(hashes).root


def _every_so_many(body: bytes) -> list[int]:
    import numpy as np  # only the pipeline comes here; whoever checks a proof needs no array

    ends = np.flatnonzero(np.frombuffer(body, np.uint8) == ord("\n")) + 1
    chosen = ends[CHUNK_RECORDS - 1 :: CHUNK_RECORDS].tolist()
    return chosen if chosen and chosen[-1] == len(body) else [*chosen, len(body)]
