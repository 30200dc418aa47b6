"""One SMTP session: the client's words go to the server it called, the server's replies come back.

Only three things are ours. The list of extensions is cut to what can be followed (no CHUNKING, no BINARYMIME). TLS is
spoken on both sides, each for itself, as far as the sides offer it. And a message is held, examined and treated before
the server gets it; the reply to it is the server's. A client that hears nothing still has its message and tries again.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sekisho_edge.mail.events import RECIPIENTS_MAX, Events, facts_of, shown
from sekisho_edge.mail.examine import Findings
from sekisho_edge.mail.rspamd import Envelope
from sekisho_edge.mail.treat import Action, Treated
from sekisho_edge.mail.wire import TooLarge, Wire, WireError, stuffed

KEEPALIVE_SECONDS = 60.0
"""The server hears something while its client takes long over a message."""
_LEFT_OUT = {b"CHUNKING", b"BINARYMIME", b"STARTTLS", b"XCLIENT", b"XFORWARD", b"SIZE"}
_PATH = re.compile(rb":\s*<([^>\r\n]*)>|:\s*([^\s<>]+)")

Judge = Callable[[bytes, Envelope], Awaitable[tuple[Treated, Findings]]]


@dataclass
class Session:
    """``connect`` opens a new connection to the server. ``identity`` is our side's certificate, if there is one."""

    client: Wire
    connect: Callable[[], Awaitable[Wire]]
    judge: Judge
    events: Events
    peer: str
    called: tuple[str, int]
    message_bytes_max: int
    identity: ssl.SSLContext | None = None
    server: Wire | None = None
    helo: bytes = b""
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    server_offers_tls: bool = False
    _heard_at: float = 0.0

    async def run(self) -> None:
        """From the server's greeting to the end of either side; WireError when one breaks off."""
        try:
            self.server = await self.connect()
            await self._relay(await self.server.reply())
        except WireError:
            await self.client.send(b"421 4.4.1 The server that you called does not answer; try again later\r\n")
            raise
        while line := await self.client.line():
            try:
                if await self._command(line):
                    return
            except WireError:
                await self.client.send(b"421 4.4.2 The connection to the server was lost; try again later\r\n")
                raise

    async def _command(self, line):
        verb = line.strip().split(b" ", 1)[0].split(b"\t", 1)[0].upper()
        match verb:
            case b"EHLO" | b"HELO":
                await self._greet(line, verb)
            case b"STARTTLS":
                await self._secure()
            case b"BDAT":
                await self.client.send(b"502 5.5.1 Not offered\r\n")
            case b"DATA":
                await self._data(line)
            case _:
                reply = await self._ask(line)
                self._note(verb, line, reply)
                await self._relay(reply)
        return verb == b"QUIT"

    async def _greet(self, line, verb):
        self.helo = line.strip().split(b" ", 1)[-1]
        reply = await self._ask(line)
        if verb == b"EHLO" and _offers(reply, b"STARTTLS") and not self.server.encrypted:
            reply = await self._secure_server(line, reply)
        if verb == b"EHLO" and reply[0].startswith(b"250"):
            reply = self._offered(reply)
        self._forget()
        await self._relay(reply)

    async def _secure_server(self, line, reply):
        """As mail servers do among themselves: encrypted if it can be had, whoever the other side is."""
        if not (await self._ask(b"STARTTLS\r\n"))[0].startswith(b"220"):
            return reply
        try:
            await self.server.secure(_anybody())
        except WireError:
            await self.server.close()
            self.server = await self.connect()
            await self.server.reply()
        return await self._ask(line)

    def _offered(self, reply):
        """The server's list without what we don't follow, our limit, and TLS to us."""
        sizes = [int(one) for line in reply for one in re.findall(rb"(?i)^250[- ]SIZE (\d+)", line)]
        lines = [line.strip()[4:] for line in reply]
        kept = [lines[0], *(line for line in lines[1:] if line.upper().split(b" ")[0] not in _LEFT_OUT)]
        kept.append(b"SIZE %d" % min([self.message_bytes_max, *(size for size in sizes if size)]))
        if self.identity and not self.client.encrypted:
            kept.append(b"STARTTLS")
        return [b"250%s%s\r\n" % (b" " if line is kept[-1] else b"-", line) for line in kept]

    async def _secure(self):
        if self.identity is None or self.client.encrypted:
            await self.client.send(b"502 5.5.1 Not offered\r\n")
            return
        await self.client.send(b"220 2.0.0 Ready to start TLS\r\n")
        await self.client.secure(self.identity)
        self._forget()

    async def _data(self, line):
        if not self.recipients:
            await self._relay(await self._refused_data(line))
            return
        await self.client.send(b"354 End data with <CR><LF>.<CR><LF>\r\n")
        self._heard_at = time.monotonic()
        try:
            message = await self.client.message(self.message_bytes_max, self._keep_alive)
        except TooLarge:
            await self._ask(b"RSET\r\n")
            reply = [b"552 5.3.4 The message is larger than what is offered\r\n"]
            self._report(Action.DELIVERED, reply, b"", Findings())
            await self._relay(reply)
        else:
            await self._deliver(message)
        self._forget()

    async def _refused_data(self, line):
        """Without recipients a server refuses; one that doesn't gets no message all the same."""
        reply = await self._ask(line)
        if reply[0].startswith(b"354"):
            reply = await self._ask(b".\r\n")
        return reply

    async def _deliver(self, message):
        envelope = Envelope(self.peer, self.helo.decode(errors="replace"), self.sender, tuple(self.recipients))
        treated, findings = await self.judge(message, envelope)
        match treated.action:
            case Action.DELETED:
                await self._ask(b"RSET\r\n")
                reply = [b"250 2.0.0 Taken, and deleted by policy\r\n"]
            case Action.DEFERRED:
                await self._ask(b"RSET\r\n")
                reply = [b"451 4.7.1 Mail can't be examined now; try again later\r\n"]
            case _:
                reply = await self._ask(b"DATA\r\n")
                if reply[0].startswith(b"354"):
                    reply = await self._ask(stuffed(treated.message))
        self._report(treated.action, reply, message, findings)
        await self._relay(reply)

    def _report(self, action, reply, message, findings):
        """What the server refuses is refused, whatever we would have done with it."""
        refused = action not in (Action.DELETED, Action.DEFERRED) and not reply[0].startswith(b"2")
        self.events.report(
            "message",
            "refused" if refused else action.value,
            protocol="smtp",
            client=self.peer,
            server=self.called[0],
            server_port=self.called[1],
            sender=shown(self.sender),
            recipients=[shown(one) for one in self.recipients[:RECIPIENTS_MAX]],
            reply=shown(reply[-1].decode(errors="replace").strip()),
            **facts_of(message, findings),
        )

    async def _keep_alive(self):
        if time.monotonic() - self._heard_at > KEEPALIVE_SECONDS:
            self._heard_at = time.monotonic()
            await self._ask(b"NOOP\r\n")

    async def _ask(self, line):
        await self.server.send(line)
        return await self.server.reply()

    async def _relay(self, reply):
        await self.client.send(*reply)

    def _note(self, verb, line, reply):
        """The envelope, as far as the server takes it."""
        if verb == b"RSET":
            self._forget()
        if not reply[0].startswith(b"2"):
            return
        if verb == b"MAIL":
            self._forget()
            self.sender = _path(line)
        elif verb == b"RCPT":
            self.recipients.append(_path(line))

    def _forget(self):
        self.sender, self.recipients = "", []


def _offers(reply, extension):
    return any(line[4:].strip().upper() == extension for line in reply)


def _path(line):
    found = _PATH.search(line)
    return (found[1] if found[1] is not None else found[2]).decode(errors="replace") if found else ""


def _anybody():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
