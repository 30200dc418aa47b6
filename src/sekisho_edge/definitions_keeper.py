"""Keeps the box's definitions the newest that are good here.

Fetched and proven (``definitions_client``) -> loaded by every engine that is installed here, in a process apart and of
low priority -> switched to by one rename -> taken up by the running engines. What fails at any step is refused by its
version, the last good set is in force again, and the status says which and why. Nothing here ever ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
import sys
import time
from pathlib import Path
from typing import Protocol

from sekisho_edge.definitions_client import Definitions
from sekisho_edge.definitions_link import RepositoryLink
from sekisho_wire.definitions import DefinitionsError

LOOK_SECONDS = 300.0
"""Between two looks at the centre: as long as a new version may take to be noticed."""
CHECK_SECONDS_MAX = 900.0
TAKE_UP_SECONDS_MAX = 240.0
POLL_SECONDS = 0.2
FAULTS_SHOWN_MAX = 3


class Line(Protocol):
    """What the keeper asks of the agent."""

    def busy(self) -> bool:
        """Whether a policy is on trial: one change at a time."""

    def take_up(self) -> None:
        """Have the running engines take up the definitions in force."""

    def took_up(self, folder: Path) -> str | None:
        """Nothing ("") once these definitions are in force, why they can't be, or None as long as that is open."""


class DefinitionsKeeper:
    """``await run(line)`` until cancelled. ``look`` may be set to look at once."""

    def __init__(
        self, state: Path, device: str, centre: tuple[str, int], context: ssl.SSLContext, seconds: float = LOOK_SECONDS
    ) -> None:
        self._link = RepositoryLink(centre, context)
        self._definitions = Definitions(state, device, self._link)
        self._seconds = seconds
        self.look = asyncio.Event()

    async def run(self, line: Line) -> None:
        try:
            while True:
                with contextlib.suppress(DefinitionsError):  # the status tells
                    await self._look(line)
                self.look.clear()
                pause = self._seconds * random.uniform(0.8, 1.2)  # noqa: S311 - a fleet shall not come in one wave
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.look.wait(), pause)
        finally:
            self._link.close()  # a thread that still waits for the centre waits no longer

    async def _look(self, line):
        folder = await asyncio.to_thread(self._definitions.fetch_newest, time.time())
        self._link.close()
        if folder is None:
            return
        version = int(folder.name)
        if objection := await objection_to(folder):
            await asyncio.to_thread(self._definitions.refuse, version, objection)
            return
        while line.busy():
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.to_thread(self._definitions.switch_to, version)
        line.take_up()
        if objection := await _outcome(line, folder):
            await asyncio.to_thread(self._definitions.refuse, version, objection)
            line.take_up()


async def _outcome(line, folder) -> str:
    deadline = time.monotonic() + TAKE_UP_SECONDS_MAX
    while (outcome := line.took_up(folder)) is None:
        if time.monotonic() > deadline:
            return f"the engines had not taken it up after {TAKE_UP_SECONDS_MAX:g} s"
        await asyncio.sleep(POLL_SECONDS)
    return outcome


async def objection_to(folder: Path) -> str:
    """What this box's engines have against a set; "" if nothing. In a process of its own, behind everything else."""
    command = [sys.executable, "-m", "sekisho_edge.cli", "definitions", "check", str(folder), "--json", "--installed"]
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        "nice", "-n", "19", *command, stdin=nothing, stdout=pipe, stderr=pipe
    )
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            said, errors = await process.communicate()
        faults = json.loads(said)["faults"]
    except TimeoutError:
        return f"its engines were not done after {CHECK_SECONDS_MAX:g} s"
    except ValueError:
        return errors.decode(errors="replace").strip()[-300:] or "the check said nothing"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return "; ".join(f"{fault['path']}: {fault['says']}" for fault in faults[:FAULTS_SHOWN_MAX])
