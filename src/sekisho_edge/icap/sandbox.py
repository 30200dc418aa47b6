"""The way to the centre's sandbox, as the ICAP service takes it: over a local socket of the agent, which dials out.

NoSandbox: the centre can't be asked now. The caller's policy says what that means.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

from sekisho_edge.icap.files import Kept
from sekisho_wire.logs import Deframer, WireError
from sekisho_wire.sandbox import PIECE_BYTES, WAIT_SECONDS_MAX, Answer, Kind, Piece, Question, frame, read_from_centre

READ_BYTES = 64 * 1024
SPARE_SECONDS = 5.0
"""What a far answer may take beyond the wait that was asked for."""


class NoSandbox(Exception):
    """No answer; the message says why."""


class SandboxDoor:
    """Asks about files. Nothing is kept open between two questions."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def ask(self, body: Kept, kind: Kind, name: str, seconds: float) -> Answer:
        """The centre's answer within ``seconds``, sending the file when it wants it."""
        deadline = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds + SPARE_SECONDS):
                return await self._ask(body, kind, name, deadline)
        except TimeoutError as error:
            raise NoSandbox("no answer in time") from error
        except (OSError, WireError, ValueError) as error:
            raise NoSandbox(str(error)) from error

    async def _ask(self, body, kind, name, deadline):
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            wait = max(0.0, min(deadline - time.monotonic(), WAIT_SECONDS_MAX))
            question = Question(body.sha256, body.size_bytes, kind, name[:300], wait)
            answer = await _exchange(reader, writer, question)
            if answer.state == "wanted":
                answer = await _send_file(reader, writer, body)
            return answer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _send_file(reader, writer, body):
    at = 0
    while True:
        data = body.part(at, PIECE_BYTES)
        at += len(data)
        last = at >= body.size_bytes
        writer.write(frame(Piece(body.sha256, data, last)))
        await writer.drain()
        if last:
            return await _answer(reader)


async def _exchange(reader, writer, message):
    writer.write(frame(message))
    await writer.drain()
    return await _answer(reader)


async def _answer(reader):
    deframer = Deframer()
    while data := await reader.read(READ_BYTES):
        if payloads := deframer.feed(data):
            return read_from_centre(payloads[0])
    raise WireError("the connection ended without an answer")
