"""Real SMTP servers on loopback, well-behaved and not."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from sekisho.entry.engines import free_port


@dataclass
class Mailbox:
    """Keeps what it takes; ``answers`` are replies to give first, in order, in place of taking."""

    taken: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused_recipients: frozenset[str] = frozenset()
    hold: threading.Event | None = None
    """While it is not set, messages are read and neither taken nor refused."""
    url: str = ""

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list
    ) -> str:
        if address in self.refused_recipients:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        while self.hold is not None and not self.hold.is_set():
            await asyncio.sleep(0.05)
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope)
        return "250 kept as 1"


@contextmanager
def mail_server(**settings: object) -> Iterator[Mailbox]:
    mailbox = Mailbox(**settings)
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    mailbox.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield mailbox
    finally:
        controller.stop()


@contextmanager
def server_that(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that does to its one connection what ``behave`` says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve_one, args=(listening, behave))
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            thread.join(30)


def _serve_one(listening: socket.socket, behave: Callable[[socket.socket], None]) -> None:
    connection, _ = listening.accept()
    with connection:
        behave(connection)


def dies_while_taking(connection: socket.socket) -> None:
    """Says yes to everything, reads the whole message, and hangs up without a word."""
    with connection.makefile("rb") as lines:
        _take(connection, lines)


def takes_and_quarrels_at_goodbye(connection: socket.socket) -> None:
    """Takes the message, then answers QUIT with an error."""
    with connection.makefile("rb") as lines:
        _take(connection, lines)
        connection.sendall(b"250 kept\r\n")
        lines.readline()
        connection.sendall(b"421 no goodbye\r\n")


def _take(connection: socket.socket, lines: BinaryIO) -> None:
    connection.sendall(b"220 here\r\n")
    for reply in (b"250 hello\r\n", b"250 sender\r\n", b"250 recipient\r\n", b"354 go on\r\n"):
        lines.readline()
        connection.sendall(reply)
    while lines.readline() != b".\r\n":
        pass
