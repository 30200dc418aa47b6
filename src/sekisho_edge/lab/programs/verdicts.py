"""A STAND-IN for the centre's sandbox: ``verdicts.py FOLDER HOST PORT``. It runs nothing and knows two words.

It speaks the protocol of the sandbox's door, and says in every answer that it is a stand-in. A file with the word
``SEKISHO-STAND-IN-MALICIOUS`` is malicious after a second, one with ``SEKISHO-STAND-IN-NEVER`` never gets a verdict,
everything else is clean. ``FOLDER`` has ``collector.pem`` and its key, and ``ca.pem`` that signs the boxes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ssl
import sys
from pathlib import Path

from sekisho_wire.logs import Deframer, WireError
from sekisho_wire.sandbox import FILE_BYTES_MAX, Answer, Piece, Question, frame, read_from_edge

BY = "stand-in, not a sandbox"
MALICIOUS, NEVER = b"SEKISHO-STAND-IN-MALICIOUS", b"SEKISHO-STAND-IN-NEVER"
THREAT = "StandIn.Test"
THINKS_SECONDS = 1.0
READ_BYTES = 256 * 1024


class Verdicts:
    """What is known of each file, by hash."""

    def __init__(self) -> None:
        self._known: dict[str, asyncio.Task[str]] = {}

    async def answer(self, question: Question) -> Answer:
        if question.sha256 not in self._known:
            return Answer(question.sha256, "wanted", by=BY)
        return await self._known_answer(question)

    async def take(self, question: Question, content: bytes) -> Answer:
        """A file that was wanted."""
        if hashlib.sha256(content).hexdigest() != question.sha256:
            return Answer(question.sha256, "refused", by=BY)
        self._known.setdefault(question.sha256, asyncio.create_task(_judged(content)))
        return await self._known_answer(question)

    async def _known_answer(self, question):
        task = self._known[question.sha256]
        await asyncio.wait({task}, timeout=question.wait_seconds)
        state = task.result() if task.done() else "pending"
        return Answer(question.sha256, state, THREAT if state == "malicious" else "", BY)


async def _judged(content):
    if NEVER in content:
        await asyncio.Event().wait()
    await asyncio.sleep(THINKS_SECONDS)
    return "malicious" if MALICIOUS in content else "clean"


async def serve(folder: Path, host: str, port: int) -> None:
    """For ever."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "collector.pem", folder / "collector.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    verdicts = Verdicts()

    async def converse(reader, writer):
        with contextlib.suppress(OSError, WireError, asyncio.IncompleteReadError):
            await _converse(verdicts, reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(converse, host, port, ssl=context)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _converse(verdicts, reader, writer):
    deframer, question, content = Deframer(), None, bytearray()
    while data := await reader.read(READ_BYTES):
        for payload in deframer.feed(data):
            match read_from_edge(payload):
                case Question() as question:
                    content.clear()
                    writer.write(frame(await verdicts.answer(question)))
                case Piece(sha256, body, last):
                    if question is None or sha256 != question.sha256 or len(content) + len(body) > FILE_BYTES_MAX:
                        raise WireError("a piece that nobody asked for")
                    content += body
                    if last:
                        writer.write(frame(await verdicts.take(question, bytes(content))))
            await writer.drain()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
