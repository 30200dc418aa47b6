"""What a scan may cost, and what it found. Plain values, no I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """The worst that was found; UNSCANNED means nothing bad in what could be looked at, but not everything could."""

    CLEAN = "clean"
    UNSCANNED = "unscanned"
    INFECTED = "infected"


class Reason(enum.StrEnum):
    """Why something was not looked at."""

    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_MANY = "too-many-members"
    EXPANDS_TOO_FAR = "expands-too-far"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNSUPPORTED = "unsupported-archive"
    TIMED_OUT = "timed-out"
    ENGINE_DOWN = "engine-down"


@dataclass(frozen=True)
class Limits:
    """What one scan may cost. Beyond a limit a part is not scanned, and the verdict says so.

    ``expanded_bytes_max`` counts everything that comes out of archives, at all depths together.
    """

    file_bytes_max: int = 64 << 20
    archive_depth_max: int = 8
    expanded_bytes_max: int = 256 << 20
    members_max: int = 10_000
    seconds_max: float = 30.0


@dataclass(frozen=True)
class Gap:
    """A part that was not looked at: its path inside the file ("" for the file itself), and why."""

    member: str
    reason: Reason


@dataclass(frozen=True)
class Verdict:
    """``threat`` is what the engine calls it, ``member`` where it lies in an archive. ``engines`` all had a look."""

    outcome: Outcome
    sha256: str
    size_bytes: int
    threat: str = ""
    engine: str = ""
    member: str = ""
    gaps: tuple[Gap, ...] = ()
    engines: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why not everything was scanned, in one word; empty when everything was."""
        return self.gaps[0].reason.value if self.gaps else ""
