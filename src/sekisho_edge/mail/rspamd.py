"""Ask Rspamd what it thinks of a message, over its own HTTP interface. RspamdDown when it has no opinion."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

ASK_SECONDS_MAX = 15.0
ANSWER_BYTES_MAX = 1 << 20
_SPAM_ACTIONS = ("reject", "add header", "rewrite subject")


class RspamdDown(Exception):
    """No answer, or none that can be understood."""


@dataclass(frozen=True)
class Envelope:
    """Who speaks to whom. Empty where a protocol does not say it."""

    client: str = ""
    helo: str = ""
    sender: str = ""
    recipients: Sequence[str] = ()


@dataclass(frozen=True)
class Opinion:
    """``spam`` by Rspamd's own thresholds."""

    spam: bool
    score: float
    required: float
    symbols: tuple[str, ...] = ()


async def ask(port: int, message: bytes, envelope: Envelope) -> Opinion:
    """Rspamd's opinion of one message."""
    try:
        async with asyncio.timeout(ASK_SECONDS_MAX):
            status, body = await _post(port, message, envelope)
        answer = json.loads(body)
        return _opinion(answer) if status == 200 else _refuse(f"HTTP {status}")
    except (OSError, ValueError, KeyError, TypeError, asyncio.IncompleteReadError) as error:
        raise RspamdDown(f"{type(error).__name__}: {error}") from error


def _refuse(reason):
    raise ValueError(reason)


def _opinion(answer):
    symbols = sorted(answer.get("symbols", {}).values(), key=lambda one: -float(one.get("metric_score", 0)))
    return Opinion(
        answer["action"] in _SPAM_ACTIONS,
        float(answer["score"]),
        float(answer["required_score"]),
        tuple(str(one["name"]) for one in symbols[:10] if float(one.get("metric_score", 0)) > 0 or len(symbols) == 1),
    )


async def _post(port, message, envelope):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=ANSWER_BYTES_MAX)
    try:
        writer.write(_head(message, envelope))
        writer.write(message)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status, length = int(head.split(" ", 2)[1]), _length(head)
        return status, await reader.readexactly(min(length, ANSWER_BYTES_MAX))
    finally:
        writer.transport.abort()


def _head(message, envelope):
    said = [("IP", envelope.client), ("Helo", envelope.helo), ("From", envelope.sender)]
    said += [("Rcpt", recipient) for recipient in envelope.recipients]
    lines = [f"{name}: {_plain(value)}" for name, value in said if value]
    lines += [f"Content-Length: {len(message)}", "Connection: close"]
    return ("POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\n" + "".join(f"{line}\r\n" for line in lines) + "\r\n").encode()


def _plain(value):
    """No control characters in what becomes a header of ours."""
    return "".join(letter for letter in value if letter.isprintable())[:500]


def _length(head):
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name == "content-length":
            return int(value)
    raise ValueError("no length in the answer")
