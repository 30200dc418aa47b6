"""Connections that the firewall turned to us: who was called, one session for each, one judgement at a time for many.

A session that breaks off is nobody's mail: the client has not heard that it was taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import traceback
from collections.abc import Callable
from pathlib import Path

from sekisho_edge.mail import pop3, smtp
from sekisho_edge.mail.events import Events
from sekisho_edge.mail.examine import Findings, examine
from sekisho_edge.mail.identity import make_identity
from sekisho_edge.mail.settings import Settings
from sekisho_edge.mail.treat import Action, Treated, treat
from sekisho_edge.mail.wire import TooLarge, Wire, WireError
from sekisho_edge.scan import Reason, Scanner

CONNECT_SECONDS_MAX = 20.0
SESSIONS_MAX = 500
JUDGED_AT_ONCE_MAX = 4
"""Each message under judgement is in memory several times."""
READER_BYTES = 256 * 1024
_SO_ORIGINAL_DST = 80

Address = tuple[str, int]


class Service:
    """``current`` gives settings and scanner; both may change between two messages."""

    def __init__(
        self, current: Callable[[], tuple[Settings, Scanner]], identity: ssl.SSLContext | None, events: Events
    ) -> None:
        self._current = current
        self._identity = identity
        self._events = events
        self._judging = asyncio.Semaphore(JUDGED_AT_ONCE_MAX)
        self._sessions: set[asyncio.Task] = set()
        self._wires: set[Wire] = set()
        self._servers: list[asyncio.Server] = []

    async def listen(self) -> None:
        settings, _ = self._current()
        for port, serve in ((settings.smtp_port, self._smtp), (settings.pop3_port, self._pop3)):
            server = await asyncio.start_server(self._taking(serve), "0.0.0.0", port, limit=READER_BYTES)  # noqa: S104
            self._servers.append(server)

    async def close(self) -> None:
        """End all sessions: what was not acknowledged is still its sender's."""
        for server in self._servers:
            server.close()
        for wire in self._wires:
            wire.abort()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def _taking(self, serve):
        async def take(reader, writer):
            task = asyncio.current_task()
            self._sessions.add(task)
            client = Wire(reader, writer)
            self._wires.add(client)
            try:
                called = original_destination(writer.get_extra_info("socket"))
                if len(self._sessions) <= SESSIONS_MAX:
                    await serve(client, writer.get_extra_info("peername")[0], called)
            except (WireError, TooLarge, OSError):
                pass
            finally:
                await client.close()
                self._wires.discard(client)
                self._sessions.discard(task)

        return take

    async def _smtp(self, client, peer, called):
        if called is None:  # the watchdog's question: nobody turned this connection to us
            await client.send(b"220 sekisho-mail works\r\n")
            return
        async with self._connections(called, peer) as connect:
            await smtp.Session(
                client, connect, self._judge, self._events, peer, called,
                self._current()[0].message_bytes_max, self._identity,
            ).run()  # fmt: skip

    async def _pop3(self, client, peer, called):
        if called is None:
            await client.send(b"+OK sekisho-mail works\r\n")
            return
        async with self._connections(called, peer) as connect:
            await pop3.Session(
                client, connect, self._judge, self._events, peer, called,
                self._current()[0].message_bytes_max,
            ).run()  # fmt: skip

    async def _judge(self, message, envelope):
        settings, scanner = self._current()
        async with self._judging:
            try:
                findings = await examine(message, envelope, settings, scanner)
                return await asyncio.to_thread(treat, message, settings, findings), findings
            except Exception:  # a mistake of ours over one message is an engine that is down, for this one
                traceback.print_exc()
                return unjudged(message, settings)

    @contextlib.asynccontextmanager
    async def _connections(self, called: Address, peer: str):
        """A way to open connections to the server that was called; all are closed at the end."""
        opened: list[Wire] = []

        async def connect() -> Wire:
            wire = Wire(*await _open(*self._server_of(called)))
            opened.append(wire)
            self._wires.add(wire)
            return wire

        try:
            yield connect
        finally:
            for wire in opened:
                await wire.close()
                self._wires.discard(wire)

    def _server_of(self, called: Address) -> tuple[Address, Address | None]:
        """Where to go, and from which address. A server inside hears the line's public address: one of the inside it
        might take for a friend, whose mail it relays anywhere.
        """
        for forward in self._current()[0].forwards:
            if called == (forward.address, forward.port):
                return (forward.to_address, forward.to_port), (forward.address, 0)
        return called, None


def unjudged(message: bytes, settings: Settings) -> tuple[Treated, Findings]:
    """A message that nobody could look at: as it is, or later, as the line's failure profile says."""
    findings = Findings(gaps=(f"message:{Reason.ENGINE_DOWN.value}",))
    if settings.failure == "closed":
        return Treated(Action.DEFERRED), findings
    return Treated(Action.DELIVERED, message), findings


async def _open(address: Address, source: Address | None):
    try:
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            return await asyncio.open_connection(*address, local_addr=source, limit=READER_BYTES)
    except (OSError, TimeoutError) as error:
        raise WireError(f"{address[0]}:{address[1]}: {error}") from error


def original_destination(connection: socket.socket) -> Address | None:
    """Whom a client called before the firewall turned its connection to us; None when it called us."""
    try:
        port, address = struct.unpack_from(">2xH4s", connection.getsockopt(socket.SOL_IP, _SO_ORIGINAL_DST, 16))
    except OSError:
        return None
    called = socket.inet_ntoa(address), port
    return None if called == connection.getsockname() else called


def identity_of(folder: Path) -> ssl.SSLContext:
    """A certificate of our own for clients that encrypt without asking who we are; made at the first start."""
    certificate = folder / "mail.pem"
    if not certificate.exists():
        make_identity(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
