"""One watchdog an engine: it asks the path, not the process, and gives the traffic back when nobody answers.

A missed answer empties the engine's redirect at once (``failure: open``; a closed line keeps it and waits). An engine
that answers again gets its traffic back; one that stays silent is ended and started anew, with growing pauses. Nothing
here ever gives up or ends by itself; HelperGone passes through.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sekisho_edge.daemons.control import READY_SECONDS_MAX, DaemonControl, DaemonError
from sekisho_edge.daemons.frame import Daemon
from sekisho_edge.privileged import HelperRefused

PROBE_SECONDS = 0.2
"""Between two questions; an answer is waited for ``probes.ANSWER_SECONDS_MAX``."""
PATIENCE_SECONDS = 2.0
"""For so long a silent engine may come back by itself."""
RESTART_SECONDS_FIRST = 0.5
RESTART_SECONDS_MAX = 30.0
HEALTHY_SECONDS = 60.0


@dataclass
class DaemonState:
    """What the status says of one engine: ``state`` is starting, working, bypassed or closed."""

    state: str = "starting"
    since: float = 0.0
    failures: int = 0
    restarts: int = 0
    last_error: str = ""


class Watches:
    """``await run()`` for ever; ``guard`` says which engines and how the firewall is loaded anew, ``hold`` nothing."""

    def __init__(self) -> None:
        self.states: dict[str, DaemonState] = {}
        self._guarded: tuple[DaemonControl, Sequence[Daemon], Callable[[], Awaitable[None]]] | None = None
        self._changed = asyncio.Event()
        self._bypassed: set[str] = set()
        self._turn = asyncio.Lock()

    def hold(self) -> None:
        """Somebody is at work on engines and firewall: watch nothing meanwhile."""
        self._guarded = None
        self._changed.set()

    def guard(
        self, control: DaemonControl, daemons: Sequence[Daemon], reload_firewall: Callable[[], Awaitable[None]]
    ) -> None:
        """From now on watch these. The firewall was just loaded, or nothing was bypassed that is not so still."""
        self._guarded = control, tuple(daemons), reload_firewall
        self.states = {daemon.name: self.states.get(daemon.name, DaemonState()) for daemon in daemons}
        self._bypassed &= set(self.states)
        self._changed.set()

    def note(self, name: str, error: str) -> None:
        """An engine could not be had as the policy wants it."""
        self.states.setdefault(name, DaemonState()).last_error = error

    def loaded(self) -> None:
        """The firewall was loaded anew: every redirect stands."""
        self._bypassed.clear()

    async def pass_by(self, control: DaemonControl, name: str) -> None:
        """Let an engine's traffic go its own way while it reads its files; it is given back once it answers."""
        with contextlib.suppress(DaemonError):  # an engine that no traffic is turned to has no chain
            await control.bypass(name)
        self._bypassed.add(name)
        self._say(name, "starting")

    def silent(self) -> list[str]:
        """Engines that should work now and don't."""
        return [name for name, state in self.states.items() if state.state != "working"]

    async def run(self) -> None:
        while True:
            self._changed.clear()
            tasks = [asyncio.create_task(self._watch(daemon)) for daemon in (self._guarded or ((), ()))[1]]
            try:
                await self._changed.wait()  # a watch that ends has lost the helper: the agent notices, and guards anew
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, daemon):
        control, _, _ = self._guarded
        pause, answers_since = RESTART_SECONDS_FIRST, time.monotonic()
        while True:
            if not await control.answers(daemon.name):
                healthy = time.monotonic() - answers_since > HEALTHY_SECONDS
                pause = await self._without(daemon, control, RESTART_SECONDS_FIRST if healthy else pause)
                answers_since = time.monotonic()
                self._say(daemon.name, "working")
            elif self.states[daemon.name].state != "working" or daemon.name in self._bypassed:
                await self._give_back(daemon, control)
                self._say(daemon.name, "working")
            await asyncio.sleep(PROBE_SECONDS)

    async def _without(self, daemon, control, pause):
        """From the first silence to the first answer; returns how long to wait before the next restart."""
        state = self.states[daemon.name]
        state.failures += 1
        patience = time.monotonic() + (READY_SECONDS_MAX if state.state == "starting" else PATIENCE_SECONDS)
        await self._turn_away(daemon, control)
        self._say(daemon.name, "bypassed" if daemon.failure == "open" else "closed")
        while not await control.answers(daemon.name):
            if await control.waits_for_another(daemon.name):
                patience = time.monotonic() + PATIENCE_SECONDS
            elif time.monotonic() > patience or daemon.name not in await control.pids():
                await self._restart(daemon, control, pause)
                pause = min(pause * 2, RESTART_SECONDS_MAX)
                patience = time.monotonic() + PATIENCE_SECONDS
            await asyncio.sleep(PROBE_SECONDS)
        await self._give_back(daemon, control)
        return pause

    async def _restart(self, daemon, control, pause):
        state = self.states[daemon.name]
        try:
            await control.kill(daemon.name)
            await asyncio.sleep(pause)
            state.restarts += 1
            await control.start(daemon)
        except DaemonError as error:
            state.last_error = str(error)

    async def _turn_away(self, daemon, control):
        if daemon.failure != "open":
            return
        async with self._turn:
            with contextlib.suppress(DaemonError):  # an engine that no traffic is turned to has no chain
                await control.bypass(daemon.name)
            self._bypassed.add(daemon.name)

    async def _give_back(self, daemon, control):
        """The whole firewall anew, and out again those of others that are still silent."""
        if daemon.name not in self._bypassed or self._guarded is None:
            return
        async with self._turn:
            self._bypassed.discard(daemon.name)
            try:
                await self._guarded[2]()
            except HelperRefused as refusal:
                self.states[daemon.name].last_error = str(refusal)
                self._bypassed.add(daemon.name)
                return
            for name in self._bypassed:
                with contextlib.suppress(DaemonError):
                    await control.bypass(name)

    def _say(self, name, word):
        state = self.states.setdefault(name, DaemonState())
        if state.state != word:
            state.state, state.since = word, time.time()
