"""The control link: a second connection to the centre, by which desired states come and reports go.

Decisions are the delivery's, the outbox's and the certificate's; this file moves their words. Whatever breaks, the
connection is made anew after a pause that grows, with jitter; the box goes on with what it has, for days if it must.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sekisho_edge.delivery import Delivery
from sekisho_edge.link import (
    CONNECT_SECONDS_MAX,
    PAUSE_SECONDS_FIRST,
    PAUSE_SECONDS_MAX,
    Inbox,
    LinkError,
    first_to_fail,
    keep_alive,
)
from sekisho_edge.renewing import ASK_AGAIN_SECONDS, Certificate
from sekisho_edge.reports import Outbox
from sekisho_wire.control import CONTROL_PROTOCOL, Attend, Noted, NotRenewed, Renewed, Report, State, Status
from sekisho_wire.enrolment import EnrolmentError
from sekisho_wire.logs import WireError, frame
from sekisho_wire.reports import STATUS_SECONDS, BoxStatus, write_report, write_status

POLL_SECONDS = 0.1
SEND_AGAIN_SECONDS = 20.0
"""A report that the centre has not noted by then is sent again."""
STEADY_SECONDS = 30.0


@dataclass
class ControlState:
    """What the status file says about the control link."""

    connected: bool = False
    connections: int = 0
    states: int = 0
    last_heard_at: float | None = None
    last_error: str = ""
    certificate_ends_at: float = 0.0


class ControlLink:
    """``await run()`` until cancelled. ``status`` is asked for what to tell; None as long as there is nothing."""

    def __init__(
        self, state: Path, address: tuple[str, int], context: ssl.SSLContext, delivery: Delivery, outbox: Outbox,
        status: Callable[[], BoxStatus | None], *, pause_seconds_max: float = PAUSE_SECONDS_MAX,
    ) -> None:  # fmt: skip
        self._folder = state
        self._address = address
        self._context = context
        self._delivery = delivery
        self._outbox = outbox
        self._status = status
        self._pause_seconds_max = pause_seconds_max
        self.certificate = Certificate(state)
        self._asked_at = float("-inf")
        self.state = ControlState(certificate_ends_at=self.certificate.ends_at.timestamp())

    async def run(self) -> None:
        pause = PAUSE_SECONDS_FIRST
        while True:
            began, asked = time.monotonic(), 0
            try:
                await self._connection()
            except (OSError, TimeoutError, WireError, LinkError, asyncio.IncompleteReadError) as error:
                self.state.last_error = self.certificate.ended(_now()) or f"{type(error).__name__}: {error}"
                asked = getattr(error, "retry_after_seconds", 0)
            finally:
                self.state.connected = False
            steady = time.monotonic() - began > STEADY_SECONDS
            pause = PAUSE_SECONDS_FIRST if steady else min(pause * 2, self._pause_seconds_max)
            await asyncio.sleep(max(asked, pause * random.uniform(0.5, 1.0)))  # noqa: S311 - jitter, no secret

    async def _connection(self):
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            reader, writer = await asyncio.open_connection(*self._address, ssl=self._context)
        keep_alive(writer.get_extra_info("socket"))
        try:
            writer.write(frame(Attend(CONTROL_PROTOCOL)))
            await writer.drain()
            self.state.connected = True
            self.state.connections += 1
            await first_to_fail(self._listen(Inbox(reader)), self._tell(writer))
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _listen(self, inbox):
        while True:
            message = await inbox.next()
            self.state.last_heard_at, self.state.last_error = time.time(), ""
            match message:
                case State(signed):
                    self.state.states += 1
                    self._delivery.take(signed)
                case Noted(series, number):
                    self._outbox.noted(series, number)
                case Renewed():
                    self._install(message)
                case NotRenewed(reason):
                    self.state.last_error = f"no new certificate: {reason}"
                case _:
                    raise LinkError(f"{type(message).__name__} does not belong on a control link")

    async def _tell(self, writer):
        """Reports as they come, the status now and then and whenever an engine's state changes."""
        sent: dict[tuple[str, int], float] = {}
        told_at, told_engines = float("-inf"), None
        while True:
            await self._send_reports(writer, sent)
            await self._ask_for_certificate(writer)
            status = self._status()
            if status and (_moving(status) != told_engines or time.monotonic() - told_at > STATUS_SECONDS):
                await _send(writer, Status(write_status(status)))
                told_at, told_engines = time.monotonic(), _moving(status)
            await asyncio.sleep(POLL_SECONDS)

    async def _send_reports(self, writer, sent):
        for report in self._outbox.waiting():
            key = report.series, report.number
            if time.monotonic() - sent.get(key, float("-inf")) > SEND_AGAIN_SECONDS:
                sent[key] = time.monotonic()
                await _send(writer, Report(write_report(report)))

    async def _ask_for_certificate(self, writer):
        if self.certificate.due(_now()) and time.monotonic() - self._asked_at > ASK_AGAIN_SECONDS:
            self._asked_at = time.monotonic()
            await _send(writer, self.certificate.request())

    def _install(self, renewed):
        """New connections show the new certificate; those that stand go on under the old one."""
        try:
            self.certificate.install(renewed)
        except EnrolmentError as error:
            self.state.last_error = str(error)
            return
        self._context.load_cert_chain(self._folder / "device.pem", self._folder / "device.key")
        self.state.certificate_ends_at = self.certificate.ends_at.timestamp()


def _moving(status: BoxStatus):
    """What the centre should hear at once."""
    engines = tuple((engine.name, engine.state) for engine in status.engines)
    return engines, status.confirmed_revision, status.blocks_revision, status.features


async def _send(writer, message):
    writer.write(frame(message))
    await writer.drain()


def _now():
    return dt.datetime.now(dt.UTC)
