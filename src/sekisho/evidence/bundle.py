"""A proof about one line that anybody can check without us: one JSON file and the log's public key.

It says: this line, byte for byte, was record so-and-so of this batch of this device, received then; and the log
whose signed head is enclosed holds that batch. What the file contains is trusted in nothing: every figure in it is
recomputed, up to the signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sekisho.evidence import note, tree
from sekisho.evidence.segment import CHUNK_RECORDS, Segment, chunk, chunk_of, decoded, tree_of

FORMAT = "sekisho-evidence/1"
BUNDLE_BYTES_MAX = 64_000_000


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """``chunk`` are the records of the chunk that ``record`` is in; ``chunk_proof`` leads to the segment's root, and
    ``segment_proof`` from the segment, which is leaf ``index``, to the head in ``checkpoint``."""

    format: Literal["sekisho-evidence/1"] = FORMAT
    record: int
    chunk: tuple[bytes, ...]
    chunk_proof: tuple[bytes, ...]
    segment: bytes
    index: int
    segment_proof: tuple[bytes, ...]
    checkpoint: str

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


class Refuted(ValueError):
    """The evidence proves nothing; the message says where it fails."""


class Proven(msgspec.Struct, frozen=True):
    """What the evidence proves."""

    line: bytes
    record: int
    segment: Segment
    checkpoint: note.Checkpoint


def made(
    records: Sequence[bytes], record: int, segment: Segment, index: int, nodes: tree.Nodes, checkpoint: str, size: int
) -> Evidence:
    """The proof about ``records[record]``, where ``records`` are the whole batch and ``size`` is the checkpoint's."""
    chunks = tree_of(records, segment.framing)
    if chunks.root != segment.root or len(records) != segment.records:
        raise Refuted("the lines that are kept are not those that were received")
    number = chunk_of(record)
    return Evidence(
        record=record,
        chunk=tuple(records[number * CHUNK_RECORDS : (number + 1) * CHUNK_RECORDS]),
        chunk_proof=tuple(tree.inclusion(chunks, number, len(chunks))),
        segment=segment.encoded(),
        index=index,
        segment_proof=tuple(tree.inclusion(nodes, index, size)),
        checkpoint=checkpoint,
    )


def read(data: bytes) -> Evidence:
    """The file's content; Refuted when it is no evidence at all."""
    if len(data) > BUNDLE_BYTES_MAX:
        raise Refuted("the file is too large for evidence about one line")
    try:
        return msgspec.json.decode(data, type=Evidence)
    except msgspec.MsgspecError as error:
        raise Refuted(f"the file is no evidence: {error}") from error


def proven(evidence: Evidence, name: str, key: Ed25519PublicKey) -> Proven:
    """What it proves under this log's key, or Refuted."""
    try:
        checkpoint = note.opened(evidence.checkpoint, name, key)
        segment = decoded(evidence.segment)
    except ValueError as error:
        raise Refuted(str(error)) from error
    inside = evidence.record - chunk_of(evidence.record) * CHUNK_RECORDS
    if not 0 <= evidence.record < segment.records or inside >= len(evidence.chunk):
        raise Refuted("the line's number is not in its chunk")
    if segment.framing == "lines" and any(b"\n" in line for line in evidence.chunk):
        raise Refuted("a line with a line end in it is two")
    chunks = -(-segment.records // CHUNK_RECORDS)
    last = chunk_of(evidence.record) == chunks - 1
    if len(evidence.chunk) != (segment.records - (chunks - 1) * CHUNK_RECORDS if last else CHUNK_RECORDS):
        raise Refuted("the chunk has not as many lines as it must have")
    hashed = tree.leaf_hash(chunk(evidence.chunk, segment.framing))
    if not tree.is_included(hashed, chunk_of(evidence.record), chunks, evidence.chunk_proof, segment.root):
        raise Refuted("the lines are not those of the batch: one was changed, added, left out or moved")
    leaf = tree.leaf_hash(evidence.segment)
    if not tree.is_included(leaf, evidence.index, checkpoint.size, evidence.segment_proof, checkpoint.head):
        raise Refuted("the batch is not in the log that was signed")
    return Proven(evidence.chunk[inside], evidence.record, segment, checkpoint)
