"""Drops of a file for whoever waits for it while it is examined, so that no browser gives up.

Never the whole file, and never its last bytes: what was begun can still be cut.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from sekisho_edge.icap import replies
from sekisho_edge.icap.files import Kept
from sekisho_edge.icap.http_head import Head
from sekisho_edge.icap.settings import Settings

EVERY_SECONDS = 2.0
DROP_BYTES = 64
KEPT_BACK_BYTES = 1024
STALL_BYTES_MIN = 48 * 1024
"""Squid stalls when its buffer of 64 KB is full, never before."""
SILENT_LOOKS = 6

T = TypeVar("T")


class Comfort:
    """For one answer. ``begun``: its head is out, so no page can take its place any more. Ends stalls of old Squids."""

    def __init__(self, exchange, tag: str, head: Head, body: Kept, settings: Settings) -> None:
        self._exchange = exchange
        self._tag = tag
        self._head = head
        self._body = body
        self._stall_seconds = settings.stall_seconds
        self._seen_bytes = self._burst = self._silent_looks = 0
        self._next_drop = time.monotonic() + settings.comfort_seconds
        self.begun = False
        self.sent_bytes = 0

    async def during(self, work: Awaitable[T]) -> T:
        """The work's result; from ``after_seconds`` on a drop every now and then."""
        task = asyncio.ensure_future(work)
        try:
            while True:
                until = self._next_drop - time.monotonic()
                done, _ = await asyncio.wait({task}, timeout=min(until, self._stall_seconds or until))
                if done:
                    return task.result()
                if time.monotonic() >= self._next_drop or self._stalls():
                    await self._drop()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    def _stalls(self):
        """Whether Squid has fallen silent after more than a slow origin gives at once, or for long."""
        came, self._seen_bytes = self._body.size_bytes - self._seen_bytes, self._body.size_bytes
        before, self._burst = self._burst, came
        self._silent_looks = 0 if came else self._silent_looks + 1
        if not self._stall_seconds or came or self._seen_bytes < STALL_BYTES_MIN:
            return False
        return before >= STALL_BYTES_MIN or self._silent_looks % SILENT_LOOKS == 0

    async def _drop(self):
        self._next_drop = time.monotonic() + EVERY_SECONDS
        spare = self._body.size_bytes - KEPT_BACK_BYTES - self.sent_bytes
        if spare <= 0:
            return  # small files are held without a drop
        if not self.begun:
            self.begun = True
            await self._exchange.send(replies.changed(self._tag, self._head, is_request=False, has_body=True))
        data = self._body.part(self.sent_bytes, min(spare, DROP_BYTES))
        self.sent_bytes += len(data)
        await self._exchange.send(replies.chunk(data))
