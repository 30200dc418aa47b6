"""The status file of an agent: plain values for people, for ``sekisho-edge status`` and for the supervisor."""

from __future__ import annotations

import json
from pathlib import Path

from sekisho_edge.bookmark import write_durably
from sekisho_edge.spool import Spool


def write_status(state: Path, status: dict) -> None:
    """The status file; readers see the old or the new one, never half."""
    write_durably(state / "status.json", json.dumps(status, indent=1).encode(), mode=0o644)


def read_status(state: Path) -> dict | None:
    """What the agent of this state folder last said, or None."""
    try:
        return json.loads((state / "status.json").read_text())
    except (FileNotFoundError, ValueError):
        return None


def log_status(spool: Spool) -> dict:
    """How far one log has come on its way to the centre."""
    return {
        "acked": str(spool.acked),
        "read": str(spool.read_at),
        "backlog_bytes": spool.backlog_bytes(),
        "dropped_bytes": spool.dropped_bytes,
        "split_lines": spool.split_lines,
    }
