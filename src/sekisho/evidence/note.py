"""A signed checkpoint: how large the log is and what its head is, in the form of a C2SP signed note.

Text that a person can read and print, any witness can keep, and anybody with the public key can check
(Ed25519). One line of extension tells the time at which it was signed.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sekisho.evidence.tree import HASH_BYTES

ED25519 = b"\x01"
"""The algorithm's byte in key ids and written keys."""
NOTE_BYTES_MAX = 10_000
_NAME = re.compile(r"[^\s+]{1,200}")
_SIGNED_AT = "signed-at "


class NoteError(ValueError):
    """This is no checkpoint, or not of this key; the message says which."""


class Checkpoint(msgspec.Struct, frozen=True):
    """The head of the log ``origin`` after ``size`` segments, at ``signed_at`` (aware UTC, whole seconds)."""

    origin: str
    size: int
    head: bytes
    signed_at: dt.datetime

    def text(self) -> str:
        """What is signed."""
        head = base64.b64encode(self.head).decode()
        at = self.signed_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.origin}\n{self.size}\n{head}\n{_SIGNED_AT}{at}\n"


def signed(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The checkpoint with its signature; the key goes by the log's own name."""
    if not _NAME.fullmatch(checkpoint.origin):
        raise NoteError("a log's name has no spaces and no plus sign")
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n\N{EM DASH} {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def opened(note: str, name: str, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint, once its signature by this key under this name is found good."""
    text, split, signatures = note.partition("\n\n")
    if not split or len(note) > NOTE_BYTES_MAX:
        raise NoteError("this is no signed note")
    text += "\n"
    wanted = key_id(name, key)
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        raw = _decoded(encoded)
        if dash != "\N{EM DASH}" or signer != name or raw[:4] != wanted:
            continue
        try:
            key.verify(raw[4:], text.encode())
        except InvalidSignature:
            raise NoteError("the signature does not fit the text: one of them was changed") from None
        return _parsed(text, name)
    raise NoteError(f"it is not signed by the key that {name!r} goes by")


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + key.public_bytes_raw()).digest()[:4]


def written_key(name: str, key: Ed25519PublicKey) -> str:
    """A public key as one line of text: name, id, and the key itself."""
    return f"{name}+{key_id(name, key).hex()}+{base64.b64encode(ED25519 + key.public_bytes_raw()).decode()}"


def read_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """The name and the key of such a line."""
    name, _, rest = text.strip().partition("+")
    given_id, _, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if raw[:1] != ED25519 or len(raw) != 1 + HASH_BYTES:
        raise NoteError("this is no public key of a log")
    key = Ed25519PublicKey.from_public_bytes(raw[1:])
    if key_id(name, key).hex() != given_id:
        raise NoteError("the public key does not fit its own id")
    return name, key


def _parsed(text: str, name: str) -> Checkpoint:
    lines = text.splitlines()
    try:
        origin, size, head, *rest = lines
        at = next(line.removeprefix(_SIGNED_AT) for line in rest if line.startswith(_SIGNED_AT))
        found = Checkpoint(origin, int(size), _decoded(head), dt.datetime.fromisoformat(at))
    except (ValueError, StopIteration) as error:
        raise NoteError("the signed text is no checkpoint") from error
    if found.origin != name or found.size < 0 or len(found.head) != HASH_BYTES or found.text() != text:
        raise NoteError("the signed text is no checkpoint of this log")
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
