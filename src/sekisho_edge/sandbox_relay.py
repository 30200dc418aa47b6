"""Questions for the centre's sandbox: from the scanner's local socket to the centre, with the device's certificate.

The scanner reads what strangers send, so it has neither a key nor a way out; this side has both and looks at nothing.
``python -m sekisho_edge.sandbox_relay STATE HOST PORT`` runs it by itself; the agent runs it as a part of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import sys
from pathlib import Path

from sekisho_edge.link import client_context

CONNECTIONS_MAX = 64
IDLE_SECONDS_MAX = 120.0
PIECE_BYTES = 64 * 1024
DIAL_SECONDS_MAX = 10.0


class SandboxRelay:
    """``await run()`` for ever; a centre that can't be reached closes the question's connection at once."""

    def __init__(self, socket: Path, centre: tuple[str, int], context: ssl.SSLContext) -> None:
        self._socket = socket
        self._centre = centre
        self._context = context
        self._open = 0

    async def run(self) -> None:
        self._socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, str(self._socket))
        self._socket.chmod(0o666)  # whoever scans is another user
        try:
            await server.serve_forever()
        finally:
            server.close()
            self._socket.unlink(missing_ok=True)

    async def _serve(self, reader, writer):
        self._open += 1
        try:
            if self._open <= CONNECTIONS_MAX:
                await self._relay(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open -= 1
            writer.transport.abort()

    async def _relay(self, reader, writer):
        async with asyncio.timeout(DIAL_SECONDS_MAX):
            far_reader, far_writer = await asyncio.open_connection(*self._centre, ssl=self._context)
        try:
            ways = {
                asyncio.create_task(_pour(reader, far_writer)),
                asyncio.create_task(_pour(far_reader, writer)),
            }
            done, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            far_writer.transport.abort()
            with contextlib.suppress(OSError):
                await far_writer.wait_closed()


async def _pour(reader, writer):
    while True:
        async with asyncio.timeout(IDLE_SECONDS_MAX):
            data = await reader.read(PIECE_BYTES)
        if not data:
            return
        writer.write(data)
        await writer.drain()


def main(state: str, host: str, port: str) -> None:
    folder = Path(state)
    context = client_context(folder / "ca.pem", folder / "device.pem", folder / "device.key")
    asyncio.run(SandboxRelay(folder / "sandbox.sock", (host, int(port)), context).run())


if __name__ == "__main__":
    main(*sys.argv[1:4])
