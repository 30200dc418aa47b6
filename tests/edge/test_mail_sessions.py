"""Sessions of SMTP and POP3 with real clients and servers on loopback: what passes, and what is never lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import poplib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from sekisho_edge.mail import pop3, smtp
from sekisho_edge.mail.events import Events
from sekisho_edge.mail.examine import Findings
from sekisho_edge.mail.rspamd import Opinion
from sekisho_edge.mail.service import identity_of
from sekisho_edge.mail.settings import Settings
from sekisho_edge.mail.treat import treat
from sekisho_edge.mail.wire import TooLarge, Wire, WireError, stuffed

from .conftest import wait_until
from .test_mail_message import letter, read

MESSAGE_BYTES_MAX = 1 << 20
TAG = Settings(definitions="", run="", spam="tag")


def spam_if_it_says_so(message: bytes) -> Findings:
    return Findings(Opinion(b"GTUBE" in message, 15.0, 15.0))


@dataclass
class Box:
    """Our side of the sessions, in a thread of its own; ``server`` is where it connects to."""

    session: Callable
    server: tuple[str, int]
    rules: Settings = TAG
    findings: Callable[[bytes], Findings] = spam_if_it_says_so
    identity: ssl.SSLContext | None = None
    lines: list[dict] = field(default_factory=list)
    port: int = 0
    tasks: list[asyncio.Task] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    async def _judge(self, message, envelope):
        self.envelope = envelope
        found = self.findings(message)
        return treat(message, self.rules, found), found

    async def _take(self, reader, writer):
        opened = []

        async def connect() -> Wire:
            try:
                opened.append(Wire(*await asyncio.open_connection(*self.server)))
            except OSError as error:
                raise WireError(str(error)) from error
            self.wires.append(opened[-1])
            return opened[-1]

        client = Wire(reader, writer)
        self.tasks.append(asyncio.current_task())
        self.wires.append(client)
        more = {"identity": self.identity} if self.session is smtp.Session else {}
        made = self.session(
            client, connect, self._judge, Events(lambda line: self.lines.append(json.loads(line))), "127.0.0.1",
            ("192.0.2.25", 25), MESSAGE_BYTES_MAX, **more,
        )  # fmt: skip
        try:
            with contextlib.suppress(WireError, TooLarge):
                await made.run()
        finally:
            for wire in (client, *opened):
                await wire.close()

    async def serve(self, ready: threading.Event) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self.stop.wait()
        server.close()
        for wire in self.wires:
            wire.abort()
        await asyncio.gather(*self.tasks, return_exceptions=True)


@contextlib.contextmanager
def working(box: Box) -> Iterator[Box]:
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(box.serve(ready)))
    thread.start()
    assert ready.wait(10)
    try:
        yield box
    finally:
        box.loop.call_soon_threadsafe(box.stop.set)
        thread.join(10)


def anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Mailbox:
    """A real server that keeps what it was given."""

    def __init__(self) -> None:
        self.envelopes: list = []
        self.answer = "250 2.0.0 kept"

    def subjects(self) -> list[str]:
        return [read(envelope.content)["Subject"] for envelope in self.envelopes]

    async def handle_DATA(self, server, session, envelope) -> str:
        self.envelopes.append(envelope)
        return self.answer


class CountingController(Controller):
    """Knows which of its connections are still open, so that it isn't ended in the middle of one."""

    def __init__(self, *args, **how) -> None:
        super().__init__(*args, **how)
        self.open: set[SMTP] = set()

    def factory(self) -> SMTP:
        controller = self

        class Counted(SMTP):
            def connection_made(self, transport):
                controller.open.add(self)
                super().connection_made(transport)

            def connection_lost(self, error):
                controller.open.discard(self)
                super().connection_lost(error)

        return Counted(self.handler, **self.SMTP_kwargs)


@contextlib.contextmanager
def mail_server(**how) -> Iterator[tuple[Mailbox, tuple[str, int]]]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = CountingController(mailbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, **how)
    controller.start()
    try:
        yield mailbox, ("127.0.0.1", port)
        wait_until(lambda: not controller.open)
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, tuple[str, int]]]:
    with mail_server() as made:
        yield made


def send(box: Box, message: bytes, sender: str = "a@lab.example", to: tuple[str, ...] = ("b@lab.example",), **how):
    with smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
        return client.sendmail(sender, list(to), message, **how)


def test_a_message_arrives_as_it_was_sent_with_its_envelope(mailbox):
    kept, address = mailbox
    with working(Box(smtp.Session, address)) as box:
        assert send(box, letter(), "", ("b@lab.example", "c@lab.example")) == {}
    (envelope,) = kept.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("<>", ["b@lab.example", "c@lab.example"])
    assert envelope.content == letter()
    (line,) = box.lines
    assert line["recipients"] == ["b@lab.example", "c@lab.example"]
    assert (line["action"], line["reply"]) == ("delivered", "250 2.0.0 kept")
    assert "monthly report" not in json.dumps(line)


def test_spam_is_tagged_or_deleted_and_the_sender_is_told_it_was_taken(mailbox):
    kept, address = mailbox
    with working(Box(smtp.Session, address)) as box:
        send(box, letter(text="GTUBE\n"))
        box.rules = Settings(definitions="", run="", spam="delete")
        send(box, letter(text="GTUBE\n"))
        send(box, letter(text="no spam\n"))
    assert kept.subjects() == ["[SPAM] monthly report", "monthly report"]
    assert [line["action"] for line in box.lines] == ["tagged", "deleted", "delivered"]


BODIES = [
    b".\r\n", b"..\r\n.a\r\n",
    b"a\r\n.\r\nb\r\n", b"", b"\xff\xfe\x00 8-bit \r\n", b"a" * 70_000 + b"\r\n", b"x\r\n" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    BODIES,
    ids=["a dot", "dots", "a dot alone", "nothing", "8-bit", "a long line", "many lines"],
)  # fmt: skip
def test_bodies_that_are_hard_on_the_wire_arrive_unchanged(mailbox, body: bytes):
    kept, address = mailbox
    message = b"Subject: x\r\n\r\n" + body
    with working(Box(smtp.Session, address)) as box:
        SMTP.line_length_limit, before = 1 << 20, SMTP.line_length_limit
        try:
            send(box, message, mail_options=["BODY=8BITMIME"])
        finally:
            SMTP.line_length_limit = before
    assert kept.envelopes[0].content == message


def test_nothing_can_be_smuggled_past_the_end_of_a_message(mailbox):
    kept, address = mailbox
    smuggled = (
        b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<evil@x>\r\nRCPT TO:<v@x>\r\nDATA\r\nSubject: y\r\n\r\nsmuggled\r\n"
    )
    with working(Box(smtp.Session, address)) as box, smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
        client.ehlo()
        client.mail("a@lab.example")
        client.rcpt("b@lab.example")
        client.docmd("DATA")
        client.send(smuggled + b".\r\n")
        assert client.getreply()[0] == 250
    (envelope,) = kept.envelopes
    assert b"\r\n.\r\nMAIL FROM" in envelope.content


def test_a_pipelining_client_is_served_in_order(mailbox):
    kept, address = mailbox
    with working(Box(smtp.Session, address)) as box, socket.create_connection(("127.0.0.1", box.port)) as client:
        client.sendall(b"EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n")
        client.sendall(
            b"Subject: 1\r\n\r\none\r\n.\r\nMAIL FROM:<a@x>\r\nRCPT TO:<c@x>\r\nDATA\r\nSubject: 2\r\n\r\n.\r\nQUIT\r\n"
        )
        with client.makefile("rb") as replies:
            said = replies.read()
    assert said.count(b"250 2.0.0 kept") == 2 and said.rstrip().rpartition(b"\r\n")[2].startswith(b"221")
    assert [envelope.rcpt_tos for envelope in kept.envelopes] == [["b@x"], ["c@x"]]


def test_only_extensions_that_can_be_followed_are_offered(mailbox):
    _, address = mailbox
    with working(Box(smtp.Session, address)) as box, smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(MESSAGE_BYTES_MAX)
        assert "8bitmime" in client.esmtp_features and "starttls" not in client.esmtp_features
        assert client.docmd("BDAT 3 LAST")[0] == 502


def test_a_message_over_the_limit_is_refused_and_the_session_goes_on(mailbox):
    kept, address = mailbox
    with working(Box(smtp.Session, address)) as box, smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.ehlo()
            client.mail("a@lab.example")
            client.rcpt("b@lab.example")
            raise smtplib.SMTPDataError(*client.data(b"Subject: x\r\n\r\n" + b"y" * 900 * 2_000))
        assert refused.value.smtp_code == 552
        client.sendmail("a@lab.example", ["b@lab.example"], letter())
    assert len(kept.envelopes) == 1
    assert [line["action"] for line in box.lines] == ["refused", "delivered"]


def test_the_servers_refusals_are_the_clients(mailbox):
    kept, address = mailbox
    kept.answer = "554 5.7.1 not here"
    with working(Box(smtp.Session, address)) as box:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(box, letter())
        assert (refused.value.smtp_code, refused.value.smtp_error) == (554, b"5.7.1 not here")
        with smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
            client.ehlo()
            assert client.docmd("DATA")[0] == 503
    assert [line["action"] for line in box.lines] == ["refused"]


def test_a_server_that_is_down_leaves_the_message_with_its_sender():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = nobody.getsockname()
    with working(Box(smtp.Session, address)) as box, pytest.raises(smtplib.SMTPConnectError) as refused:
        send(box, letter())
    assert refused.value.smtp_code == 421


def test_a_server_that_dies_in_the_middle_leaves_the_message_with_its_sender(mailbox):
    kept, address = mailbox

    async def dies(server, session, envelope):
        session_transport = server.transport
        session_transport.abort()
        return "250 never heard"

    kept.handle_DATA = dies
    with working(Box(smtp.Session, address)) as box, pytest.raises(smtplib.SMTPDataError) as refused:
        send(box, letter())
    assert refused.value.smtp_code == 421


def test_a_closed_line_puts_mail_off_while_an_engine_is_down(mailbox):
    kept, address = mailbox
    box = Box(smtp.Session, address, Settings(definitions="", run="", spam="tag", failure="closed"))
    box.findings = lambda _: Findings(gaps=("rspamd:engine-down",))
    with working(box):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(box, letter())
        assert refused.value.smtp_code == 451
        box.findings = lambda _: Findings()
        send(box, letter())
    assert len(kept.envelopes) == 1


def test_both_sides_are_encrypted_as_far_as_they_offer_it(tmp_path: Path):
    (tmp_path / "server").mkdir()
    context = identity_of(tmp_path / "server")
    own = identity_of(tmp_path)
    with (
        mail_server(tls_context=context, require_starttls=True) as (kept, address),
        working(Box(smtp.Session, address, identity=own)) as box,
    ):
        with smtplib.SMTP("127.0.0.1", box.port, timeout=20) as client:
            client.starttls(context=anybody())
            client.sendmail("a@lab.example", ["b@lab.example"], letter(text="GTUBE\n"))
        send(box, letter())
    assert kept.subjects() == ["[SPAM] monthly report", "monthly report"]


class Pop3Server(threading.Thread):
    """A small POP3 server with the given messages."""

    def __init__(self, *messages: bytes) -> None:
        super().__init__()
        self.messages = messages
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = self.socket.getsockname()

    def run(self) -> None:
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rwb") as wire:
            wire.write(b"+OK ready\r\n")
            wire.flush()
            for line in wire:
                wire.write(self.answer(line.decode().split()))
                wire.flush()
                if line.startswith(b"QUIT"):
                    return

    def answer(self, words: list[str]) -> bytes:
        match words[0].upper(), words[1:]:
            case "CAPA", _:
                return b"+OK\r\nUSER\r\nSTLS\r\nUIDL\r\n.\r\n"
            case "LIST", []:
                return (
                    b"+OK\r\n" + b"".join(b"%d %d\r\n" % (n, len(m)) for n, m in enumerate(self.messages, 1)) + b".\r\n"
                )
            case "RETR", [number]:
                message = self.messages[int(number) - 1]
                return b"+OK %d octets\r\n" % len(message) + stuffed(message)
            case "TOP", [number, _]:
                return b"+OK\r\n" + self.messages[int(number) - 1].partition(b"\r\n\r\n")[0] + b"\r\n\r\n.\r\n"
            case "NOPE", _:
                return b"-ERR no\r\n"
            case _:
                return b"+OK\r\n"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.join(10)


def test_what_is_fetched_is_examined_and_tagged_on_its_way():
    ham, spam = letter(text="..\n.a\n.\n"), letter(text="GTUBE\n")
    with Pop3Server(ham, spam) as server, working(Box(pop3.Session, server.address)) as box:
        client = poplib.POP3("127.0.0.1", box.port, timeout=20)
        client.user("me")
        client.pass_("secret")
        assert set(client.capa()) == {"USER", "UIDL"}
        assert len(client.list()[1]) == 2
        assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == ham
        assert read(b"\r\n".join(client.retr(2)[1]))["Subject"] == "[SPAM] monthly report"
        assert client.top(1, 0)[0].startswith(b"+OK")
        with pytest.raises(poplib.error_proto):
            client._shortcmd("NOPE")
        client.quit()
    assert [line["action"] for line in box.lines] == ["delivered", "tagged"]
    assert all(line["protocol"] == "pop3" for line in box.lines)


def test_what_is_too_large_to_examine_is_handed_on_unread_and_the_log_says_so():
    large = b"Subject: x\r\n\r\nGTUBE\r\n" + b"y" * 70 + b"\r\n" + (b"z" * 98 + b"\r\n") * 12_000
    with Pop3Server(large, letter()) as server, working(Box(pop3.Session, server.address)) as box:
        client = poplib.POP3("127.0.0.1", box.port, timeout=20)
        assert b"\r\n".join(client.retr(1)[1]) + b"\r\n" == large
        client.retr(2)
        client.quit()
    assert [line["action"] for line in box.lines] == ["allowed", "delivered"]
    assert box.lines[0]["not_scanned"] == ["message:too-large"]


def test_a_closed_line_keeps_mail_on_its_server_while_an_engine_is_down():
    with Pop3Server(letter()) as server:
        box = Box(pop3.Session, server.address, Settings(definitions="", run="", spam="tag", failure="closed"))
        box.findings = lambda _: Findings(gaps=("rspamd:engine-down",))
        with working(box):
            client = poplib.POP3("127.0.0.1", box.port, timeout=20)
            with pytest.raises(poplib.error_proto, match="SYS/TEMP"):
                client.retr(1)
            client.quit()
