"""The link to the centre: one TLS connection with the device's certificate, dialled from here, for ever.

All decisions are the spool's; this file moves bytes. Any error of the network or the protocol closes the
connection and the next one is tried after a pause that grows, with jitter, so that a fleet does not come
back in one wave. Only ``Ack`` and ``Welcome`` move the bookmark: whatever breaks here, nothing is lost and
nothing counts twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from sekisho_edge.shipper import Batch
from sekisho_edge.spool import Spool
from sekisho_wire.logs import (
    PROTOCOL,
    Ack,
    Deframer,
    Hello,
    LogBatch,
    Refusal,
    Welcome,
    WireError,
    frame,
    read_from_centre,
)

POLL_SECONDS = 0.05
CONNECT_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 60.0
PAUSE_SECONDS_FIRST = 0.25
PAUSE_SECONDS_MAX = 30.0
READ_BYTES_MAX = 256 * 1024
ZSTD_LEVEL = 3

# A peer that vanished without a word is noticed within a minute, also while nothing is sent.
KEEPALIVE_IDLE_SECONDS = 15
KEEPALIVE_INTERVAL_SECONDS = 5
KEEPALIVE_PROBES_MAX = 4
UNANSWERED_SECONDS_MAX = 30


class LinkError(Exception):
    """This connection is over; ``retry_after_seconds`` is what the centre asked for, if it did."""

    def __init__(self, reason: str, retry_after_seconds: int = 0) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Source:
    """One log of this edge: its name on the wire, what reads it at the centre, and where it waits."""

    name: str
    product: str
    spool: Spool


@dataclass
class LinkState:
    """What the status file says about the link."""

    connected: bool = False
    connections: int = 0
    batches_sent: int = 0
    lines_sent: int = 0
    last_ack_at: float | None = None
    last_error: str = ""


def client_context(ca: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS towards the collector: only the platform's own CA counts, and our certificate says who we are.

    The collector is dialled by an address which may be link-local or behind a NAT, so its name is not
    compared; OpenSSL still insists on a certificate for servers, which the CA never gives to a device.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    return context


class Link:
    """Ships the logs of one edge to one centre until cancelled."""

    def __init__(
        self,
        sources: Sequence[Source],
        host: str,
        port: int,
        context: ssl.SSLContext,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause_seconds_max: float = PAUSE_SECONDS_MAX,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._address = (host, port)
        self._context = context
        self._clock = clock
        self._pause_seconds_max = pause_seconds_max
        self._asked_at: float | None = None
        self.state = LinkState()

    async def run(self) -> None:
        """Connect, ship, and again; returns only by cancellation."""
        pause = PAUSE_SECONDS_FIRST
        while True:
            acked_before = self._acked()
            asked = 0
            try:
                await self._connection()
            except (OSError, TimeoutError, WireError, LinkError, asyncio.IncompleteReadError) as error:
                self.state.last_error = f"{type(error).__name__}: {error}"
                asked = getattr(error, "retry_after_seconds", 0)
            finally:
                self.state.connected = False
            # A connection that moved the bookmark was a good one: start over with short pauses.
            pause = PAUSE_SECONDS_FIRST if self._acked() != acked_before else min(pause * 2, self._pause_seconds_max)
            await asyncio.sleep(max(asked, pause * random.uniform(0.5, 1.0)))  # noqa: S311 - jitter, no secret

    async def _connection(self):
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            reader, writer = await asyncio.open_connection(*self._address, ssl=self._context)
        keep_alive(writer.get_extra_info("socket"))
        try:
            await self._talk(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader, writer):
        inbox = Inbox(reader)
        welcome = await greet(inbox, writer, tuple(self._sources))
        self.state.connected, self.state.last_error = True, ""
        self._asked_at = None
        self.state.connections += 1
        for name, source in self._sources.items():
            for batch in source.spool.welcome(welcome.positions.get(name)):
                await self._send(writer, source, batch)
        await first_to_fail(self._listen(inbox), self._ship(writer))

    async def _ship(self, writer):
        while True:
            for source in self._sources.values():
                while batch := source.spool.next_batch(self._clock()):
                    await self._send(writer, source, batch)
            self._insist_on_answers()
            await asyncio.sleep(POLL_SECONDS)

    async def _listen(self, inbox):
        while True:
            message = await inbox.next()
            if not isinstance(message, Ack):
                raise LinkError(f"{type(message).__name__} where an acknowledgement belongs")
            if message.source in self._sources:
                self.state.last_ack_at = time.time()
                self._asked_at = None
                self._sources[message.source].spool.acknowledge(message.next)

    async def _send(self, writer, source: Source, batch: Batch):
        body = zstandard.compress(batch.raw, ZSTD_LEVEL)
        writer.write(frame(LogBatch(source.name, source.product, batch.first, batch.next, batch.lines, body)))
        await writer.drain()
        self.state.batches_sent += 1
        self.state.lines_sent += batch.lines

    def _insist_on_answers(self):
        """A centre that takes batches and acknowledges none is as good as gone."""
        if not any(source.spool.waits_for_answer for source in self._sources.values()):
            self._asked_at = None
        elif self._asked_at is None:
            self._asked_at = self._clock()
        elif self._clock() - self._asked_at > ANSWER_SECONDS_MAX:
            raise LinkError(f"no acknowledgement for {ANSWER_SECONDS_MAX:g} s")

    def _acked(self):
        return [source.spool.acked for source in self._sources.values()]


async def greet(inbox: Inbox, writer: asyncio.StreamWriter, sources: tuple[str, ...]) -> Welcome:
    """Say hello and wait for the welcome; LinkError if the centre says something else."""
    writer.write(frame(Hello(PROTOCOL, sources)))
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        welcome = await inbox.next()
    if not isinstance(welcome, Welcome) or welcome.protocol != PROTOCOL:
        raise LinkError(f"no welcome of protocol {PROTOCOL} but {type(welcome).__name__}")
    return welcome


async def knock(host: str, port: int, context: ssl.SSLContext) -> None:
    """A session of its own with the centre, from the first packet on: raises why there is none.

    What proves that a new policy leaves the way open, because the old session may live on where no new one could begin.
    """
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        await greet(Inbox(reader), writer, ())
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Inbox:
    """Messages of the centre, one at a time. Refusal and the end of the stream raise LinkError."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._deframer = Deframer()
        self._payloads: list[bytes] = []

    async def next(self) -> Welcome | Ack:
        while not self._payloads:
            data = await self._reader.read(READ_BYTES_MAX)
            if not data:
                raise LinkError("the centre closed the connection")
            self._payloads += self._deframer.feed(data)
        message = read_from_centre(self._payloads.pop(0))
        if isinstance(message, Refusal):
            raise LinkError(f"refused, {message.code}: {message.reason}", message.retry_after_seconds)
        return message


async def first_to_fail(*work: Coroutine) -> None:
    """Run all until one ends, end the others, and raise what it raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def keep_alive(connection: socket.socket) -> None:
    """Let the kernel find out that the other side is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_IDLE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_SECONDS),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES_MAX),
        ("TCP_USER_TIMEOUT", UNANSWERED_SECONDS_MAX * 1000),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
