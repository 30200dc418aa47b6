"""``python -m sekisho_edge.mail SETTINGS``: the service, until SIGTERM; SIGHUP reads its settings anew.

``--check`` reads settings and definitions, says what is wrong with them, and ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from sekisho_edge.mail.events import Events
from sekisho_edge.mail.service import Service, identity_of
from sekisho_edge.mail.settings import Settings, SettingsError, read_settings
from sekisho_edge.scan import DefinitionsError, Scanner

REFRESH_SECONDS = 5.0


def made(file: Path) -> tuple[Settings, Scanner]:
    """Settings and a scanner by them; SettingsError or DefinitionsError."""
    settings = read_settings(file)
    clamd = ("127.0.0.1", settings.clamd_port) if settings.clamd_port else None
    return settings, Scanner(Path(settings.definitions), clamd)


async def serve(file: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop, again, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    current = [made(file)]
    service = Service(lambda: current[0], identity_of(Path(current[0][0].run)), Events())
    await service.listen()
    keeping = asyncio.create_task(_keep_fresh(file, current, again))
    try:
        await stop.wait()
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await service.close()


async def _keep_fresh(file, current, again):
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(again.wait(), REFRESH_SECONDS)
        try:
            if again.is_set():
                again.clear()
                current[0] = await asyncio.to_thread(made, file)
            await current[0][1].refresh()
        except (SettingsError, DefinitionsError, OSError) as error:
            sys.stderr.write(f"the old settings and definitions stay: {error}\n")


def main(arguments: list[str]) -> int:
    file = Path(arguments[-1])
    try:
        if "--check" in arguments:
            made(file)
            return 0
        asyncio.run(serve(file))
    except (SettingsError, DefinitionsError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
