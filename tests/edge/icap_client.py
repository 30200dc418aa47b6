"""A proxy of the tests: speaks ICAP to a running service, byte by byte as Squid does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.icap.events import Events
from sekisho_edge.icap.server import IcapServer
from sekisho_edge.icap.service import Service
from sekisho_edge.icap.settings import Settings

SHIPPED = DEFINITIONS.parent if DEFINITIONS.suffix else DEFINITIONS
ANSWER_SECONDS_MAX = 20.0


@dataclass
class Answer:
    """``status`` of ICAP; the HTTP message that it carries, or nothing."""

    status: int
    head: bytes = b""
    body: bytes = b""
    whole: bool = True


@dataclass
class Proxy:
    """``respmod`` and ``reqmod`` are one transaction each, on a connection of its own."""

    port: int
    said: list[str] = field(default_factory=list)

    def events(self, kind: str) -> list[dict]:
        return [event for line in self.said if (event := json.loads(line))["event"] == kind]

    async def respmod(self, body: bytes | None, *fields: str, url: str = "http://files.test/a", **how) -> Answer:
        lines = ["HTTP/1.1 200 OK", *fields, "", ""]
        return await self._ask("RESPMOD", [_request("GET", url), "\r\n".join(lines).encode()], body, **how)

    async def reqmod(self, method: str, url: str, body: bytes | None, *fields: str, **how) -> Answer:
        return await self._ask("REQMOD", [_request(method, url, *fields)], body, **how)

    async def options(self) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"OPTIONS icap://127.0.0.1/response ICAP/1.0\r\n\r\n")
        said = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return said

    async def _ask(self, method, heads, body, *, preview=None, allow_204=True, pause=None):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                writer.write(_head(method, heads, body is not None, preview, allow_204))
                if body is not None:
                    answer = await _send(reader, writer, body, preview, pause)
                    if answer is not None:
                        return await _answer(reader, answer)
                return await _answer(reader, await reader.readuntil(b"\r\n\r\n"))
        finally:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def service(tmp_path: Path, writes=(), **settings) -> AsyncIterator[Proxy]:
    """A service under these settings, on a free port, with the definitions that the package ships."""
    (tmp_path / "run").mkdir(exist_ok=True)
    base = {"malware": "prevent", "definitions": str(SHIPPED)} | settings
    proxy = Proxy(0)
    made = Service(Settings(run=str(tmp_path / "run"), **base), dict(writes), Events(proxy.said.append))
    server = IcapServer(lambda: made)
    proxy.port = await server.listen("127.0.0.1", 0)
    try:
        yield proxy
    finally:
        await server.close()
        await made.close()


def _request(method, url, *fields):
    host = url.split("/")[2]
    return "\r\n".join([f"{method} {url} HTTP/1.1", f"Host: {host}", *fields, "", ""]).encode()


def _head(method, heads, has_body, preview, allow_204):
    names = ["req-hdr", "res-hdr"] if len(heads) == 2 else ["req-hdr"]
    offsets = [sum(map(len, heads[:i])) for i in range(len(heads) + 1)]
    kind = ("res-body" if len(heads) == 2 else "req-body") if has_body else "null-body"
    parts = ", ".join(f"{name}={at}" for name, at in zip([*names, kind], offsets, strict=True))
    point = "response" if len(heads) == 2 else "request"
    lines = [f"{method} icap://127.0.0.1/{point} ICAP/1.0", "X-Client-IP: 192.168.10.11"]
    lines += ["Allow: 204"] if allow_204 else []
    lines += [f"Preview: {preview}"] if preview is not None else []
    return "\r\n".join([*lines, f"Encapsulated: {parts}", "", ""]).encode() + b"".join(heads)


async def _send(reader, writer, body, preview, pause):
    """Returns the head of an answer that came before the body was complete."""
    if preview is not None:
        first = body[:preview]
        writer.write(_chunk(first) + (b"0; ieof\r\n\r\n" if len(body) <= preview else b"0\r\n\r\n"))
        if len(body) <= preview:
            return None
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"ICAP/1.0 100"):
            return head
        body = body[preview:]
    for at in range(0, len(body), 16_384):
        writer.write(_chunk(body[at : at + 16_384]))
        await writer.drain()
    if pause is not None:
        await pause.wait()
    writer.write(b"0\r\n\r\n")
    return None


def _chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


async def _answer(reader, icap):
    status = int(icap.split()[1])
    if b"-body=" not in icap or b"null-body" in icap:
        return Answer(status)
    length = int(icap.rpartition(b"-body=")[2].split(b"\r\n")[0])
    answer = Answer(status, await reader.readexactly(length))
    try:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            answer.body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
    except (asyncio.IncompleteReadError, ConnectionError):
        answer.whole = False
    return answer
