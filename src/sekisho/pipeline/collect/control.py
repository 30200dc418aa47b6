"""The control link's centre: desired states to boxes, reports and certificates back. See ``sekisho_wire.control``.

What a box should have comes from the bus's bucket, signed; nothing here can make or change it. What a box reports goes
to ``Books``, which are somebody else's (the platform's database), in batches: a report is noted to its box only when
they have it, so while they are away boxes keep theirs. While the bus is away boxes keep what they have.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from sekisho.gateways.bus import BusUnavailable
from sekisho.gateways.desired_states import DesiredStates
from sekisho_wire.control import Noted, NotRenewed, Renewal, Renewed, Report, State, Status
from sekisho_wire.desired import BLOCKS, POLICY
from sekisho_wire.logs import WireError
from sekisho_wire.reports import read_report

log = logging.getLogger(__name__)

KINDS = (POLICY, BLOCKS)
LOOK_SECONDS = 0.2
"""How often the bucket is asked for changes: a part of the five seconds that a block may take."""
AWAY_SECONDS = 2.0
BATCH_SECONDS = 0.2
WAITING_MAX = 20_000
BATCH_MAX = 1_000
RENEWAL_SECONDS_MIN = 60.0
"""A box that asks for certificates more often than that is ill."""

Send = Callable[[State | Noted | Renewed | NotRenewed], Awaitable[None]]


class Word(NamedTuple):
    """Something a box said. ``what`` is "report" or "status"."""

    device: str
    what: str
    body: bytes


class Books(Protocol):
    """Where reports go and certificates come from; both are called in threads and raise when they are away."""

    def take(self, words: Sequence[Word]) -> None:
        """Everything is kept when this returns; what was kept before changes nothing."""

    def renew(self, device: str, csr_pem: str) -> Renewed | NotRenewed:
        """A new certificate for a device whose old one is still good."""


class Attendance:
    """One connected box: which kinds it must be told, and how."""

    def __init__(self, device: str, send: Send) -> None:
        self.device = device
        self.send = send
        self.due = set(KINDS)
        self.wake = asyncio.Event()
        self.wake.set()
        self.renewed_at = float("-inf")


class ControlDesk:
    """``await run()`` beside the collector; ``attend`` for each control link."""

    def __init__(self, states: DesiredStates, books: Books, look_seconds: float = LOOK_SECONDS) -> None:
        self._states = states
        self._books = books
        self._look_seconds = look_seconds
        self._present: dict[str, set[Attendance]] = {}
        self._waiting: dict[tuple[str, str, bytes], tuple[Word, Attendance]] = {}
        self.sent = 0

    @property
    def present(self) -> int:
        """How many boxes attend."""
        return len(self._present)

    async def run(self) -> None:
        """Look for changes and write the books, until cancelled."""
        await asyncio.gather(self._look(), self._write())

    async def attend(self, device: str, messages: Callable[[], Awaitable[object | None]], send: Send) -> None:
        """Serve one link until the box ends it. WireError when it says what doesn't belong here."""
        here = Attendance(device, send)
        self._present.setdefault(device, set()).add(here)
        telling = asyncio.create_task(self._tell(here))
        hearing = asyncio.create_task(self._hear(here, messages))
        try:
            done, _ = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave(here)
            for task in (telling, hearing):
                task.cancel()
            await asyncio.gather(telling, hearing, return_exceptions=True)
        for task in done:
            task.result()

    def _leave(self, here):
        others = self._present.get(here.device, set())
        others.discard(here)
        if not others:
            self._present.pop(here.device, None)

    async def _hear(self, here, messages):
        while (message := await messages()) is not None:
            match message:
                case Report(body):
                    self._queue(here, Word(here.device, "report", body), body)
                case Status(body):
                    self._queue(here, Word(here.device, "status", body), b"")
                case Renewal(csr_pem):
                    await here.send(await self._renewed(here, csr_pem))
                case _:
                    raise WireError("after attend come reports, statuses and renewals")

    def _queue(self, here, word, which):
        """A newer status takes the place of an older one; what there is no room for is sent again by its box."""
        key = (word.device, word.what, which)
        if key in self._waiting or len(self._waiting) < WAITING_MAX:
            self._waiting[key] = word, here

    async def _renewed(self, here, csr_pem):
        now = time.monotonic()
        if now - here.renewed_at < RENEWAL_SECONDS_MIN:
            return NotRenewed("asked again too soon")
        here.renewed_at = now
        try:
            return await asyncio.to_thread(self._books.renew, here.device, csr_pem)
        except Exception as error:  # the books' own errors are not ours to know; the box asks again
            log.warning("no certificate for %s: %s", here.device, error)
            return NotRenewed("the centre can't issue certificates now")

    async def _tell(self, here):
        """Send what is due, each time with what the bucket has now."""
        while True:
            await here.wake.wait()
            here.wake.clear()
            while here.due:
                kind = here.due.pop()
                try:
                    text = await self._states.get(here.device, kind)
                except BusUnavailable:
                    here.due.add(kind)
                    await asyncio.sleep(AWAY_SECONDS)
                    continue
                if text is not None:
                    await here.send(State(text))
                    self.sent += 1

    async def _look(self):
        since = None
        while True:
            try:
                since = await self._states.last() if since is None else await self._pass_on(since)
            except BusUnavailable as error:
                log.info("desired states are away: %s", error)
                await asyncio.sleep(AWAY_SECONDS)
            await asyncio.sleep(self._look_seconds)

    async def _pass_on(self, since):
        changes = await self._states.changes(since)
        for device, kind in changes.keys:
            for here in self._present.get(device, ()):
                if kind in KINDS:
                    here.due.add(kind)
                    here.wake.set()
        return changes.upto

    async def _write(self):
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            batch = [self._waiting.pop(key) for key in list(self._waiting)[:BATCH_MAX]]
            if batch:
                await self._enter(batch)

    async def _enter(self, batch):
        try:
            await asyncio.to_thread(self._books.take, [word for word, _ in batch])
        except Exception as error:  # whatever the books are, boxes send again what was not noted
            log.warning("reports can't be kept now: %s", error)
            await asyncio.sleep(AWAY_SECONDS)
            return
        for word, here in batch:
            if word.what == "report":
                await self._note(here, word)

    async def _note(self, here, word):
        try:
            report = read_report(word.body)
            await here.send(Noted(report.series, report.number))
        except (WireError, OSError, TimeoutError):
            log.info("a report of %s could not be acknowledged", here.device)
