"""Everything by which the centre steers this box, put together for the agent: delivery, outbox, blocks, control link.

A box without a centre has the blocks that it was told of, and nobody to report to.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sekisho_edge.blocks import Blocks
from sekisho_edge.control_link import ControlLink
from sekisho_edge.delivery import Delivery
from sekisho_edge.enrol import device_of
from sekisho_edge.heartbeat import box_status
from sekisho_edge.privileged import Helper, HelperGone
from sekisho_edge.reports import Outbox
from sekisho_edge.trial import Rollout
from sekisho_wire.reports import BoxStatus


class Steering:
    """``work()`` are the tasks of it. ``told`` goes to the trials; ``status()`` into the status file."""

    def __init__(
        self, state: Path, centre: tuple[str, int] | None, context: ssl.SSLContext | None,
        helper: Callable[[], Helper | None], agent_status: Callable[[], dict[str, Any] | None],
        failure: Callable[[], str],
    ) -> None:  # fmt: skip
        self._helper = helper
        self._agent_status = agent_status
        self._failure = failure
        self._outbox = Outbox(state)
        self._link = None
        changed = asyncio.Event()
        if centre and context:
            delivery = Delivery(state, device_of(state / "device.pem"), self._outbox)
            changed = delivery.blocks_changed
            self._link = ControlLink(state, centre, context, delivery, self._outbox, self._box_status)
        self._blocks = Blocks(state, changed, self._apply, self._outbox, _addresses(centre))

    def told(self, rollout: Rollout) -> None:
        """A word of the trials, for the centre if there is one."""
        if self._link:
            self._outbox.tell(rollout)

    def work(self) -> Iterator[Coroutine]:
        yield self._blocks.run()
        if self._link:
            yield self._link.run()

    def status(self) -> dict[str, Any]:
        waiting = len(self._outbox.waiting()) if self._link else 0
        control = asdict(self._link.state) if self._link else None
        return {"control": control, "blocks_revision": self._blocks.revision, "reports_waiting": waiting}

    def disconnected(self) -> None:
        """The agent ends: what the status says last should be true."""
        if self._link:
            self._link.state.connected = False

    async def _apply(self, entries):
        helper = self._helper()
        if helper is None:
            raise HelperGone("there is no helper yet")
        await helper.call("apply-blocks", entries=entries)

    def _box_status(self) -> BoxStatus | None:
        status = self._agent_status()
        if status is None or self._link is None:
            return None
        return box_status(
            status,
            failure=self._failure(),
            blocks_revision=self._blocks.revision,
            ends_at=self._link.certificate.ends_at,
            now=time.time(),
        )


def _addresses(centre):
    """The centre's own address, where it is given by one: never to be blocked."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.IPv4Address(centre[0]))] if centre else []
    return []
