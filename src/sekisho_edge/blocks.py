"""The block set in the kernel: as soon as it comes, after every start, and without what is over.

Its table is its own (``helper/blocks``), so policies come and go without it, and it stands also while the agent is
away: each element ends by the kernel's clock. An address of the centre itself is left out and reported: a box that
can't reach its centre could not be told to let it through again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec

from sekisho_edge.delivery import StoredBlocks
from sekisho_edge.privileged import HelperGone, HelperRefused
from sekisho_edge.reports import Outbox
from sekisho_wire.desired import BLOCKS, BlockEntry, BlockSet, read_blocks

AGAIN_SECONDS = 0.5
REFRESH_SECONDS_MAX = 3_600.0

Apply = Callable[[list[list]], Awaitable[object]]
"""Hands [[address, seconds], ...] to the helper; HelperGone or HelperRefused."""


class Blocks:
    """``await run()`` for ever. ``revision`` is what stands in the kernel, 0 for nothing."""

    def __init__(
        self, state: Path, changed: asyncio.Event, apply: Apply, outbox: Outbox, spared: Iterable[str] = ()
    ) -> None:
        self._file = state / "blocks.json"
        self._changed = changed
        self._apply = apply
        self._outbox = outbox
        self._spared = [ipaddress.IPv4Address(text) for text in spared]
        self._told = 0
        self.revision = 0

    async def run(self) -> None:
        while True:
            self._changed.clear()
            wait = await self._bring()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)

    async def _bring(self):
        """The stored set into the kernel; returns until when that is good."""
        stored, blocks = stored_blocks(self._file)
        if not stored:
            return None
        now = time.time()
        entries = standing(blocks.entries, now)
        left_out = [entry.address for entry in entries if self._spares(entry)]
        try:
            await self._apply([[entry.address, entry.until - now] for entry in entries if not self._spares(entry)])
        except HelperGone:
            return AGAIN_SECONDS
        except HelperRefused as refusal:
            self._tell(stored, "refused", str(refusal))
            return AGAIN_SECONDS
        self.revision = stored
        self._tell(stored, "confirmed", f"left out, the centre itself: {', '.join(left_out)}" if left_out else "")
        return min([entry.until - now for entry in blocks.entries if entry.until > now] + [REFRESH_SECONDS_MAX])

    def _spares(self, entry):
        network = ipaddress.IPv4Network(entry.address)
        return any(address in network for address in self._spared)

    def _tell(self, revision, state, reason):
        if self._told != revision:
            self._told = revision
            self._outbox.add(BLOCKS, revision, state, reason=reason)


def stored_blocks(path: Path) -> tuple[int, BlockSet]:
    """(revision, blocks) as the centre last sent them; (0, none) if it never did."""
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=StoredBlocks)
    except (FileNotFoundError, msgspec.MsgspecError):
        return 0, BlockSet()
    return stored.revision, read_blocks(stored.text.encode())


def standing(entries: Iterable[BlockEntry], now: float) -> list[BlockEntry]:
    """What must be in the kernel now: without what is over, and without networks inside others of the list.

    The kernel refuses overlapping networks. A smaller one that lasts longer comes in when the larger one ends.
    """
    lasting = {ipaddress.IPv4Network(entry.address): entry for entry in entries if entry.until > now}
    return [entry for network, entry in lasting.items() if not _inside_another(network, lasting)]


def _inside_another(network, lasting):
    return any(network.supernet(new_prefix=length) in lasting for length in range(network.prefixlen))
