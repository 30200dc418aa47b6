"""The edge's log link, the centre's side: batches in, acknowledged once the stream has them on disk.

Who is speaking is the common name of its certificate. Where it goes on is asked of the stream itself,
so that a restarted collector knows. While the stream can't take more, the connection is refused with
a time to come back; the edge keeps its lines. See ``sekisho_wire.logs`` for the protocol.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import zstandard

from sekisho.gateways.bus import MESSAGE_BYTES_MAX, Bus, BusFull, BusUnavailable
from sekisho.pipeline.batch import (
    RAW_BYTES_MAX,
    UNPACKED_BYTES_MAX,
    StreamBatch,
    batch_id,
    encode,
    pack_lines,
)
from sekisho.pipeline.collect.control import ControlDesk
from sekisho.pipeline.collect.listen import HANDSHAKE_SECONDS_MAX, certificate_name, listening_socket
from sekisho.pipeline.collect.repository import RETRY_BUSY_SECONDS, RepositoryFiles
from sekisho_wire.control import CONTROL_PROTOCOL, Attend
from sekisho_wire.definitions import Fetch
from sekisho_wire.logs import (
    PROTOCOL,
    Ack,
    Deframer,
    FromCentre,
    FromEdge,
    Hello,
    LogBatch,
    Position,
    Refusal,
    Welcome,
    WireError,
    frame,
    read_from_edge,
)

log = logging.getLogger(__name__)

CONNECTIONS_MAX = 4_000
"""Two a box: its logs, and its control link."""
HELLO_SECONDS_MAX = 10.0
FETCH_IDLE_SECONDS_MAX = 120.0
WRITE_SECONDS_MAX = 30.0
READ_BYTES_MAX = 256 * 1024
SOURCES_MAX = 64
RETRY_SECONDS = 2
RETRY_FULL_SECONDS = 10
POSITION_MAX = 2**62

_DEVICE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SOURCE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_PRODUCT = re.compile(r"[a-z0-9_-]{1,32}")


class Refused(Exception):
    """This connection can't go on; the edge is told why."""

    def __init__(self, code: str, reason: str, retry_after_seconds: int = 0) -> None:
        super().__init__(reason)
        self.refusal = Refusal(code, reason, retry_after_seconds)


class EdgeCollector:
    """Listens for edges. ``admits`` says whether a device may still send (default: its certificate is enough).

    ``files``: the definitions' repository, for connections that begin with a ``Fetch``. ``desk``: where control links
    are attended, which begin with ``Attend``.
    """

    def __init__(
        self,
        bus: Bus,
        context: ssl.SSLContext,
        admits: Callable[[str], bool] = lambda device: True,
        files: RepositoryFiles | None = None,
        desk: ControlDesk | None = None,
    ) -> None:
        self._bus = bus
        self._desk = desk
        self._files = files
        self._context = context
        self._admits = admits
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self.batches = 0
        self.repeats = 0
        self.refusals = 0

    async def listen(self, host: str, port: int) -> int:
        """Start to listen, also on an address that doesn't exist yet; the port that it became."""
        listener = listening_socket(host, port)
        server = await asyncio.start_server(
            self._serve, sock=listener, ssl=self._context, ssl_handshake_timeout=HANDSHAKE_SECONDS_MAX
        )
        self._servers.append(server)
        return listener.getsockname()[1]

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a server's callback is always a task
        self._connections.add(task)
        try:
            await self._connection(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.info("a log link ended: %s", error)
        except asyncio.CancelledError:
            return  # we are closing; the edge comes again
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _keep_alive(writer.get_extra_info("socket"))
        try:
            await self._talk(Inbox(reader), writer)
        except Refused as refused:
            self.refusals += 1
            log.warning("a log link is refused: %s", refused)
            await _send(writer, refused.refusal)
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def _talk(self, inbox: Inbox, writer: asyncio.StreamWriter) -> None:
        device = self._device(writer)
        async with asyncio.timeout(HELLO_SECONDS_MAX):
            hello = await inbox.next()
        if isinstance(hello, Fetch) and self._files is not None:
            await self._serve_files(self._files, hello, inbox, writer)
            return
        if isinstance(hello, Attend) and self._desk is not None:
            await self._attend(self._desk, device, hello, inbox, writer)
            return
        if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
            raise Refused("protocol", f"this is protocol {PROTOCOL}, and it starts with a hello")
        known = await self._positions(device, hello.sources)
        await _send(writer, Welcome(PROTOCOL, {s: p for s, p in known.items() if p is not None}))
        while (message := await inbox.next()) is not None:
            if not isinstance(message, LogBatch) or message.source not in known:
                raise Refused("order", "after the welcome only batches of the sources in the hello may come")
            await self._take(device, message, known[message.source])
            known[message.source] = max(message.next, known[message.source] or message.next)
            await _send(writer, Ack(message.source, message.next))

    async def _attend(
        self, desk: ControlDesk, device: str, attend: Attend, inbox: Inbox, writer: asyncio.StreamWriter
    ) -> None:
        if attend.protocol != CONTROL_PROTOCOL:
            raise Refused("protocol", f"this is control protocol {CONTROL_PROTOCOL}")

        async def send(message: FromCentre) -> None:
            await _send(writer, message)

        try:
            await desk.attend(device, inbox.next, send)
        except WireError as error:
            raise Refused("order", str(error)) from error

    async def _serve_files(
        self, files: RepositoryFiles, asked: Fetch, inbox: Inbox, writer: asyncio.StreamWriter
    ) -> None:
        """One file after the other, each only after the one before has gone out."""
        if not files.take():
            raise Refused("busy", "as many boxes as may are fetching definitions", RETRY_BUSY_SECONDS)
        try:
            message: FromEdge | None = asked
            while message is not None:
                if not isinstance(message, Fetch):
                    raise Refused("order", "on a connection for files only files can be asked for")
                async for part in files.answers(message.path):
                    await _send(writer, part)
                async with asyncio.timeout(FETCH_IDLE_SECONDS_MAX):
                    message = await inbox.next()
        finally:
            files.leave()

    def _device(self, writer: asyncio.StreamWriter) -> str:
        device = certificate_name(writer.get_extra_info("ssl_object"))
        if device is None or not _DEVICE.fullmatch(device) or not self._admits(device):
            raise Refused("device", "this certificate is not that of an active device")
        if len(self._connections) > CONNECTIONS_MAX:
            raise Refused("busy", "too many connections", RETRY_FULL_SECONDS)
        return device

    async def _positions(self, device: str, sources: tuple[str, ...]) -> dict[str, Position | None]:
        if len(sources) > SOURCES_MAX or not all(_SOURCE.fullmatch(source) for source in sources):
            raise Refused("sources", f"at most {SOURCES_MAX} sources, named by letters, digits and _.:/-")
        try:
            return {source: _position(await self._bus.position(device, source)) for source in sources}
        except BusUnavailable as error:
            raise Refused("unavailable", str(error), RETRY_SECONDS) from error

    async def _take(self, device: str, batch: LogBatch, known: Position | None) -> None:
        """Return only when every line of the batch is in the stream."""
        _check(batch)
        if known is not None and batch.next <= known:
            self.repeats += 1
            return
        if known is not None and batch.first < known:
            # The welcome of the next connection says from where to go on.
            raise Refused("overlap", f"{batch.source} is known up to {known}, this batch starts at {batch.first}", 1)
        for message, position in _stream_batches(device, batch, time.time()):
            await self._publish(device, batch.source, message, position)

    async def _publish(self, device: str, source: str, message: StreamBatch, position: Position) -> None:
        try:
            new = await self._bus.publish(
                device, source, encode(message), message_id=message.batch_id, next=str(position)
            )
        except BusFull as error:
            raise Refused("full", str(error), RETRY_FULL_SECONDS) from error
        except BusUnavailable as error:
            raise Refused("unavailable", str(error), RETRY_SECONDS) from error
        self.batches += 1
        self.repeats += not new


class Inbox:
    """Messages of one edge, one at a time; None at the end. Raises Refused for what is no message."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._deframer = Deframer()
        self._payloads: list[bytes] = []

    async def next(self) -> FromEdge | None:
        try:
            while not self._payloads:
                data = await self._reader.read(READ_BYTES_MAX)
                if not data:
                    return None
                self._payloads += self._deframer.feed(data)
            return read_from_edge(self._payloads.pop(0))
        except WireError as error:
            raise Refused("wire", str(error)) from error


def _check(batch: LogBatch) -> None:
    if not Position(0, 0) <= batch.first < batch.next <= Position(POSITION_MAX, POSITION_MAX):
        raise Refused("position", f"a batch can't go from {batch.first} to {batch.next}")
    if not _PRODUCT.fullmatch(batch.product) or batch.lines < 0:
        raise Refused("batch", "a batch names its product and the number of its lines")


def _stream_batches(device: str, batch: LogBatch, received_at: float) -> Iterator[tuple[StreamBatch, Position]]:
    """The batch as stream messages: nearly always one, more when it is too large for one."""
    whole = _stream_batch(device, batch, batch.first, batch.next, batch.lines, batch.body, received_at)
    if len(whole.body) < MESSAGE_BYTES_MAX - 2_000:
        yield whole, batch.next
        return
    for offset, part in _parts(batch):
        first = Position(batch.first.generation, batch.first.offset + offset)
        last = Position(first.generation, first.offset + len(part))
        ends = batch.next if offset + len(part) >= batch.next.offset - batch.first.offset else last
        yield _stream_batch(device, batch, first, ends, part.count(b"\n"), pack_lines(part), received_at), ends


def _stream_batch(
    device: str, batch: LogBatch, first: Position, next_: Position, lines: int, body: bytes, received_at: float
) -> StreamBatch:
    return StreamBatch(
        # Both ends: should an edge that lost its notes cut anew, nothing may pass for what it isn't.
        batch_id=batch_id(device, batch.source, f"{first}-{next_}"),
        device=device,
        source=batch.source,
        product=batch.product,
        first=str(first),
        received_at=received_at,
        records=lines,
        framing="lines",
        body=body,
    )


def _parts(batch: LogBatch) -> Iterator[tuple[int, bytes]]:
    """(offset, lines) of at most RAW_BYTES_MAX each; a longer line is cut."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(batch.body, max_output_size=UNPACKED_BYTES_MAX)
    except zstandard.ZstdError as error:
        raise Refused("body", f"a body does not unpack: {error}") from error
    at = 0
    while at < len(raw):
        end = min(at + RAW_BYTES_MAX, len(raw))
        if end < len(raw):
            end = raw.rfind(b"\n", at, end) + 1 or end
        yield at, raw[at:end]
        at = end


def _position(text: str | None) -> Position | None:
    if not text:
        return None
    generation, _, offset = text.partition(":")
    return Position(int(generation), int(offset))


async def _send(writer: asyncio.StreamWriter, message: FromCentre) -> None:
    writer.write(frame(message))
    async with asyncio.timeout(WRITE_SECONDS_MAX):
        await writer.drain()


def _keep_alive(connection: socket.socket) -> None:
    """A device that vanished is noticed within a minute."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 4)):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
