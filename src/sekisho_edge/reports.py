"""Reports that the centre doesn't have yet: kept on disk, numbered, sent until they are noted there.

``outbox.json`` holds the series, the next number and what waits. The series is made with the file, so a box that lost
its notes can't reuse a number that the centre knows. When nobody listens for very long, the oldest go.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import msgspec

from sekisho_edge.bookmark import write_durably
from sekisho_edge.trial import Rollout
from sekisho_wire.desired import POLICY
from sekisho_wire.reports import REASON_CHARS_MAX, StateReport

WAITING_MAX = 500


class _Notes(msgspec.Struct):
    series: str
    next: int = 1
    waiting: list[StateReport] = []


class Outbox:
    """The reports of one state folder."""

    def __init__(self, state: Path) -> None:
        self._file = state / "outbox.json"
        self._notes = self._load()

    def waiting(self) -> list[StateReport]:
        """What the centre has not noted, oldest first."""
        return list(self._notes.waiting)

    def add(self, kind: str, revision: int, state: str, *, content: str = "", reason: str = "") -> StateReport:
        """A new report; durable when this returns."""
        notes = self._notes
        report = StateReport(
            series=notes.series, number=notes.next, kind=kind, revision=revision, state=state, content=content,
            reason=reason[:REASON_CHARS_MAX], at=time.time(),
        )  # fmt: skip
        notes.next += 1
        notes.waiting = [*notes.waiting, report][-WAITING_MAX:]
        self._save()
        return report

    def tell(self, rollout: Rollout) -> None:
        """What became of a policy, as the trial says it."""
        self.add(POLICY, rollout.revision, rollout.state, content=rollout.content, reason=rollout.reason)

    def noted(self, series: str, number: int) -> None:
        """The centre has this one."""
        left = [one for one in self._notes.waiting if (one.series, one.number) != (series, number)]
        if len(left) != len(self._notes.waiting):
            self._notes.waiting = left
            self._save()

    def _load(self):
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Notes)
        except (FileNotFoundError, msgspec.MsgspecError):
            return _Notes(series=secrets.token_hex(8))

    def _save(self):
        write_durably(self._file, msgspec.json.encode(self._notes))
