"""The sandbox's part in a download: hold it for the verdict, or let it go and say later what it was."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from sekisho_edge.icap.events import Events
from sekisho_edge.icap.files import Kept, NoRoom
from sekisho_edge.icap.judge import CLEAN, SANDBOX, Judge, Opinion
from sekisho_edge.icap.learned import Learned
from sekisho_edge.icap.risky import risky_kind
from sekisho_edge.icap.sandbox import NoSandbox, SandboxDoor
from sekisho_edge.icap.settings import Settings
from sekisho_edge.scan import Outcome
from sekisho_wire.sandbox import FILE_BYTES_MAX, WAIT_SECONDS_MAX, Kind

LATER_SECONDS_MAX = 3600.0
LATER_AT_ONCE_MAX = 16
AGAIN_SECONDS = 5.0
PASSED = True, CLEAN


class Sandboxing:
    """``examine`` decides about one clean file; what it let go is asked about until there is a verdict."""

    def __init__(self, settings: Settings, judge: Judge, learned: Learned, events: Events) -> None:
        self._settings = settings.sandbox
        self._folder = Path(settings.run)
        self._judge = judge
        self._learned = learned
        self._events = events
        self._door = SandboxDoor(Path(settings.sandbox.socket)) if settings.sandbox.socket else None
        self._prevents = settings.malware == "prevent"
        self._later: set[asyncio.Task] = set()

    async def examine(self, body: Kept, name: str, facts: dict) -> tuple[bool, Opinion]:
        """Whether it may pass now, and why not."""
        if self._settings.mode == "off" or self._door is None or body.size_bytes > FILE_BYTES_MAX:
            return PASSED
        if (kind := risky_kind(body.file, name)) is None:
            return PASSED
        if self._settings.mode == "alert_later":
            self._ask_later(body, kind, name, facts)
            return PASSED
        return await self._hold(body, kind, name, facts)

    async def close(self) -> None:
        """Ask no more."""
        for task in self._later:
            task.cancel()
        if self._later:
            await asyncio.wait(self._later)

    async def _hold(self, body, kind, name, facts):
        began = time.monotonic()
        state, threat, by, reason = await self._verdict(body, kind, name, self._settings.hold_seconds_max)
        waited = round(time.monotonic() - began, 1)
        if state == "malicious":
            self._learn(body.sha256, threat)
            stops = self._prevents
            self._report("blocked" if stops else "detected", kind, facts, threat=threat, by=by, waited=waited)
            return not stops, Opinion(Outcome.INFECTED, SANDBOX, threat)
        if state == "clean":
            return PASSED
        stops = self._settings.at_deadline == "block" and self._prevents
        self._report("blocked" if stops else "allowed", kind, facts, reason=reason or state, waited=waited)
        if not stops:
            self._ask_later(body, kind, name, facts)
        return not stops, Opinion(Outcome.UNSCANNED, SANDBOX, reason=reason or "no verdict in time")

    async def _verdict(self, body: Kept, kind: Kind, name: str, seconds: float):
        try:
            answer = await self._door.ask(body, kind, name, seconds)
        except NoSandbox as error:
            return "unknown", "", "", str(error)
        return answer.state, answer.threat, answer.by, ""

    def _ask_later(self, body, kind, name, facts):
        """With a copy of the file, because the answer to the client ends this one."""
        if len(self._later) >= LATER_AT_ONCE_MAX:
            self._report("allowed", kind, facts, reason="too many files wait for a verdict")
            return
        copy = Kept(self._judge.room, self._folder)
        try:
            for piece in body.pieces():
                copy.write(piece)
        except NoRoom:
            copy.__exit__()
            self._report("allowed", kind, facts, reason="no room for a copy")
            return
        task = asyncio.create_task(self._follow(copy, kind, name, facts))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _follow(self, copy, kind, name, facts):
        with copy:
            deadline = time.monotonic() + LATER_SECONDS_MAX
            while time.monotonic() < deadline:
                state, threat, by, reason = await self._verdict(copy, kind, name, WAIT_SECONDS_MAX)
                if state == "malicious":
                    self._learn(copy.sha256, threat)
                    self._report("alert", kind, facts, threat=threat, by=by)
                if state in ("malicious", "clean", "refused"):
                    return
                if reason:
                    await asyncio.sleep(AGAIN_SECONDS)
            self._report("allowed", kind, facts, reason="no verdict")

    def _learn(self, sha256, threat):
        self._learned.add(sha256, threat)
        self._judge.forget(sha256)

    def _report(self, action, kind, facts, **more):
        self._events.report("sandbox", action, kind=kind, **more, **facts)
