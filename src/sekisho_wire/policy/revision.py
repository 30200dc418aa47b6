"""A revision: which policy, by whom, why, on which ticket. Kept for ever, each naming the one before it.

The record holds the hash of the content and not the content, so both can be kept where each belongs and neither can
be exchanged unnoticed.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec

from sekisho_wire.policy.canonical import content_hash
from sekisho_wire.policy.kinds import Strict
from sekisho_wire.policy.model import SecurityPolicy

WHY_CHARS_MAX = 2_000


class Revision(Strict):
    """Who made which policy the line's, and why. ``at`` has its time zone."""

    number: Annotated[int, msgspec.Meta(ge=1)]
    content: Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
    at: Annotated[datetime.datetime, msgspec.Meta(tz=True)]
    who: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    acting_as: Literal["staff", "contractor", "system"]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=WHY_CHARS_MAX)]
    ticket: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    previous: Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None


def revision_of(
    policy: SecurityPolicy,
    *,
    at: datetime.datetime,
    who: str,
    acting_as: Literal["staff", "contractor", "system"],
    why: str,
    ticket: str | None = None,
    previous: Revision | None = None,
) -> Revision:
    """The record of a policy. ValueError if it does not follow ``previous`` or lacks who, why or a time zone."""
    if previous is not None and policy.revision <= previous.number:
        raise ValueError(f"revision {policy.revision} does not follow {previous.number}")
    record = Revision(
        number=policy.revision,
        content=content_hash(policy),
        at=at,
        who=who,
        acting_as=acting_as,
        why=why.strip(),
        ticket=ticket,
        previous=previous.content if previous else None,
    )
    return msgspec.convert(msgspec.to_builtins(record), Revision)  # structs check nothing when they are made


def belongs(revision: Revision, policy: SecurityPolicy) -> bool:
    """Is this the policy that the record speaks of?"""
    return revision.number == policy.revision and revision.content == content_hash(policy)
