"""What a box says of itself: reports about desired states, kept until the centre has each, and a status now and then.

A report has a number of its own, growing, in a ``series`` that begins anew only when a box loses its notes: the same
report comes once, however often it is sent. A status is the newest one and may be lost.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from sekisho_wire.logs import WireError

REASON_CHARS_MAX = 2_000
STATUS_BYTES_MAX = 64 * 1024
STATUS_SECONDS = 30
"""How often a box tells how it is; at once when an engine goes down or comes back."""
SILENT_SECONDS = 150
"""After so long without a word the centre raises an alarm: four statuses lost, and one late."""

State = Literal["trying", "confirmed", "rolled-back", "refused"]


class StateReport(msgspec.Struct, frozen=True):
    """What became of a desired state. ``kind`` is policy or blocks; ``content`` the policy's hash, where known."""

    series: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    number: Annotated[int, msgspec.Meta(ge=1, le=2**62)]
    kind: Literal["policy", "blocks"]
    revision: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    state: State
    content: Annotated[str, msgspec.Meta(pattern=r"^[ -~]{0,100}$")] = ""
    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARS_MAX)] = ""
    at: float = 0.0


class EngineStatus(msgspec.Struct, frozen=True):
    """One engine as its watchdog sees it: well, starting, down (kept closed), bypassed (traffic goes by), off."""

    name: Annotated[str, msgspec.Meta(max_length=40)]
    state: Annotated[str, msgspec.Meta(max_length=20)]
    since: float = 0.0
    detail: Annotated[str, msgspec.Meta(max_length=500)] = ""
    starts: int = 0


class BoxStatus(msgspec.Struct, frozen=True):
    """``features``: what this box enforces. ``definitions_at``: when its definitions were made, None if it has none.

    ``blocks_revision`` is what stands in the kernel. ``facts``: the rest of the status file that is worth a look.
    """

    at: float
    confirmed_revision: int = 0
    trying_revision: int = 0
    blocks_revision: int = 0
    features: tuple[str, ...] = ()
    engines: Annotated[tuple[EngineStatus, ...], msgspec.Meta(max_length=32)] = ()
    definitions_version: str = ""
    definitions_at: float | None = None
    certificate_ends_at: float | None = None
    backlog_bytes: int = 0
    dropped_bytes: int = 0
    version: str = ""
    facts: dict[str, Any] = {}


def write_report(report: StateReport) -> bytes:
    return msgspec.msgpack.encode(report)


def read_report(text: bytes) -> StateReport:
    return _read(text, StateReport)


def write_status(status: BoxStatus) -> bytes:
    return msgspec.msgpack.encode(status)


def read_status(text: bytes) -> BoxStatus:
    if len(text) > STATUS_BYTES_MAX:
        raise WireError(f"a status of {len(text)} bytes is over the limit of {STATUS_BYTES_MAX}")
    return _read(text, BoxStatus)


def _read(text, of):
    try:
        return msgspec.msgpack.decode(text, type=of)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a {of.__name__}: {error}") from error
