"""Starts the platform's processes, watches them, restarts them with back-off, stops them in order.

A child is started when all before it are ready and is restarted for as long as the platform is up,
whatever it died of. Stopping goes backwards through the list, so that nobody loses what it stands on.
The supervisor knows nothing of what its children do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS_MAX = 90
STOP_SECONDS_MAX = 20
STEADY_SECONDS = 30
BACK_OFF_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
LOG_BYTES_MAX = 50 * 1024 * 1024
LAST_WORDS_BYTES_MAX = 2000


class StartError(Exception):
    """A child did not become ready; the message has the end of its log."""


@dataclass(frozen=True)
class Child:
    """One process: how it is started, how one tells that it works, how it is asked to end."""

    name: str
    argv: list[str]
    env: dict[str, str]
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    trouble: Callable[[], str] = str  # what it says elsewhere than in its log of why it isn't ready


@dataclass
class _Watch:
    child: Child
    process: asyncio.subprocess.Process | None = None
    restarts: int = 0
    started_at: float = 0.0
    log_start: int = 0  # bytes of its log that earlier starts wrote
    is_ready: bool = False
    task: asyncio.Task | None = field(default=None, repr=False)


class Supervisor:
    """Keeps a list of children alive. ``say`` hears what happens, one line each."""

    def __init__(self, log_folder: Path, state_file: Path, say: Callable[[str], None], facts: dict | None = None):
        self._log_folder = log_folder
        self._state_file = state_file
        self._say = say
        self._facts = facts or {}
        self._watches: list[_Watch] = []
        self._stopping = False

    async def start(self, child: Child) -> None:
        """Start a child and return once it is ready; from then on it is kept alive."""
        watch = _Watch(child)
        self._watches.append(watch)
        await self._spawn(watch)
        await self._until_ready(watch)
        watch.task = asyncio.create_task(self._keep_alive(watch), name=f"keep {child.name}")

    async def stop(self) -> None:
        """End every child, last started first; each is given STOP_SECONDS_MAX before it is killed."""
        self._stopping = True
        for watch in reversed(self._watches):
            if watch.task:
                watch.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watch.task
            await self._end(watch)
        self._watches.clear()
        self._state_file.unlink(missing_ok=True)

    def add_facts(self, **facts: object) -> None:
        """Things worth knowing from outside: addresses, mode."""
        self._facts.update(facts)
        self._write_state()

    async def _spawn(self, watch: _Watch) -> None:
        log = self._log_folder / f"{watch.child.name}.log"
        _keep_within_limit(log)
        with log.open("ab") as output:
            watch.log_start = output.tell()
            watch.process = await asyncio.create_subprocess_exec(
                *watch.child.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=watch.child.env,
                # Ctrl-C in the terminal is the supervisor's to handle: children stop in order.
                start_new_session=True,
            )
        watch.started_at = time.monotonic()
        watch.is_ready = False
        self._write_state()

    async def _until_ready(self, watch: _Watch) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not await asyncio.to_thread(watch.child.ready):
            if watch.process is not None and watch.process.returncode is not None:
                raise StartError(self._last_words(watch, f"ended with {watch.process.returncode}"))
            if time.monotonic() > deadline:
                raise StartError(self._last_words(watch, f"was not ready within {READY_SECONDS_MAX} s"))
            await asyncio.sleep(0.05)
        watch.is_ready = True
        self._write_state()

    async def _keep_alive(self, watch: _Watch) -> None:
        failures = 0
        while True:
            assert watch.process is not None  # noqa: S101 (set by _spawn)
            code = await watch.process.wait()
            _end_leftovers(watch.process)
            if self._stopping:
                return
            failures = 0 if time.monotonic() - watch.started_at > STEADY_SECONDS else failures + 1
            pause = BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)]
            watch.restarts += 1
            self._say(f"{watch.child.name} {_how_ended(code)}; starting it again in {pause} s")
            await asyncio.sleep(pause)
            await self._spawn(watch)
            try:
                await self._until_ready(watch)
            except StartError as error:
                self._say(str(error))
                await self._end(watch)
            else:
                self._say(f"{watch.child.name} is back")

    async def _end(self, watch: _Watch) -> None:
        process = watch.process
        if process is None:
            return
        if process.returncode is None:
            await self._ask_to_end(watch, process)
        _end_leftovers(process)

    async def _ask_to_end(self, watch: _Watch, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(watch.child.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            self._say(f"{watch.child.name} did not stop within {STOP_SECONDS_MAX} s and was killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _last_words(self, watch: _Watch, what: str) -> str:
        log = self._log_folder / f"{watch.child.name}.log"
        said = log.read_bytes()[watch.log_start :] if log.exists() else b""
        tail = said[-LAST_WORDS_BYTES_MAX:].decode(errors="replace").strip()
        if trouble := watch.child.trouble():
            what += f" ({trouble})"
        return f"{watch.child.name} {what}; the end of {log}:\n{tail or '(empty)'}"

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            **self._facts,
            "children": [
                {
                    "name": w.child.name,
                    "pid": w.process.pid if w.process else None,
                    "ready": w.is_ready,
                    "restarts": w.restarts,
                }
                for w in self._watches
            ],
        }
        draft = self._state_file.with_suffix(".new")
        draft.write_text(json.dumps(state, indent=1))
        draft.replace(self._state_file)


def _end_leftovers(process: asyncio.subprocess.Process) -> None:
    """What a child started and left behind, such as a web server's workers: they share its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with {code}"


def _keep_within_limit(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
