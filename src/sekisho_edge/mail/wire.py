"""Lines and messages over one connection, for SMTP and POP3 alike. Timeouts and limits end a session by WireError."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable

LINE_BYTES_MAX = 16_384
READ_BYTES = 64 * 1024
QUIET_SECONDS_MAX = 600.0
"""What mail servers grant each other after a message's end (RFC 5321, 4.5.3.2)."""
REPLY_LINES_MAX = 200
TLS_SECONDS_MAX = 15.0
_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_LINE_START_DOT = re.compile(rb"(?m)^\.")


class WireError(Exception):
    """The other side is gone, silent for too long, or says what can't be followed."""


class TooLarge(Exception):
    """A message over the limit; it was read to its end, so that the session can go on."""


class Wire:
    """One side of a session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self.encrypted = False

    async def line(self) -> bytes:
        """The next line with its end; b"" when the other side has ended."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LINE_BYTES_MAX:
                raise WireError("a line is too long")
            if not await self._more():
                return b""
        return self._take(end + 1)

    async def reply(self) -> list[bytes]:
        """An SMTP reply of one or more lines."""
        lines = []
        while len(lines) < REPLY_LINES_MAX:
            line = await self.line()
            if not line[:3].isdigit():
                raise WireError("the server ended or gave no reply")
            lines.append(line)
            if line[3:4] != b"-":
                return lines
        raise WireError("a reply without an end")

    async def message(self, bytes_max: int, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bytes:
        """Up to the line with a single dot, without the dots of transparency. Bare newlines become line ends, because a
        server behind us might take them for some and see the message's end elsewhere.
        """
        received, searched, dropped = bytearray(b"\r\n"), 0, False
        while True:
            received += self._buffer
            self._buffer.clear()
            if (end := received.find(b"\r\n.\r\n", searched)) >= 0:
                self._buffer += received[end + 5 :]
                break
            if len(received) > bytes_max:
                dropped, received = True, received[-4:]
            searched = max(0, len(received) - 4)
            if not await self._more():
                raise WireError("the connection ended in the middle of a message")
            if meanwhile:
                await meanwhile()
        if dropped or end > bytes_max:
            raise TooLarge
        text = bytes(received[2 : end + 2]).replace(b"\r\n..", b"\r\n.")
        return _BARE_NEWLINE.sub(b"\r\n", text[1:] if text.startswith(b"..") else text)

    async def send(self, *pieces: bytes) -> None:
        self._writer.write(b"".join(pieces))
        try:
            async with asyncio.timeout(QUIET_SECONDS_MAX):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise WireError(f"could not send: {error}") from error

    async def secure(self, context: ssl.SSLContext, hostname: str | None = None) -> None:
        """TLS from here on; what was sent before it in the clear counts for nothing."""
        self._buffer.clear()
        try:
            async with asyncio.timeout(TLS_SECONDS_MAX):
                await self._writer.start_tls(context, server_hostname=hostname)
        except (OSError, TimeoutError) as error:
            raise WireError(f"no TLS: {error}") from error
        self._buffer.clear()
        self.encrypted = True

    async def hand_on(self, other: Wire) -> None:
        """A message up to its end, unread."""
        last = b"\r\n"
        while (end := (last + self._buffer).find(b"\r\n.\r\n")) < 0:
            last = (last + self._buffer)[-4:]
            await other.send(self._take(len(self._buffer)))
            if not await self._more():
                raise WireError("the connection ended in the middle of a message")
        await other.send(self._take(end + 5 - len(last)))

    async def pass_on(self, other: Wire) -> None:
        """Everything that comes, unread, until the end."""
        while self._buffer or await self._more(forever=True):
            await other.send(self._take(len(self._buffer)))

    def abort(self) -> None:
        """End it now; whoever waits for it gets WireError or an end."""
        self._writer.transport.abort()

    async def close(self) -> None:
        with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
            self._writer.close()
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()

    def _take(self, size):
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _more(self, *, forever=False):
        try:
            async with asyncio.timeout(None if forever else QUIET_SECONDS_MAX):
                data = await self._reader.read(READ_BYTES)
        except (OSError, TimeoutError) as error:
            raise WireError(f"nothing came: {error}") from error
        self._buffer += data
        return bool(data)


def stuffed(message: bytes) -> bytes:
    """A message as it goes over the wire: dots doubled, ended by the line with a single dot."""
    ended = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    return _LINE_START_DOT.sub(b"..", ended) + b".\r\n"
