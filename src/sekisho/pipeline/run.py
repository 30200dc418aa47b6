"""The only loop: stream -> rows and findings -> lake -> sink -> acknowledgement.

Two tasks with one waiting place between them, so that the next messages are understood while the
last ones are committed. Nothing is acknowledged before the lake has it on disk and the sink has taken
its findings; what is interrupted anywhere comes again and counts once (ledger, finding keys).

What goes wrong, and what happens then:

- the bus, the lake's catalogue or the sink's database is away: hold what we have, try again for ever
  (the stream keeps the rest, the collectors wait when it is full); ``status.trouble`` says so;
- one message makes a stage fail: it alone goes back with a delay, and after STRIKES_MAX times it is
  put aside whole as an unparsed row with the reason. Nothing is ever dropped;
- another writer has the lane, or the lake is damaged: ``run`` raises, and a person has to look.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol, TypeVar

import pyarrow as pa

from sekisho.gateways.bus import ACK_WAIT_SECONDS, Bus, BusError, Delivery
from sekisho.lake import Appended, Commit, LakeDamaged, LakeHeld, LakeRefused, LakeUnavailable
from sekisho.ocsf.device import DeviceContext
from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect import Detected, Seen
from sekisho.pipeline.digest import Digest, Directory, Normalise, digest, owner_of, quarantined
from sekisho.pipeline.status import PipelineStatus

log = logging.getLogger(__name__)

PULL_MESSAGES_MAX = 64
PULL_BYTES_MAX = 8 * 1024 * 1024
"""As compressed in the stream: some 60 MB of lines, 120,000 events, and a file in the lake that needs no merging.
Three such pulls are in memory at most."""
WORKERS = 2
"""Threads that understand messages: most of the work is done without the interpreter's lock."""
PULL_SECONDS_MAX = 0.5
STRIKES_MAX = 5
"""So often may one message make a stage fail before it is put aside."""
STRIKE_DELAY_SECONDS = 1.0
DELIVERIES_MAX = 12
"""A message that comes again so often has killed the process each time: it is put aside without another look."""
BACK_OFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
REPORT_SECONDS = 1.0
MAINTAIN_SECONDS = 60.0

T = TypeVar("T")


class Sink(Protocol):
    """Takes findings; the same finding again (same ``key``) must change nothing."""

    def __call__(self, findings: Sequence[DetectionFinding], /) -> None: ...


class Detects(Protocol):
    def detect(self, events: pa.Table) -> Detected: ...


class Counts(Protocol):
    """Correlations over time (``sekisho.pipeline.counting``); the same again must give the same."""

    windows: int
    overflowed: int

    def take(self, seen: Sequence[Seen]) -> list[DetectionFinding]: ...

    def forget(self, now: dt.datetime) -> None: ...


class Writes(Protocol):
    def append(self, commits: Sequence[Commit]) -> Appended: ...

    def maintain(self, now: dt.datetime) -> object: ...


class Work(NamedTuple):
    """Messages that are understood, in order, with what they become."""

    deliveries: list[Delivery]
    digests: list[Digest]
    findings: list[DetectionFinding]
    seen: list[Seen]


class Pipeline:
    """``directory``, ``normalise``, ``detector`` and ``sink`` are called in threads: ``directory`` and ``sink`` one
    call at a time, ``normalise`` and ``detector`` by as many as WORKERS at once.

    ``away`` are the exceptions by which ``directory`` and ``sink`` say that their database can't be
    reached now; any other exception counts against the message that caused it.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        lake: Writes,
        directory: Directory,
        normalise: Normalise,
        detector: Detects,
        sink: Sink,
        counting: Counts | None = None,
        away: tuple[type[Exception], ...] = (OSError,),
        report: Callable[[PipelineStatus], None] = lambda _: None,
        strike_delay_seconds: float = STRIKE_DELAY_SECONDS,
    ) -> None:
        self._bus = bus
        self._lake = lake
        self._directory = _one_at_a_time(directory)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="understand")
        self._normalise = normalise
        self._detector = detector
        self._sink = sink
        self._counting = counting
        self._away: tuple[type[Exception], ...] = (*away, LakeUnavailable, BusError)
        self._report = report
        self._strike_delay = strike_delay_seconds
        self._strikes: dict[int, int] = {}
        self._held: dict[int, Delivery] = {}
        self._troubles: dict[str, str] = {}
        self._stopping = asyncio.Event()
        self.status = PipelineStatus(started_at=time.time())

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set; then finish what is in hand, if the lake answers, and return."""
        self._stopping = stop
        ready: asyncio.Queue[Work | None] = asyncio.Queue(maxsize=1)
        async with asyncio.TaskGroup() as tasks:
            aside = [tasks.create_task(self._keep_alive()), tasks.create_task(self._keep_reporting())]
            tasks.create_task(self._understand(ready))
            await tasks.create_task(self._store(ready))
            for task in aside:
                task.cancel()
        self._workers.shutdown()
        for delivery in self._held.values():
            # Whoever works next gets it at once, not only when the stream has waited for us in vain.
            await delivery.retry_later(0)
        self._tell()

    async def _understand(self, ready: asyncio.Queue[Work | None]) -> None:
        try:
            while not self._stopping.is_set():
                deliveries = await self._patiently("stream", self._pull)
                self._held |= {delivery.sequence: delivery for delivery in deliveries}
                work = await self._sorted_out(deliveries) if deliveries else None
                if work is not None and work.deliveries:
                    await ready.put(work)
        except Abandoned:
            pass
        await ready.put(None)

    async def _pull(self) -> list[Delivery]:
        return await self._bus.pull(
            messages_max=PULL_MESSAGES_MAX, bytes_max=PULL_BYTES_MAX, seconds_max=PULL_SECONDS_MAX
        )

    async def _sorted_out(self, deliveries: list[Delivery]) -> Work | None:
        """What a message does to the whole process no exception tells; how often it was delivered does."""
        harmless = [each for each in deliveries if each.delivered <= DELIVERIES_MAX]
        killers = [each for each in deliveries if each.delivered > DELIVERIES_MAX]
        works = [await self._put_aside(each, f"delivered {each.delivered} times, never finished") for each in killers]
        understood = await self._understood(harmless) if harmless else None
        return _together([*works, understood] if understood is not None else works)

    async def _understood(self, deliveries: list[Delivery]) -> Work | None:
        """All messages at once; when that fails, one by one, to find the one that can't be understood."""
        try:
            return await self._patiently("understand", lambda: asyncio.to_thread(self._work, deliveries))
        except Abandoned:
            raise
        except Exception as error:
            if len(deliveries) == 1:
                return await self._struck(deliveries[0], error)
        works = [await self._understood([delivery]) for delivery in deliveries]
        return _together([work for work in works if work is not None])

    def _work(self, deliveries: list[Delivery]) -> Work:
        """All messages, in parts of about the same size, each by one thread; in their order."""
        return _together(list(self._workers.map(self._part, _parts(deliveries))))

    def _part(self, deliveries: list[Delivery]) -> Work:
        now = dt.datetime.now(dt.UTC)
        digests = [digest(d.data, _identity(d), self._directory, self._normalise, now) for d in deliveries]
        events = pa.concat_tables([each.events for each in digests])
        return Work(deliveries, digests, *(self._detector.detect(events) if events.num_rows else ([], [])))

    async def _struck(self, delivery: Delivery, error: Exception) -> Work | None:
        """Give the message back for later, or put it aside when it had its chances."""
        strikes = self._strikes[delivery.sequence] = self._strikes.get(delivery.sequence, 0) + 1
        reason = f"{type(error).__name__}: {error}"[:1_000]
        log.warning("message %s failed (%d of %d): %s", _identity(delivery), strikes, STRIKES_MAX, reason)
        if strikes < STRIKES_MAX:
            self.status.retried += 1
            self._held.pop(delivery.sequence, None)
            await delivery.retry_later(self._strike_delay * 2 ** (strikes - 1))
            return None
        return await self._put_aside(delivery, reason)

    async def _put_aside(self, delivery: Delivery, reason: str) -> Work:
        """The whole message as one unparsed row with the reason: visible, counted, never dropped."""
        self.status.quarantined += 1
        owner = await asyncio.to_thread(owner_of, delivery.data, self._directory)
        aside = quarantined(delivery.data, _identity(delivery), reason, owner, dt.datetime.now(dt.UTC))
        return Work([delivery], [aside], [], [])

    async def _store(self, ready: asyncio.Queue[Work | None]) -> None:
        maintained = time.monotonic()
        while True:
            try:
                work = await asyncio.wait_for(ready.get(), MAINTAIN_SECONDS)
            except TimeoutError:
                work = Work([], [], [], [])
            if work is None:
                return
            if work.deliveries:
                await self._stored(work)
            if time.monotonic() - maintained > MAINTAIN_SECONDS:
                await self._maintain()
                maintained = time.monotonic()

    async def _stored(self, work: Work) -> None:
        try:
            await self._patiently("store", lambda: asyncio.to_thread(self._commit, work))
        except Abandoned:
            return
        except (LakeHeld, LakeDamaged):
            raise
        except Exception as error:
            if len(work.deliveries) > 1:
                await self._stored_singly(work)
                return
            aside = await self._struck(work.deliveries[0], error)
            if aside is not None:
                await self._stored(aside)
            return
        for delivery in work.deliveries:
            await delivery.ack()
            self._held.pop(delivery.sequence, None)
            self._strikes.pop(delivery.sequence, None)

    async def _stored_singly(self, work: Work) -> None:
        for delivery, each in zip(work.deliveries, work.digests, strict=True):
            mine = [f for f in work.findings if f.batch == each.batch]
            seen = [s for s in work.seen if s.sighting.batch == each.batch]
            await self._stored(Work([delivery], [each], mine, seen))

    def _commit(self, work: Work) -> None:
        status = self.status
        appended = self._lake.append([Commit(*each) for each in work.digests])
        status.commits += 1
        status.last_commit_at = time.time()
        status.events += appended.events
        status.unparsed += appended.unparsed
        status.skipped += len(appended.skipped)
        findings = [*work.findings, *self._counted(work.seen)]
        if findings:
            self._sink(findings)
        status.findings += len(findings)
        status.messages += len(work.deliveries)

    def _counted(self, seen: list[Seen]) -> list[DetectionFinding]:
        if self._counting is None:
            return []
        found = self._counting.take(seen)
        self.status.windows, self.status.windows_overflowed = self._counting.windows, self._counting.overflowed
        return found

    async def _maintain(self) -> None:
        """The lane's housekeeping and the stream's; what fails is tried again next time."""
        now = dt.datetime.now(dt.UTC)
        try:
            await asyncio.to_thread(self._lake.maintain, now)
            if self._counting is not None:
                await asyncio.to_thread(self._counting.forget, now)
            await self._bus.trim()
        except (LakeUnavailable, LakeRefused, BusError) as error:
            log.warning("maintenance was put off: %s", error)

    async def _patiently(self, stage: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try again for ever while something is away; Abandoned when we are to stop meanwhile."""
        for pause in itertools.chain(BACK_OFF_SECONDS, itertools.repeat(BACK_OFF_SECONDS[-1])):
            try:
                result = await attempt()
            except self._away as error:
                if self._stopping.is_set():
                    raise Abandoned from error
                self._say(stage, f"{type(error).__name__}: {error}")
                await self._pause(pause)
            else:
                self._say(stage, None)
                return result
        raise AssertionError("for ever has ended")

    def _say(self, stage: str, trouble: str | None) -> None:
        """The stages work at the same time: each has its own trouble, and takes back only that."""
        if trouble is None:
            self._troubles.pop(stage, None)
        else:
            self._troubles[stage] = trouble[:1_000]
            log.warning("%s waits: %s", stage, trouble)
        self.status.trouble = "; ".join(f"{name}: {text}" for name, text in self._troubles.items()) or None

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _keep_alive(self) -> None:
        """Tell the stream that what we hold is being worked on, long before it would deliver it again."""
        while True:
            await asyncio.sleep(ACK_WAIT_SECONDS / 3)
            for delivery in list(self._held.values()):
                await delivery.in_progress()

    async def _keep_reporting(self) -> None:
        while True:
            try:
                counts = await self._bus.counts()
                self.status.lag_messages = counts.waiting + counts.unacknowledged
                self.status.stream_bytes, self.status.stream_bytes_max = counts.bytes, counts.bytes_max
            except BusError as error:
                self.status.lag_messages = None
                log.info("the stream did not say its counts: %s", error)
            self._tell()
            await asyncio.sleep(REPORT_SECONDS)

    def _tell(self) -> None:
        self.status.reported_at = time.time()
        self._report(self.status)


class Abandoned(Exception):
    """Work in hand is left to the stream, which delivers it again."""


def _identity(delivery: Delivery) -> str:
    return delivery.message_id or f"stream/{delivery.sequence}"


def _parts(deliveries: list[Delivery]) -> list[list[Delivery]]:
    """The deliveries in order, in at most WORKERS parts of about as many bytes each."""
    parts: list[list[Delivery]] = [[]]
    share = sum(len(each.data) for each in deliveries) / WORKERS
    size = 0
    for delivery in deliveries:
        if parts[-1] and size >= share * len(parts) and len(parts) < WORKERS:
            parts.append([])
        parts[-1].append(delivery)
        size += len(delivery.data)
    return parts


def _one_at_a_time(directory: Directory) -> Directory:
    lock = threading.Lock()

    def ask(device: str) -> DeviceContext | None:
        with lock:
            return directory(device)

    return ask


def _together(works: list[Work]) -> Work:
    return Work(
        [d for work in works for d in work.deliveries],
        [d for work in works for d in work.digests],
        [f for work in works for f in work.findings],
        [s for work in works for s in work.seen],
    )
