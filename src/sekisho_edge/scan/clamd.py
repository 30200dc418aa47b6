"""ClamAV's daemon over its socket: INSTREAM, PING, VERSION. ClamdDown when it doesn't answer as it should."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from pathlib import Path

from sekisho_edge.scan.sample import CHUNK_BYTES, Sample
from sekisho_edge.scan.verdict import Reason

ANSWER_BYTES_MAX = 4096
CONNECT_SECONDS_MAX = 2.0
_NOT_A_THREAT = {
    "Heuristics.Encrypted.": Reason.ENCRYPTED,
    "Heuristics.Limits.Exceeded": Reason.EXPANDS_TOO_FAR,
}
"""What clamd reports as found, because it was told to say so, and which means: not everything was looked at."""


class ClamdDown(Exception):
    """No answer, or none that can be understood."""


class Clamd:
    """``address``: the path of its socket, or (host, port)."""

    def __init__(self, address: Path | tuple[str, int]) -> None:
        self._address = address

    async def scan(self, sample: Sample) -> tuple[str, Reason | None]:
        """What was found ("" for nothing), and why not everything was looked at (None if it was)."""
        said = await self._ask(b"INSTREAM", sample)
        if said.endswith(" FOUND"):
            name = said.removeprefix("stream: ").removesuffix(" FOUND")
            reasons = [reason for start, reason in _NOT_A_THREAT.items() if name.startswith(start)]
            return ("", reasons[0]) if reasons else (name, None)
        if said.endswith("OK"):
            return "", None
        if "size limit exceeded" in said:
            return "", Reason.TOO_LARGE
        raise ClamdDown(said[:200])

    async def version(self) -> str:
        """Engine, database version and its date, as clamd says it."""
        return await self._ask(b"VERSION")

    async def _ask(self, command, sample=None):
        loop = asyncio.get_running_loop()
        family, address = (socket.AF_INET, self._address)
        if isinstance(self._address, Path):
            family, address = socket.AF_UNIX, str(self._address)
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            try:
                await asyncio.wait_for(loop.sock_connect(connection, address), CONNECT_SECONDS_MAX)
                return await _exchange(loop, connection, command, sample)
            except (OSError, TimeoutError) as error:
                raise ClamdDown(f"{self._address}: {error or 'no connection in time'}") from error


async def _exchange(loop, connection, command, sample):
    """clamd may answer and close in the middle of a stream that is too long for it: its word then waits to be read."""
    await loop.sock_sendall(connection, b"z" + command + b"\0")
    if sample is not None:
        with contextlib.suppress(ConnectionError):
            await _stream(loop, connection, sample)
    said = b""
    while not said.endswith(b"\0") and len(said) < ANSWER_BYTES_MAX:
        if not (more := await loop.sock_recv(connection, ANSWER_BYTES_MAX)):
            raise ClamdDown("it closed the connection without a word")
        said += more
    return said.rstrip(b"\0").decode(errors="replace").strip()


async def _stream(loop, connection, sample):
    sample.file.seek(0)
    while chunk := sample.file.read(CHUNK_BYTES):
        await loop.sock_sendall(connection, struct.pack(">I", len(chunk)) + chunk)
    await loop.sock_sendall(connection, struct.pack(">I", 0))
