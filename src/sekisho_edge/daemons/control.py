"""The agent's side of the further engines: write their files, have them checked, started and ended by the helper.

DaemonError: an engine did not do what was asked; the message has its name and its words. HelperGone passes through.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from sekisho_edge.daemons.engines import BY_NAME
from sekisho_edge.daemons.frame import FOLDER, Daemon
from sekisho_edge.privileged import Helper, HelperRefused

READY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05
CANDIDATE = "candidate"
LAST_WORDS_CHARS = 500


class DaemonError(Exception):
    """An engine is not as it should be; the message says which and how."""


class DaemonControl:
    """The engines under one state folder."""

    def __init__(self, helper: Helper, state: Path) -> None:
        self._helper = helper
        self._folder = state / "daemons"
        self._logs = state / "log"

    async def check(self, daemon: Daemon) -> None:
        """Have the engine test the files as candidates; DaemonError with its words if it objects."""
        write_files(daemon, self._folder / daemon.name / CANDIDATE)
        await self._ask("check-daemon", daemon.name)

    def install(self, daemon: Daemon) -> None:
        """The files become those in force: what the engine reads next."""
        write_files(daemon, self._folder / daemon.name)

    async def start(self, daemon: Daemon, seconds_max: float = READY_SECONDS_MAX) -> None:
        """Start it and wait until it answers; DaemonError if it doesn't in time, and then it may still come."""
        await self._ask("start-daemon", daemon.name, failure=daemon.failure)
        await self._wait_until_it_answers(daemon.name, seconds_max)

    async def reload(self, daemon: Daemon) -> None:
        await self._ask("reload-daemon", daemon.name)
        await self._wait_until_it_answers(daemon.name, READY_SECONDS_MAX)

    async def stop(self, name: str) -> None:
        await self._ask("stop-daemon", name)

    async def kill(self, name: str) -> None:
        await self._ask("kill-daemon", name)

    async def bypass(self, name: str) -> None:
        """Let its traffic go its own way; DaemonError where the firewall turns none to it."""
        await self._ask("bypass", name)

    async def pids(self) -> dict[str, int]:
        """Those that run."""
        return (await self._helper.call("daemons"))["pids"]

    async def answers(self, name: str) -> bool:
        """Whether it does its work now."""
        return await BY_NAME[name].probe()

    async def waits_for_another(self, name: str) -> bool:
        """Whether it can't work for want of an engine that is silent itself: starting it anew would help nobody."""
        needed = BY_NAME[name].needs
        return bool(needed) and not await self.answers(needed)

    async def _wait_until_it_answers(self, name, seconds_max):
        deadline = time.monotonic() + seconds_max
        while not await self.answers(name):
            if name not in await self.pids():
                raise DaemonError(f"{name} ended while it started: {self._last_words(name)}")
            if time.monotonic() > deadline:
                raise DaemonError(f"{name} did not answer within {seconds_max:g} s")
            await asyncio.sleep(POLL_SECONDS)

    async def _ask(self, do, name, **more):
        try:
            return await self._helper.call(do, name=name, **more)
        except HelperRefused as refusal:
            raise DaemonError(f"{name}: {refusal}") from refusal

    def _last_words(self, name):
        log = self._logs / f"{name}.log"
        return log.read_text(errors="replace")[-LAST_WORDS_CHARS:].strip() if log.exists() else ""


def write_files(daemon: Daemon, folder: Path) -> None:
    """Its files under ``folder``, with the places in them meaning that folder."""
    for name, text in daemon.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(FOLDER, str(folder)))
