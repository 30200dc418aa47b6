"""Desired state: what the centre wants a box to have, signed, and with a number that only grows.

A ``Desired`` names its box, its kind (``policy`` or ``blocks``), its revision, until when it may be taken, and the hash
of its body. What travels is a ``Signed``: the exact bytes of the ``Desired`` with a signature over them, so nothing has
to be written twice in the same way. Signing and verifying are the platform's and the box's own affair (Ed25519); here
is what is signed and what a box must ask of it, in ``objection``.

WireError: the bytes are no such thing.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

import msgspec

from sekisho_wire.logs import WireError

POLICY, BLOCKS = "policy", "blocks"
Kind = Literal["policy", "blocks"]

SIGNED_BYTES_MAX = 960_000
"""A bus message has room for one megabyte; a policy with 50,000 addresses comes to about 400 kB compressed."""
BODY_BYTES_MAX = 8 * 1024 * 1024
VALID_DAYS = 7
AHEAD_SECONDS_MAX = 600
"""A box's clock may run behind the centre's by so much."""
BLOCKS_MAX = 10_000

SIGNING_CONTEXT = b"sekisho desired state v1\0"
"""Stands before the bytes that are signed, so that a signature can't be taken for one of something else."""


class Desired(msgspec.Struct, frozen=True):
    """``body`` is one zstd frame; ``digest`` is the SHA-256 of it in hexadecimal. Instants in seconds since 1970."""

    device: str
    kind: Kind
    revision: Annotated[int, msgspec.Meta(ge=1)]
    issued_at: float
    expires_at: float
    digest: str
    body: bytes


class Signed(msgspec.Struct, frozen=True):
    """``key`` says which of the centre's keys; see ``key_id``."""

    key: str
    payload: bytes
    signature: bytes


class BlockEntry(msgspec.Struct, frozen=True):
    """An IPv4 address or network that is refused in both directions until ``until`` (seconds since 1970)."""

    address: str
    until: float


class BlockSet(msgspec.Struct, frozen=True):
    """Every block of one box: what isn't here any more is let through again."""

    entries: Annotated[tuple[BlockEntry, ...], msgspec.Meta(max_length=BLOCKS_MAX)] = ()


class Seen(msgspec.Struct, frozen=True):
    """The newest state of one kind that a box took: what is older is refused, for ever."""

    revision: int = 0
    digest: str = ""


def key_id(public_key: bytes) -> str:
    """The name of a signing key, from its 32 raw bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def signed_bytes(payload: bytes) -> bytes:
    """What the signature is over."""
    return SIGNING_CONTEXT + payload


def write_desired(desired: Desired) -> bytes:
    return msgspec.msgpack.encode(desired)


def read_desired(payload: bytes) -> Desired:
    return _read(payload, Desired)


def write_signed(signed: Signed) -> bytes:
    """For the bus; ValueError when there is no room for it there."""
    text = msgspec.msgpack.encode(signed)
    if len(text) > SIGNED_BYTES_MAX:
        raise ValueError(f"a desired state of {len(text)} bytes is over the limit of {SIGNED_BYTES_MAX}")
    return text


def read_signed(text: bytes) -> Signed:
    return _read(text, Signed)


def write_blocks(blocks: BlockSet) -> bytes:
    return msgspec.json.encode(blocks)


def read_blocks(text: bytes) -> BlockSet:
    return _read(text, BlockSet, msgspec.json)


def objection(desired: Desired, device: str, now: float, seen: Seen) -> str:
    """Why a box may not take this state, whose signature is good; nothing when it may. Pure.

    The same state again is no objection: it was put anew because it would have expired.
    """
    if desired.device != device:
        return f"it is for {desired.device}, this is {device}"
    if desired.digest != digest_of(desired.body):
        return "its body is not the one that was signed for"
    if desired.expires_at <= now:
        return f"it expired {now - desired.expires_at:.0f} s ago by this box's clock"
    if desired.issued_at > now + AHEAD_SECONDS_MAX:
        return f"it is from {desired.issued_at - now:.0f} s ahead of this box's clock"
    if desired.revision < seen.revision:
        return f"revision {desired.revision} is older than {seen.revision}, which was taken before"
    if desired.revision == seen.revision and desired.digest != seen.digest:
        return f"revision {desired.revision} was taken before, with another content"
    return ""


def _read(text, of, codec=msgspec.msgpack):
    try:
        return codec.decode(text, type=of)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a {of.__name__}: {error}") from error
