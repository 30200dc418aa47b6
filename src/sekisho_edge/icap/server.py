"""All sockets of the service: connections of one proxy, one transaction after the other on each.

A peer that does not speak ICAP, hangs, or leaves costs its own connection and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import traceback
from collections.abc import AsyncIterator, Callable

from sekisho_edge.icap import replies
from sekisho_edge.icap.protocol import Body, BodyEnd, Event, Parser, PreviewEnd, ProtocolError, Request
from sekisho_edge.icap.service import Service

READ_BYTES = 256 * 1024
IDLE_SECONDS_MAX = 300.0
BODY_SECONDS_MAX = 900.0
"""Between two pieces: an origin may be slow, and Squid waits as long."""
SEND_BUFFER_BYTES = 1 << 20
FORGOTTEN_BYTES_MAX = 64 << 20


class Gone(Exception):
    """The peer left in the middle of a transaction."""


class Connection:
    """One connection's events and answers; an Exchange while a transaction is under way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = Parser()
        self._events: list[Event] = []
        self._ended = True
        self.request: Request = None
        self.is_cut = False
        self.continued = False

    async def next_request(self) -> Request | None:
        """The next transaction's request; None when the peer has hung up."""
        try:
            event = await self._next(IDLE_SECONDS_MAX)
        except (Gone, TimeoutError):
            return None
        self.request, self._ended, self.continued = event, not event.has_body, event.preview is None
        return event

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, the rest of it when a part was taken before. The preview's end asks for more by itself."""
        while not self._ended:
            match await self._next(BODY_SECONDS_MAX):
                case Body(data):
                    yield data
                case PreviewEnd():
                    await self.send(replies.CONTINUE)
                    self._parser.go_on()
                    self.continued = True
                case BodyEnd():
                    self._ended = True

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        if self._writer.transport.get_write_buffer_size() > SEND_BUFFER_BYTES:
            await self._writer.drain()

    async def finish(self) -> bool:
        """After an answer: whether the connection can be used again. What was not asked for is read and forgotten."""
        if self.is_cut:
            return False
        await self._writer.drain()
        forgotten = 0
        while not self._ended:
            match await self._next(IDLE_SECONDS_MAX):
                case PreviewEnd():
                    self._parser.stop()
                    self._ended = True
                case BodyEnd():
                    self._ended = True
                case Body(data):
                    forgotten += len(data)
            if forgotten > FORGOTTEN_BYTES_MAX:
                return False
        return True

    def put_back(self, data: bytes) -> None:
        """A piece that could not be used: the next to read gets it again."""
        self._events.insert(0, Body(data))

    def cut(self) -> None:
        self.is_cut = True
        self._writer.transport.abort()

    async def _next(self, seconds):
        while not self._events:
            async with asyncio.timeout(seconds):
                data = await self._reader.read(READ_BYTES)
            if not data:
                raise Gone
            self._events.extend(self._parser.feed(data))
        return self._events.pop(0)


class IcapServer:
    """Answers with whatever Service ``current`` gives when a transaction begins."""

    def __init__(self, current: Callable[[], Service]) -> None:
        self._current = current
        self._connections: set[asyncio.Task] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Start; returns the port."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=READ_BYTES, backlog=1024)
        return self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self._connections.add(task := asyncio.current_task())
        try:
            await self._converse(Connection(reader, writer), writer)
        except (Gone, OSError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, connection, writer):
        try:
            while await connection.next_request() is not None:
                await self._current().answer(connection)
                if not await connection.finish():
                    return
        except ProtocolError as error:
            writer.write(replies.failed(error.status))
            await writer.drain()
        except (Gone, OSError, TimeoutError, asyncio.CancelledError):
            raise
        except Exception:  # one odd transaction must not end the service of all others
            traceback.print_exc(file=sys.stderr)
            writer.write(replies.failed(500))
            await writer.drain()
