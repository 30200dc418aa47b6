"""What the pipeline says about itself, for ``sekisho status`` and the console: one small JSON file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class PipelineStatus(msgspec.Struct):
    """Counts since the process started; instants are seconds since 1970, None before the first.

    ``lag_messages`` is what waits in the stream, ``skipped`` counts batches that had been in the lake
    before, ``windows`` is what correlations have open and ``windows_overflowed`` how many had to make room,
    ``quarantined`` counts messages that were put aside whole, ``trouble`` is why it stands still.
    """

    started_at: float
    reported_at: float | None = None
    messages: int = 0
    events: int = 0
    unparsed: int = 0
    findings: int = 0
    skipped: int = 0
    retried: int = 0
    quarantined: int = 0
    commits: int = 0
    windows: int = 0
    windows_overflowed: int = 0
    lag_messages: int | None = None
    stream_bytes: int | None = None
    stream_bytes_max: int | None = None
    last_commit_at: float | None = None
    trouble: str | None = None


def write_status(status: msgspec.Struct, path: Path) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(status))
    draft.replace(path)


def read_status(path: Path) -> PipelineStatus | None:
    """The last word of a pipeline, or None when there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=PipelineStatus)
    except (OSError, msgspec.MsgspecError):
        return None
