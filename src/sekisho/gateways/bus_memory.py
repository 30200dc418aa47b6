"""The log bus in memory: same behaviour, nothing kept. For tests and for trying rules out, never for logs."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from . import bus
from .bus import BusFull, Delivery, StreamCounts

POLL_SECONDS = 0.01


@dataclass
class _Kept:
    sequence: int
    subject: str
    payload: bytes
    message_id: str
    next: str
    at: float
    delivered: int = 0
    due: float = 0.0
    done: bool = False


class MemoryBus:
    """One stream and its consumer, in this process."""

    def __init__(
        self, *, stream_bytes_max: int = bus.STREAM_BYTES_MAX, ack_wait_seconds: float = bus.ACK_WAIT_SECONDS
    ) -> None:
        self._bytes_max = stream_bytes_max
        self._ack_wait = ack_wait_seconds
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._seen: dict[str, float] = {}
        self._last = 0

    async def publish(self, device: str, source: str, payload: bytes, *, message_id: str, next: str = "") -> bool:
        now = time.monotonic()
        if now - self._seen.get(message_id, -bus.DUPLICATE_WINDOW_SECONDS) < bus.DUPLICATE_WINDOW_SECONDS:
            return False
        if self._size() + len(payload) > self._bytes_max:
            raise BusFull("the log stream is full: maximum bytes exceeded")
        self._last += 1
        self._kept[self._last] = _Kept(self._last, bus.subject_of(device, source), payload, message_id, next, now)
        self._seen[message_id] = now
        return True

    async def position(self, device: str, source: str) -> str | None:
        subject = bus.subject_of(device, source)
        last = [m for m in self._kept.values() if m.subject == subject][-1:]
        return (last[0].next or None) if last else None

    async def pull(self, *, messages_max: int, bytes_max: int, seconds_max: float) -> list[Delivery]:
        deadline = time.monotonic() + seconds_max
        while not (due := self._due(messages_max, bytes_max)) and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
        return [self._deliver(m) for m in due]

    async def counts(self) -> StreamCounts:
        open_ = [m for m in self._kept.values() if not m.done]
        return StreamCounts(
            messages=len(self._kept),
            bytes=self._size(),
            bytes_max=self._bytes_max,
            waiting=sum(1 for m in open_ if not m.delivered),
            unacknowledged=sum(1 for m in open_ if m.delivered),
            last_sequence=self._last,
            done_sequence=open_[0].sequence - 1 if open_ else self._last,
        )

    async def trim(self) -> int:
        oldest = time.monotonic() - bus.REPLAY_SECONDS_MAX
        removed = 0
        for kept in list(self._kept.values()):
            if not kept.done or (self._size() <= self._bytes_max // 2 and kept.at > oldest):
                break
            del self._kept[kept.sequence]
            removed += 1
        return removed

    async def close(self) -> None:
        """Nothing to let go of: what is kept stays for the next user of this object."""

    def _size(self) -> int:
        return sum(len(m.payload) for m in self._kept.values())

    def _due(self, messages_max: int, bytes_max: int) -> list[_Kept]:
        now = time.monotonic()
        found: list[_Kept] = []
        size = 0
        for kept in self._kept.values():
            if len(found) == messages_max or size >= bytes_max:
                break
            if not kept.done and kept.due <= now:
                found.append(kept)
                size += len(kept.payload)
        return found

    def _deliver(self, kept: _Kept) -> Delivery:
        kept.delivered += 1
        kept.due = time.monotonic() + self._ack_wait

        async def ack() -> None:
            kept.done = True

        async def retry_later(delay_seconds: float) -> None:
            kept.due = time.monotonic() + delay_seconds

        async def in_progress() -> None:
            kept.due = time.monotonic() + self._ack_wait

        return Delivery(kept.payload, kept.message_id, kept.delivered, kept.sequence, ack, retry_later, in_progress)
