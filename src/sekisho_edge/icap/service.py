"""What becomes of one request or response. All I/O is done by the ``Exchange`` that is handed in.

A body is kept until it is judged. Whoever waits long for a large file gets drops of it meanwhile (comfort); when it
then is infected, the transfer is cut before its end, and asked for again it is refused with a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sekisho_edge.icap import pages, replies
from sekisho_edge.icap.comfort import Comfort
from sekisho_edge.icap.events import Events
from sekisho_edge.icap.files import Kept, NoRoom
from sekisho_edge.icap.held import Sandboxing
from sekisho_edge.icap.judge import BUSY, Judge, Opinion, unscanned
from sekisho_edge.icap.learned import Learned
from sekisho_edge.icap.protocol import Request
from sekisho_edge.icap.settings import Settings
from sekisho_edge.icap.writes import ViewOnlyRules, WriteRule, url_of
from sekisho_edge.scan import Outcome, Reason

STREAM = "stream"
_STREAMS = ("text/event-stream", "multipart/x-mixed-replace", "application/grpc")
"""Answers without an end: whoever holds them breaks what they are for."""


class Exchange(Protocol):
    """One transaction, as the server does it."""

    request: Request
    continued: bool
    """Whether more than the preview was asked for, so that the proxy may no longer have the body."""

    def pieces(self) -> AsyncIterator[bytes]:
        """The body; asks for what follows the preview when it is needed."""

    async def send(self, data: bytes) -> None: ...

    def put_back(self, data: bytes) -> None:
        """A piece that could not be used: the next to read gets it again."""

    def cut(self) -> None:
        """End the connection in the middle: whoever receives knows that it is not whole."""


class Service:
    """Decides under one set of settings; another set is another Service."""

    def __init__(
        self, settings: Settings, catalogue: Mapping[str, Sequence[WriteRule]], events: Events | None = None
    ) -> None:
        self._settings = settings
        self._events = events or Events()
        self._learned = Learned(Path(settings.run) / "learned.sha256")
        self._judge = Judge(settings, self._learned)
        self._view_only = ViewOnlyRules(settings.applications, catalogue)
        self._sandbox = Sandboxing(settings, self._judge, self._learned, self._events)
        self._version = 0
        self._identity = hashlib.sha256(repr(settings).encode()).hexdigest()[:16]

    @property
    def tag(self) -> str:
        """Changes when an old answer may no longer be right."""
        return f"{self._identity}.{self._version}"

    async def refresh(self) -> None:
        """Take other definitions if there are any; DefinitionsError leaves the old ones."""
        if await self._judge.refresh():
            self._version += 1

    async def close(self) -> None:
        await self._sandbox.close()

    async def answer(self, exchange: Exchange) -> None:
        """One transaction from its request to the last byte of the answer."""
        request = exchange.request
        match request.method:
            case "OPTIONS":
                method = "REQMOD" if request.uri.rstrip("/").endswith("/request") else "RESPMOD"
                await exchange.send(replies.options(method, self.tag))
            case "REQMOD":
                await self._outgoing(exchange)
            case _:
                await self._incoming(exchange)

    async def _outgoing(self, exchange):
        head, facts = exchange.request.request, _facts(exchange.request)
        if head is None:
            await exchange.send(replies.unchanged(self.tag))
        elif application := self._view_only.refused(head, facts["client"]):
            self._events.report("view-only", "blocked", application=application, **facts)
            await self._refuse(exchange, pages.VIEW_ONLY, {"URL": facts["url"], "Application": application})
        elif exchange.request.has_body and self._settings.malware != "off":
            await self._upload(exchange, head, facts)
        else:
            await self._unchanged(exchange, head, None)

    async def _upload(self, exchange, head, facts):
        with self._kept() as body:
            opinion = await self._receive(exchange, body, _length(head))
            opinion = opinion or await self._judge.of_upload(body, head.get("content-type"))
            if self._passes(opinion, "upload", facts | {"sha256": body.sha256, "size": body.size_bytes}):
                await self._unchanged(exchange, head, body)
            else:
                refusal = pages.UPLOAD if opinion.outcome is Outcome.INFECTED else pages.UNSCANNED
                await self._refuse(exchange, refusal, _shown(facts, opinion))

    async def _incoming(self, exchange):
        request = exchange.request
        if not request.has_body or request.response is None or self._settings.malware == "off":
            await self._unchanged(exchange, request.response, None)
            return
        with self._kept() as body:
            comfort = Comfort(exchange, self.tag, request.response, body, self._settings)
            opinion = await comfort.during(self._examined(exchange, body))
            facts = _facts(request) | {"sha256": body.sha256, "size": body.size_bytes}
            passes = self._passes(opinion, "download", facts)
            if passes and opinion.outcome is Outcome.CLEAN:
                held = self._sandbox.examine(body, _file_name(facts["url"]), facts)
                passes, opinion = await comfort.during(held)
            if passes:
                await self._pass_on(exchange, comfort, request.response, body)
            elif comfort.begun:
                self._events.report("download", "cut", reason="had begun", **facts)
                exchange.cut()
            else:
                await self._refuse(exchange, _refusal(opinion), _shown(facts, opinion))

    async def _examined(self, exchange, body):
        response = exchange.request.response
        if response.get("content-type").partition(";")[0].strip().lower() in _STREAMS:
            return unscanned(STREAM)
        received = await self._receive(exchange, body, _length(response))
        return received or await self._judge.of_download(body, response.get("content-encoding"))

    async def _receive(self, exchange, body, length) -> Opinion | None:
        """The whole body, or why it is not worth being kept whole."""
        too_large = unscanned(Reason.TOO_LARGE.value)
        if length is not None and length > self._settings.file_bytes_max:
            return too_large
        async for piece in exchange.pieces():
            try:
                body.write(piece)
            except NoRoom:
                exchange.put_back(piece)
                return unscanned(BUSY)
            if body.size_bytes > self._settings.file_bytes_max:
                return too_large
        return None

    def _passes(self, opinion, event, facts):
        """Whether it may go on; what is not simply clean is written down."""
        if opinion.outcome is Outcome.CLEAN:
            return True
        prevents = self._settings.malware == "prevent"
        stops = prevents and (opinion.outcome is Outcome.INFECTED or self._stops_unscanned(opinion))
        done = "blocked" if stops else "detected" if opinion.outcome is Outcome.INFECTED else "allowed"
        found = {"engine": opinion.engine, "threat": opinion.threat, "member": opinion.member}
        self._events.report(event, done, outcome=opinion.outcome.value, reason=opinion.reason, **found, **facts)
        return not stops

    def _stops_unscanned(self, opinion):
        if opinion.reason in (Reason.ENGINE_DOWN.value, BUSY):
            return self._settings.failure == "closed"
        return self._settings.unscanned == "block"

    async def _unchanged(self, exchange, head, body):
        """As it came: by a word where the proxy still has it, else by giving it back."""
        request = exchange.request
        if request.allows_204 or not exchange.continued:
            await exchange.send(replies.unchanged(self.tag))
            return
        is_request = request.method == "REQMOD"
        await exchange.send(replies.changed(self.tag, head, is_request=is_request, has_body=request.has_body))
        if request.has_body:
            await _give_back(exchange, body, 0)

    async def _pass_on(self, exchange, comfort, head, body):
        if comfort.begun:
            await _give_back(exchange, body, comfort.sent_bytes)
        else:
            await self._unchanged(exchange, head, body)

    async def _refuse(self, exchange, refusal, facts):
        html = pages.page(refusal, facts, self._settings.message)
        await exchange.send(replies.page(self.tag, 403, "Forbidden", html))

    def _kept(self):
        return Kept(self._judge.room, Path(self._settings.run))


async def _give_back(exchange, body, at):
    """What is kept from ``at`` on, and then what is still to come."""
    if body is not None:
        for piece in body.pieces(at):
            await exchange.send(replies.chunk(piece))
    async for piece in exchange.pieces():
        await exchange.send(replies.chunk(piece))
    await exchange.send(replies.LAST_CHUNK)


def _facts(request):
    """Who asked for what, in the words of the log."""
    head = request.request
    status = request.response.first.split(" ")[1:2] if request.response else []
    return {
        "client": request.icap.get("x-client-ip"),
        "method": head.first.partition(" ")[0] if head else "",
        "url": url_of(head),
        "status": int(status[0]) if status and status[0].isdigit() else None,
    }


def _shown(facts, opinion):
    return {"URL": facts["url"], "Name": opinion.threat, "Reason": opinion.reason, "SHA-256": facts.get("sha256", "")}


def _refusal(opinion):
    if opinion.outcome is Outcome.INFECTED:
        return pages.VIRUS
    return pages.HELD if opinion.engine else pages.UNSCANNED


def _length(head):
    text = head.get("content-length")
    return int(text) if text.isascii() and text.isdigit() else None


def _file_name(url):
    return url.partition("?")[0].rpartition("/")[2]
