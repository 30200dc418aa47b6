"""The hash chain, pure: what a document's hash covers, and how a name is hidden in it.

SHA-256 over the hash before and over all facts of the row in one canonical spelling. A row that is changed, added
between others or taken away breaks every later link.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping

FIRST_LINK = bytes(32)
"""What stands before the first document."""
LINKED = (
    "position", "kind", "number", "version", "language", "contract_id", "dated", "yen", "counterparty_hash",
    "media_type", "content_hash", "content_bytes", "kept_at", "kept_by", "keep_until", "replaces_id", "requested_on",
    "reason",
)  # fmt: skip
"""The columns that a link covers, in the order of their spelling."""


def link(before: bytes, facts: Mapping[str, object]) -> bytes:
    """The hash of a row with these ``LINKED`` facts, after the hash ``before``."""
    spelt = json.dumps([_spelt(facts[name]) for name in LINKED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + spelt.encode("utf-8", "surrogatepass")).digest()


def hidden(name: str, salt: bytes) -> bytes:
    """A name's hash: proves the name to whoever has it and its salt, and tells nothing once they are erased."""
    return hashlib.sha256(salt + name.encode("utf-8")).digest()


def _spelt(fact: object) -> object:
    if isinstance(fact, dt.datetime):
        return fact.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(fact, dt.date):
        return fact.isoformat()
    if isinstance(fact, bytes | memoryview):
        return bytes(fact).hex()
    if fact is None or isinstance(fact, int):
        return fact
    return str(fact)
