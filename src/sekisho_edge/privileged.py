"""The agent's side of the root helper: one child process, one request at a time.

HelperRefused: the helper said no, with its reason; decide what that means. HelperGone: its process ended,
and the sensor with it; start a new one and converge again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

ANSWER_BYTES_MAX = 1024 * 1024
STOP_SECONDS_MAX = 20.0


class HelperRefused(Exception):
    """A privileged command was not done."""


class HelperGone(Exception):
    """The helper's process ended."""


class Helper:
    """``await Helper.start(state)``, then ``await helper.call("probe")``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls, state: Path) -> Helper:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sekisho_edge.helper", str(state),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=ANSWER_BYTES_MAX,
            start_new_session=True,  # so that it can be ended together with what it is doing
        )  # fmt: skip
        return cls(process)

    async def call(self, do: str, **arguments) -> dict:
        """One command; its answer without the ``ok``. A caller that is cancelled leaves its answer to nobody:
        the exchange still runs to its end, or the next caller would read it.
        """
        exchange = asyncio.create_task(self._exchange(json.dumps({"do": do, **arguments}).encode() + b"\n"))
        answer = json.loads(await asyncio.shield(exchange))
        if not answer.pop("ok"):
            raise HelperRefused(answer["reason"])
        return answer

    async def gone(self) -> None:
        """Raises HelperGone when its process has ended."""
        await self._process.wait()
        raise HelperGone("the helper ended")

    async def stop(self) -> None:
        """Close its input: it stops the sensor and ends."""
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _exchange(self, request):
        async with self._turn:
            try:
                self._process.stdin.write(request)
                await self._process.stdin.drain()
                line = await self._process.stdout.readline()
            except (ConnectionError, RuntimeError) as error:
                raise HelperGone("the helper ended") from error
        if not line:
            raise HelperGone("the helper ended")
        return line
