"""One POP3 session: the client fetches from the server it called; each message is examined on its way.

TLS inside the session (STLS) is left out of the server's list of abilities, so that programs which may do without it
do. One that insists is let through unread, and the log says so: its certificate must be the server's own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sekisho_edge.mail.events import Events, facts_of
from sekisho_edge.mail.rspamd import Envelope
from sekisho_edge.mail.smtp import Judge
from sekisho_edge.mail.treat import Action
from sekisho_edge.mail.wire import TooLarge, Wire, WireError, stuffed

LISTS_WITHOUT_ARGUMENT = (b"LIST", b"UIDL", b"AUTH")
LIST_BYTES_MAX = 16 << 20
_OCTETS = re.compile(rb"^\+OK\s+(\d+)")


@dataclass
class Session:
    """``connect`` opens a connection to the server that the client called."""

    client: Wire
    connect: Callable[[], Awaitable[Wire]]
    judge: Judge
    events: Events
    peer: str
    called: tuple[str, int]
    message_bytes_max: int
    server: Wire | None = None

    async def run(self) -> None:
        """To the end of either side; WireError when one breaks off."""
        try:
            self.server = await self.connect()
        except WireError:
            await self.client.send(b"-ERR [SYS/TEMP] The server that you called does not answer\r\n")
            raise
        await self.client.send(await self._answer())
        while line := await self.client.line():
            if await self._command(line):
                return

    async def _command(self, line):
        words = line.strip().split()
        verb = words[0].upper() if words else b""
        answer = await self._ask(line)
        if verb == b"STLS" and answer.startswith(b"+OK"):
            await self._let_through(answer)
            return True
        await self._reply(verb, words, answer)
        return verb == b"QUIT"

    async def _reply(self, verb, words, answer):
        if not answer.startswith(b"+OK"):
            await self.client.send(answer)
        elif verb == b"RETR":
            await self._fetch(answer)
        elif verb == b"TOP":
            await self.client.send(answer, stuffed(await self.server.message(self.message_bytes_max)))
        elif verb == b"CAPA":
            listed = await self.server.message(LIST_BYTES_MAX)
            kept = [one for one in listed.splitlines(keepends=True) if one.strip().upper() != b"STLS"]
            await self.client.send(answer, stuffed(b"".join(kept)))
        elif verb in LISTS_WITHOUT_ARGUMENT and len(words) == 1:
            await self.client.send(answer, stuffed(await self.server.message(LIST_BYTES_MAX)))
        else:
            await self.client.send(answer)

    async def _fetch(self, answer):
        announced = _OCTETS.search(answer)
        if announced and int(announced[1]) > self.message_bytes_max:
            self._report("allowed", not_scanned=["message:too-large"])
            await self.client.send(answer)
            await self.server.hand_on(self.client)
            return
        try:
            message = await self.server.message(self.message_bytes_max)
        except TooLarge:
            self._report("refused", not_scanned=["message:too-large"])
            await self.client.send(b"-ERR The message is larger than what can be examined\r\n")
            return
        treated, findings = await self.judge(message, Envelope())
        action = treated.action
        if action is Action.DELETED:  # who fetches has to get something; no policy asks for this
            action = Action.DEFERRED
        self._report(action.value, **facts_of(message, findings))
        if action is Action.DEFERRED:
            await self.client.send(b"-ERR [SYS/TEMP] Mail can't be examined now; try again later\r\n")
            return
        await self.client.send(answer, stuffed(treated.message))

    async def _let_through(self, answer):
        self._report("allowed", not_scanned=["session:encrypted"])
        await self.client.send(answer)
        ways = [
            asyncio.create_task(one) for one in (self.client.pass_on(self.server), self.server.pass_on(self.client))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def _report(self, action, **facts):
        self.events.report(
            "message",
            action,
            protocol="pop3",
            client=self.peer,
            server=self.called[0],
            server_port=self.called[1],
            **facts,
        )

    async def _ask(self, line):
        await self.server.send(line)
        return await self._answer()

    async def _answer(self):
        line = await self.server.line()
        if not line:
            raise WireError("the server ended")
        return line
