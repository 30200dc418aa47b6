"""What the centre desires, taken only when it is really the centre's: signed, for this box, in time, and not old.

    signing.pem    the centre's public keys, from the enrolment and each renewal
    seen.json      the newest revision taken of each kind: nothing older is ever taken again
    desired.json   a policy, for the trial to find (``rollout``)
    blocks.json    the block set, for the kernel (``blocks``)

What is refused is reported with its reason, once in an agent's life, and changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sekisho_edge.bookmark import write_durably
from sekisho_edge.reports import Outbox
from sekisho_wire.desired import (
    BODY_BYTES_MAX,
    POLICY,
    Desired,
    Seen,
    key_id,
    objection,
    read_blocks,
    read_desired,
    read_signed,
    signed_bytes,
)
from sekisho_wire.logs import WireError
from sekisho_wire.policy import PolicyError, read_policy

_END = "-----END PUBLIC KEY-----"


class Delivery:
    """``take`` whatever came. ``blocks_changed`` is set when there is another block set."""

    def __init__(self, state: Path, device: str, outbox: Outbox, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._device = device
        self._outbox = outbox
        self._clock = clock
        self._told: set[str] = set()
        self.blocks_changed = asyncio.Event()
        self.last_refusal = ""

    def take(self, signed: bytes) -> None:
        """Take a signed state, or report why not."""
        try:
            desired = self._genuine(signed)
        except WireError as error:
            self.last_refusal = str(error)
            return  # nobody knows who said it, so there is nothing to answer
        seen = self._seen()
        before = seen.get(desired.kind, Seen())
        if reason := objection(desired, self._device, self._clock(), before):
            self._refuse(desired, reason)
        elif before.revision < desired.revision:
            self._keep(desired, seen)

    def signing_keys(self) -> dict[str, Ed25519PublicKey]:
        """The centre's keys by their ids; none for a box that was enrolled before there were any."""
        try:
            text = (self._state / "signing.pem").read_text()
        except FileNotFoundError:
            return {}
        blocks = [part + _END for part in text.split(_END) if part.strip()]
        keys = [serialization.load_pem_public_key(block.strip().encode()) for block in blocks]
        return {key_id(key.public_bytes_raw()): key for key in keys if isinstance(key, Ed25519PublicKey)}

    def _genuine(self, text: bytes) -> Desired:
        signed = read_signed(text)
        key = self.signing_keys().get(signed.key)
        if key is None:
            raise WireError(f"it is signed by {signed.key}, which this box does not know as its centre's key")
        try:
            key.verify(signed.signature, signed_bytes(signed.payload))
        except InvalidSignature as error:
            raise WireError("its signature is wrong") from error
        return read_desired(signed.payload)

    def _keep(self, desired, seen):
        try:
            text = zstandard.ZstdDecompressor().decompress(desired.body, max_output_size=BODY_BYTES_MAX)
            self._store(desired, text)
        except (zstandard.ZstdError, WireError, PolicyError) as error:
            self._refuse(desired, str(error))
            return
        seen[desired.kind] = Seen(desired.revision, desired.digest)
        write_durably(self._state / "seen.json", msgspec.json.encode(seen))

    def _store(self, desired, text):
        if desired.kind == POLICY:
            if (number := read_policy(text).revision) != desired.revision:
                raise WireError(f"revision {desired.revision} holds a policy that says it is {number}")
            write_durably(self._state / "desired.json", text)
            return
        read_blocks(text)
        write_durably(self._state / "blocks.json", msgspec.json.encode(StoredBlocks(desired.revision, text.decode())))
        self.blocks_changed.set()

    def _refuse(self, desired, reason):
        """Once: the same state comes again with every connection."""
        self.last_refusal = f"{desired.kind} revision {desired.revision}: {reason}"
        about = f"{desired.kind} {desired.revision} {desired.digest} {desired.expires_at}"
        if about not in self._told:
            self._told.add(about)
            self._outbox.add(desired.kind, desired.revision, "refused", reason=reason)

    def _seen(self) -> dict[str, Seen]:
        """A file that can't be read counts as none: better a policy twice than a box that takes nothing any more."""
        try:
            return msgspec.json.decode((self._state / "seen.json").read_bytes(), type=dict[str, Seen])
        except (FileNotFoundError, msgspec.MsgspecError):
            return {}


class StoredBlocks(msgspec.Struct, frozen=True):
    """The block set as it came, and its number."""

    revision: int
    text: str
