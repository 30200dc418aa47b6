"""The centre's signing key: boxes take only a desired state that it signed. Ed25519, beside the platform's authority.

A folder holds ``signing.key`` (its owner's only) and ``signing.pem``, the public keys that boxes get when they enrol
and with each renewal: the one in use first, after it those that were in use before, so that a key can be changed while
boxes are away. OSError when the folder has none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sekisho_wire.desired import Desired, Signed, key_id, signed_bytes, write_desired, write_signed

KEY, PUBLIC = "signing.key", "signing.pem"


def create_signing_key(folder: Path) -> Path:
    """Make the key if the folder has none; returns the path of the public ones."""
    if not (folder / KEY).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        _write(folder / PUBLIC, _public_pem(key) + _earlier(folder))
        _write(
            folder / KEY,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
    return folder / PUBLIC


def public_keys(folder: Path) -> str:
    """The public keys as PEM, one after the other; made with the first one if there is none yet."""
    return create_signing_key(folder).read_text()


@dataclass(frozen=True)
class Signer:
    """Signs desired states. ``Signer.of(folder)`` reads the key once."""

    name: str
    _key: Ed25519PrivateKey

    @classmethod
    def of(cls, folder: Path) -> Signer:
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{folder / KEY} is not an Ed25519 key")
        return cls(key_id(key.public_key().public_bytes_raw()), key)

    def sign(self, desired: Desired) -> bytes:
        """The signed state as it goes onto the bus; ValueError when it is too large for it."""
        payload = write_desired(desired)
        return write_signed(Signed(self.name, payload, self._key.sign(signed_bytes(payload))))


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _earlier(folder: Path) -> bytes:
    """Keys that were in use before: whoever changes the key removes ``signing.key`` only."""
    path = folder / PUBLIC
    return path.read_bytes() if path.exists() else b""


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
