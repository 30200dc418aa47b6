"""``python -m sekisho_edge.icap SETTINGS``: the service, until SIGTERM; SIGHUP reads its settings anew.

``--check`` reads settings and definitions, says what is wrong with them, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from sekisho_edge.applications import CatalogueError, read_catalogue
from sekisho_edge.icap.server import IcapServer
from sekisho_edge.icap.service import Service
from sekisho_edge.icap.settings import PROBE_PORT, SettingsError, read_settings
from sekisho_edge.scan import DefinitionsError

HOST = "127.0.0.1"
REFRESH_SECONDS = 5.0
PROBE_SECONDS_MAX = 5.0
PROBE_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\nConnection: close\r\n\r\nsekisho\n"


def made(settings_file: Path) -> tuple[Service, int]:
    """A service by its settings, and its port. SettingsError, CatalogueError or DefinitionsError."""
    settings = read_settings(settings_file)
    Path(settings.run).mkdir(exist_ok=True)
    catalogue = read_catalogue(Path(settings.definitions))
    return Service(settings, {code: application.writes for code, application in catalogue.items()}), settings.port


async def serve(settings_file: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop, again, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    service, port = made(settings_file)
    current = [service]
    server = IcapServer(lambda: current[0])
    await server.listen(HOST, port)
    probed = await asyncio.start_server(answer_probe, HOST, PROBE_PORT)
    keeping = asyncio.create_task(_keep_fresh(settings_file, current, again))
    try:
        await stop.wait()
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        probed.close()
        await server.close()
        await current[0].close()


async def answer_probe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The page behind the watchdog's question, as an origin gives it."""
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(PROBE_SECONDS_MAX):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(PROBE_PAGE)
            await writer.drain()
    writer.close()


async def _keep_fresh(settings_file, current, again):
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(again.wait(), REFRESH_SECONDS)
        try:
            if again.is_set():
                again.clear()
                old, current[0] = current[0], (await asyncio.to_thread(made, settings_file))[0]
                await old.close()
            await current[0].refresh()
        except (SettingsError, CatalogueError, DefinitionsError) as error:
            sys.stderr.write(f"the old settings and definitions stay: {error}\n")


def main(arguments: list[str]) -> int:
    file = Path(arguments[-1])
    try:
        if "--check" in arguments:
            made(file)
            return 0
        asyncio.run(serve(file))
    except (SettingsError, CatalogueError, DefinitionsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
