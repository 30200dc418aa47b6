"""What syslog brought and the stream doesn't have yet: bounded memory, one batch line a device, one publisher.

Syslog has no acknowledgement: what is in here (at most BATCH_SECONDS_MAX old while the stream takes
it) is lost when the process dies. TCP senders are slowed when it fills; datagrams that find it full
are dropped, counted and logged. A source that must not lose a line uses the edge or a file.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time

import msgspec

from sekisho.gateways.bus import Bus, BusError
from sekisho.pipeline.batch import StreamBatch, encode
from sekisho.pipeline.collect.batcher import Batcher

log = logging.getLogger(__name__)

SPOOL_BYTES_MAX = 64 * 1024 * 1024
SLOW_DOWN_BYTES = 16 * 1024 * 1024
"""From here on TCP is not read; the rest of the room is for datagrams, which can't be slowed."""
PUBLISHED_AT_ONCE_MAX = 16
LOOK_SECONDS = 0.05
RETRY_SECONDS = 0.5
CLOSE_SECONDS_MAX = 5.0


class SpoolCounts(msgspec.Struct):
    """Since the start. ``dropped`` are records that were received and are nowhere: it should stay 0."""

    records: int = 0
    batches: int = 0
    dropped: int = 0
    waiting_bytes: int = 0


class Spool:
    """Records in by ``put``, batches out to the bus by ``run``."""

    def __init__(self, bus: Bus, bytes_max: int = SPOOL_BYTES_MAX) -> None:
        self._bus = bus
        self._max = bytes_max
        self._slow_down = min(SLOW_DOWN_BYTES, bytes_max // 2)
        self._generation = time.time_ns() // 1_000
        self._batchers: dict[tuple[str, str], Batcher] = {}
        self._taken: dict[str, tuple[StreamBatch, int]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._warned_at = 0.0
        self.counts = SpoolCounts()

    def put(self, device: str, source: str, record: bytes) -> bool:
        """Keep one record; False when there is no room, and then it is still the caller's."""
        if self.counts.waiting_bytes + len(record) > self._max:
            return False
        batcher = self._batchers.get((device, source))
        if batcher is None:
            batcher = self._batchers[device, source] = Batcher(device, source, "auto", self._generation)
        batcher.add(record, time.monotonic())
        self.counts.records += 1
        self._account(len(record))
        return True

    def drop(self, records: int = 1) -> None:
        """Say that records are lost for want of room."""
        self.counts.dropped += records
        if time.monotonic() - self._warned_at > 1:
            self._warned_at = time.monotonic()
            log.error("syslog records are lost for want of room: %d so far", self.counts.dropped)

    async def room(self) -> None:
        """Wait until a sender that can be slowed may go on."""
        await self._room.wait()

    async def run(self) -> None:
        """Publish for ever; cancelled at the end, after which ``close`` brings away what is left."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._take_due(time.monotonic())
            await self._publish_taken()

    async def close(self) -> None:
        """Publish everything, for a few seconds at most; what is left then is counted as dropped."""
        self._take_due(float("inf"))
        try:
            async with asyncio.timeout(CLOSE_SECONDS_MAX):
                await self._publish_taken()
        except TimeoutError:
            self.drop(sum(batch.records for batch, _ in self._taken.values()))

    def _take_due(self, at: float) -> None:
        for batcher in self._batchers.values():
            while batcher.due(at):
                before = batcher.size_bytes
                batch = batcher.take(time.time())
                if batch is not None:
                    self._taken[batch.batch_id] = batch, before - batcher.size_bytes

    async def _publish_taken(self) -> None:
        """Some at a time: their disk syncs and answers overlap."""
        while self._taken:
            some = list(itertools.islice(self._taken.values(), PUBLISHED_AT_ONCE_MAX))
            await asyncio.gather(*(self._publish(batch, size) for batch, size in some))

    async def _publish(self, batch: StreamBatch, size: int) -> None:
        message = encode(batch)
        while True:
            try:
                await self._bus.publish(batch.device, batch.source, message, message_id=batch.batch_id)
            except BusError as error:
                log.warning("syslog waits for the stream: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                break
        # ``run`` and ``close`` may both have been at it; the stream took it once, and it counts once.
        if self._taken.pop(batch.batch_id, None) is not None:
            self.counts.batches += 1
            self._account(-size)

    def _account(self, change: int) -> None:
        self.counts.waiting_bytes += change
        if self.counts.waiting_bytes > self._slow_down:
            self._room.clear()
        else:
            self._room.set()
