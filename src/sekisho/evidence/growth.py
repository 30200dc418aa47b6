"""A proof that the log only grew between two checkpoints: nothing before the earlier one was changed or taken out."""

from __future__ import annotations

from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sekisho.evidence import note, tree
from sekisho.evidence.bundle import Refuted

FORMAT = "sekisho-growth/1"


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Both signed notes and what leads from one head to the other (RFC 9162, section 2.1.4)."""

    format: Literal["sekisho-growth/1"] = FORMAT
    older: str
    newer: str
    proof: tuple[bytes, ...]

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


def made(older: str, newer: str, name: str, key: Ed25519PublicKey, nodes: tree.Nodes) -> Growth:
    """The proof; Refuted when the log as it is does not contain the earlier one, which is an alarm."""
    before, after = note.opened(older, name, key), note.opened(newer, name, key)
    if before.size > after.size:
        raise Refuted(f"the log had {before.size} segments and has {after.size}: some are missing")
    proof = tuple(tree.consistency(nodes, before.size, after.size)) if before.size else ()
    found = Growth(older=older, newer=newer, proof=proof)
    proven(found, name, key)
    return found


def is_one(data: bytes) -> bool:
    return FORMAT.encode() in data[:64]


def read(data: bytes) -> Growth:
    try:
        return msgspec.json.decode(data, type=Growth)
    except msgspec.MsgspecError as error:
        raise Refuted(f"the file is no proof of growth: {error}") from error


def proven(growth: Growth, name: str, key: Ed25519PublicKey) -> tuple[note.Checkpoint, note.Checkpoint]:
    """Both checkpoints, once it is shown that the newer log begins with the older; else Refuted."""
    try:
        older, newer = note.opened(growth.older, name, key), note.opened(growth.newer, name, key)
    except note.NoteError as error:
        raise Refuted(str(error)) from error
    if not tree.is_consistent(older.size, older.head, newer.size, newer.head, growth.proof):
        raise Refuted("the newer log does not begin with the older one: it was rewritten")
    return older, newer
