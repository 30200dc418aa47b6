"""Questions that show whether an engine does its work: each short, from the box itself, and never raising."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct

ANSWER_SECONDS_MAX = 0.4
"""With the pause between two questions, an engine that hangs is noticed well within a second."""
_A, _IN, _RECURSION = 1, 1, 0x0100


async def answers_dns(port: int, name: str, host: str = "127.0.0.1") -> bool:
    """Whether a name server answers a question about ``name`` over UDP."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()
    number = int.from_bytes(os.urandom(2))
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Hear(heard), remote_addr=(host, port))
    except OSError:
        return False
    try:
        transport.sendto(_question(number, name))
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            answer = await heard
    except (OSError, TimeoutError):
        return False
    finally:
        transport.close()
    return answer[:2] == number.to_bytes(2)


async def answers_tcp(port: int, request: bytes, begins: bytes, host: str = "127.0.0.1") -> bool:
    """Whether a server answers ``request`` (none: greets by itself) with text that begins as it should."""
    writer = None
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(request)
            return (await reader.readexactly(len(begins))) == begins
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    finally:
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.transport.abort()


def _question(number, name):
    labels = b"".join(bytes([len(label)]) + label for label in name.encode().split(b"."))
    return struct.pack(">6H", number, _RECURSION, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", _A, _IN)


class _Hear(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Future[bytes]) -> None:
        self._heard = heard

    def datagram_received(self, data, addr) -> None:
        if not self._heard.done():
            self._heard.set_result(data)

    def error_received(self, exc) -> None:
        if not self._heard.done():
            self._heard.set_exception(exc)
