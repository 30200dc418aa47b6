"""Syslog over UDP, TCP and TLS: every record goes to the device that sent it, or is kept as unknown's.

Who sent it is decided by ``identify`` from the address, the certificate and the header's host name;
None puts it under the device "unknown", where no contract sees it and nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import NamedTuple

from sekisho.pipeline.collect.framing import RECORD_BYTES_MAX, Deframer, Framed
from sekisho.pipeline.collect.listen import HANDSHAKE_SECONDS_MAX, Endpoint, certificate_name, listening_socket
from sekisho.pipeline.collect.spool import Spool
from sekisho.pipeline.collect.syslog import header_of

log = logging.getLogger(__name__)

UNKNOWN_DEVICE = "unknown"
CONNECTIONS_MAX = 2_000
READ_BYTES_MAX = 64 * 1024
SENDERS_REMEMBERED_MAX = 4_096


class Sender(NamedTuple):
    """What is known of who sent a record. ``host`` is the header's word for it: anybody can write anything there."""

    transport: str
    address: str
    certificate: str | None
    host: str | None


Identify = Callable[[Sender], str | None]
"""Sender -> device id, or None for a sender that no device has."""


class SyslogCollector:
    """Listens on any number of endpoints; all feed one spool."""

    def __init__(self, spool: Spool, identify: Identify, context: ssl.SSLContext | None = None) -> None:
        self._spool = spool
        self._identify = identify
        self._context = context
        self._known: dict[Sender, str] = {}
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, at: Endpoint) -> int:
        """Start to listen; the port that it became. Raises ValueError for TLS without a certificate."""
        if at.transport == "udp":
            listener = listening_socket(at.host, at.port, socket.SOCK_DGRAM)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self._take_or_drop), sock=listener)
            self._datagrams.append(transport)
            return listener.getsockname()[1]
        if at.transport == "tls" and self._context is None:
            raise ValueError("syslog over TLS needs the collector's certificate")
        listener = listening_socket(at.host, at.port)
        secure = at.transport == "tls"
        server = await asyncio.start_server(
            self._serve,
            sock=listener,
            ssl=self._context if secure else None,
            ssl_handshake_timeout=HANDSHAKE_SECONDS_MAX if secure else None,
        )
        self._servers.append(server)
        return listener.getsockname()[1]

    async def close(self) -> None:
        for transport in self._datagrams:
            transport.close()
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def forget_senders(self) -> None:
        """Ask ``identify`` anew for everybody: devices have changed."""
        self._known.clear()

    def take(self, record: bytes, sender: Sender) -> bool:
        """Put one record into the spool under its device; False when there is no room for it now."""
        sender = sender._replace(host=header_of(record).host)
        return self._spool.put(self._device(sender), f"syslog-{sender.transport}", record)

    def _take_or_drop(self, record: bytes, sender: Sender) -> None:
        if not self.take(record, sender):
            self._spool.drop()

    def _device(self, sender: Sender) -> str:
        device = self._known.get(sender)
        if device is None:
            if len(self._known) >= SENDERS_REMEMBERED_MAX:
                self._known.clear()
            device = self._known[sender] = self._identify(sender) or UNKNOWN_DEVICE
        return device

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a server's callback is always a task
        if len(self._connections) >= CONNECTIONS_MAX:
            writer.transport.abort()
            return
        self._connections.add(task)
        try:
            await self._read(reader, _sender_of(writer))
        except OSError as error:
            log.info("a syslog connection ended: %s", error)
        except asyncio.CancelledError:
            return
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, sender: Sender) -> None:
        deframer = Deframer()
        try:
            while True:
                await self._spool.room()
                data = await reader.read(READ_BYTES_MAX)
                if not data:
                    return
                await self._take_all(deframer.feed(data), sender)
        finally:
            for framed in deframer.finish():
                self._take_or_drop(framed.record, sender)

    async def _take_all(self, records: list[Framed], sender: Sender) -> None:
        for framed in records:
            while not self.take(framed.record, sender):
                # Datagrams took the last room; this sender can wait.
                await self._spool.room()
                await asyncio.sleep(0.05)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Sender], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, address: tuple) -> None:
        record = data[:RECORD_BYTES_MAX].rstrip(b"\r\n\0")
        if record:
            self._take(record, Sender("udp", address[0], None, None))


def _sender_of(writer: asyncio.StreamWriter) -> Sender:
    security = writer.get_extra_info("ssl_object")
    address = writer.get_extra_info("peername")[0]
    return Sender("tls" if security else "tcp", address, certificate_name(security), None)
