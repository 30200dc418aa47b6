"""The sensor: test its files, start it, know when it really inspects, reload its rules, see it end.

SensorError: the sensor did not do what was asked; the line's traffic goes by its failure profile meanwhile.
Nothing here needs privileges: what does is asked of the root helper.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sekisho_edge.privileged import Helper, HelperRefused
from sekisho_edge.render.nftables import QUEUE_NUMBER, Attach
from sekisho_edge.render.sensor_names import DATASETS_FOLDER
from sekisho_edge.render.suricata import SensorPaths

READY_SECONDS_MAX = 120.0
ANSWER_SECONDS_MAX = 3.0
RELOAD_SECONDS_MAX = 120.0
POLL_SECONDS = 0.05
SOCKET_PATH_CHARS_MAX = 100
ANSWER_BYTES_MAX = 4 * 1024 * 1024
NO_DATASETS: Mapping[str, str] = MappingProxyType({})
SOCKETS = Path("/run/sekisho-edge")
QUEUES = Path("/proc/net/netfilter/nfnetlink_queue")


class SensorError(Exception):
    """The sensor is not as it should be; the message says how."""


def sensor_paths(state: Path) -> SensorPaths:
    """Where the sensor of this state folder lives. Unix socket names are short, so theirs may be elsewhere."""
    socket = state / "sensor" / "command.socket"
    if len(str(socket)) > SOCKET_PATH_CHARS_MAX:
        SOCKETS.mkdir(mode=0o700, exist_ok=True)
        socket = SOCKETS / f"{hashlib.sha256(str(state).encode()).hexdigest()[:16]}.socket"
    return SensorPaths(state / "log", state / "sensor" / "sekisho.rules", socket)


class Sensor:
    """One Suricata under one state folder."""

    def __init__(self, helper: Helper, state: Path) -> None:
        self._helper = helper
        self._folder = state / "sensor"
        self.paths = sensor_paths(state)
        self.pid: int | None = None

    @property
    def eve(self) -> Path:
        return self.paths.log_folder / "eve.json"

    async def check(self, config: str, rules: str, datasets: Mapping[str, str] = NO_DATASETS) -> None:
        """Write candidates and have Suricata test them; SensorError with its words if it objects."""
        _write_files(self._folder / "candidate", config, rules, datasets)
        try:
            await self._helper.call("check-sensor")
        except HelperRefused as refusal:
            raise SensorError(f"the new files do not load, the old ones stay in force: {refusal}") from refusal

    def install(self, config: str, rules: str, datasets: Mapping[str, str] = NO_DATASETS) -> None:
        _write_files(self._folder, config, rules, datasets)

    async def start(self, attach: Attach, interfaces: tuple[str, ...]) -> None:
        """Start and wait until packets are really being taken; SensorError if that doesn't come."""
        mend_last_line(self.eve)
        self.paths.command_socket.unlink(missing_ok=True)
        queue = QUEUE_NUMBER if attach.inline else None
        started = await self._helper.call("start-sensor", queue=queue, interfaces=list(interfaces))
        self.pid = started["pid"]
        await self._wait_until_ready(attach)

    async def stop(self) -> None:
        await self._helper.call("stop-sensor")
        self.pid = None
        self.paths.command_socket.unlink(missing_ok=True)  # Suricata leaves it, and it may lie outside the state folder

    async def kill(self) -> None:
        await self._helper.call("kill-sensor")

    async def reload_rules(self) -> None:
        await self.command("ruleset-reload-rules", seconds_max=RELOAD_SECONDS_MAX)

    async def reopen_logs(self) -> None:
        """The next event goes into a new file of the old name."""
        await self.command("reopen-log-files")

    async def rules_loaded(self) -> int:
        """How many signatures are in force, as the engine counts them."""
        (stats, *_) = await self.command("ruleset-stats")
        return stats["rules_loaded"]

    async def command(self, name: str, *, seconds_max: float = ANSWER_SECONDS_MAX) -> object:
        """One command over Suricata's unix socket; SensorError when it fails or does not answer."""
        try:
            async with asyncio.timeout(seconds_max):
                return await _converse(self.paths.command_socket, name)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            raise SensorError(f"no answer to {name}: {error or type(error).__name__}") from error

    async def ended(self) -> None:
        """Return when the process is gone."""
        if self.pid is None:
            return
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        gone, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(handle, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)

    async def inspects(self, attach: Attach) -> bool:
        """Whether the path is alive, not just the process: it answers, and the kernel has its queue bound."""
        try:
            await self.command("uptime")
        except SensorError:
            return False
        return not attach.inline or queue_state() is not None

    async def _wait_until_ready(self, attach):
        ended = asyncio.create_task(self.ended())
        try:
            async with asyncio.timeout(READY_SECONDS_MAX):
                while not await self.inspects(attach):
                    if ended.done():
                        raise SensorError("it ended while it started: " + self._last_words())
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise SensorError(f"it was not ready after {READY_SECONDS_MAX:g} s") from None
        finally:
            ended.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ended

    def _last_words(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.paths.log_folder / "suricata.console").read_text(errors="replace")[-500:].strip()
        return ""


@dataclass(frozen=True)
class QueueState:
    """Our queue as the kernel sees it: packets that wait, and how many were handed to the sensor so far."""

    waiting: int
    handed_over: int


def queue_state(queues: Path = QUEUES) -> QueueState | None:
    """The kernel's own table, of this network namespace; None when nobody listens on our queue."""
    with contextlib.suppress(OSError):
        for fields in map(str.split, queues.read_text().splitlines()):
            # number, port id, waiting, copy mode, copy range, dropped, user dropped, last packet id, 1
            if fields and int(fields[0]) == QUEUE_NUMBER:
                return QueueState(int(fields[2]), int(fields[7]) - int(fields[2]))
    return None


async def stalled(seconds: float, *, poll_seconds: float = 0.2) -> None:
    """Return when packets have waited this long and none of them was taken: the line hangs on the sensor."""
    before, since = None, 0.0
    while since < seconds:
        await asyncio.sleep(poll_seconds)
        now = queue_state()
        # More packets may join the queue meanwhile; only those that leave it are progress.
        hangs = now and before and now.waiting and now.handed_over == before.handed_over
        since = since + poll_seconds if hangs else 0.0
        before = now


def mend_last_line(eve: Path) -> None:
    """End a line that a killed sensor left unfinished, so that it can't swallow the next one's beginning."""
    with contextlib.suppress(FileNotFoundError), eve.open("rb+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


async def _converse(socket, name):
    reader, writer = await asyncio.open_unix_connection(str(socket), limit=ANSWER_BYTES_MAX)
    try:
        for request in ({"version": "0.2"}, {"command": name}):
            writer.write(json.dumps(request).encode() + b"\n")
            answer = json.loads(await reader.readuntil(b"\n"))
            if answer.get("return") != "OK":
                raise SensorError(f"{name}: {answer.get('message')}")
        return answer.get("message")
    finally:
        writer.close()


def _write_files(folder, config, rules, datasets):
    """A rule names its lists by where they lie, so that candidates are tested with their own."""
    lists = folder / "datasets"
    lists.mkdir(parents=True, exist_ok=True)
    (folder / "suricata.yaml").write_text(config)
    (folder / "sekisho.rules").write_text(rules.replace(DATASETS_FOLDER, str(lists)))
    for name, text in datasets.items():
        (lists / name).write_text(text)
    for stale in lists.iterdir():
        if stale.name not in datasets:
            stale.unlink()
