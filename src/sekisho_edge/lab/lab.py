"""A customer's site in network namespaces: ``with Lab("sk") as lab: lab.run("pc1", [...])``.

Two labs with different prefixes live side by side. What a dead run left behind under the same prefix
is removed at start; a lab that is still alive is refused with LabError. The lab's programs are
children of this process, are killed by the kernel when it dies, and are ended by id.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from sekisho_edge.command import CommandFailed
from sekisho_edge.lab import network, servers, site

STATE = Path("/run/sekisho-lab")
READY_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0
RUN_SECONDS_MAX = 60.0


class LabError(Exception):
    """The lab can't be had here and now; the message says why."""


class Lab:
    """One site. ``up`` and ``down`` may be called again; ``management`` is known once it is up.

    The kernel kills the programs when the *thread* that called ``up`` ends: keep it alive.
    """

    def __init__(self, prefix: str = "sk") -> None:
        if not site.PREFIX.fullmatch(prefix):
            raise LabError(f"{prefix!r}: a prefix has 1 to 8 small letters or digits and starts with a letter")
        self.prefix = prefix
        self.folder = STATE / prefix
        self.management: site.Management | None = None
        self._programs: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> Lab:
        self.up()
        return self

    def __exit__(self, *_) -> None:
        self.down()

    def up(self) -> Lab:
        """Build the site and start its servers; returns when every one of them listens."""
        if os.geteuid() != 0:
            raise LabError("network namespaces need root")
        if (pid := owner_of(self.prefix)) not in (None, os.getpid()):
            raise LabError(f"the lab {self.prefix!r} is up already, run by process {pid}")
        network.remove(self.prefix)
        self._claim()
        try:
            self.management = network.build(self.prefix)
            self._start_programs()
        except (CommandFailed, LabError):
            self.down()
            raise
        self._write_state()
        return self

    def down(self) -> None:
        """End the servers and delete the namespaces."""
        for program in self._programs.values():
            program.terminate()
        for program in self._programs.values():
            _reap(program)
        self._programs.clear()
        network.remove(self.prefix)
        shutil.rmtree(self.folder, ignore_errors=True)

    def namespace(self, host: str) -> str:
        """The name of a host's namespace, as ``ip netns`` knows it."""
        if host not in site.NAMESPACES:
            raise LabError(f"no host is called {host!r}; there are {', '.join(site.NAMESPACES)}")
        return network.namespace(self.prefix, host)

    def argv(self, host: str, argv: Sequence[str]) -> list[str]:
        """The command line that runs ``argv`` on a host and dies with its parent."""
        return ["ip", "netns", "exec", self.namespace(host), "setpriv", "--pdeathsig", "KILL", *argv]

    def run(
        self, host: str, argv: Sequence[str], timeout: float = RUN_SECONDS_MAX
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command on a host to its end; its return code and output are the caller's to judge."""
        return subprocess.run(self.argv(host, argv), capture_output=True, timeout=timeout, check=False)

    def start(self, host: str, argv: Sequence[str], **how) -> subprocess.Popen:
        """Start a command on a host; the caller ends it."""
        return subprocess.Popen(self.argv(host, argv), **how)

    def dead(self) -> list[str]:
        """Servers of the lab that have ended by themselves."""
        return [name for name, program in self._programs.items() if program.poll() is not None]

    def _claim(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self._write_state()

    def _start_programs(self):
        programs = servers.programs(self.folder)
        for program in programs:
            with (self.folder / f"{program.name}.log").open("wb") as log:
                process = self.start(program.host, program.argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            self._programs[program.name] = process
        deadline = time.monotonic() + READY_SECONDS_MAX
        for program in programs:
            self._wait_until_ready(program, deadline)

    def _wait_until_ready(self, program, deadline):
        log = self.folder / f"{program.name}.log"
        while program.ready not in log.read_bytes():
            if self._programs[program.name].poll() is not None:
                raise LabError(f"{program.name} ended: {log.read_text(errors='replace').strip()}")
            if time.monotonic() > deadline:
                raise LabError(f"{program.name} was not ready in time")
            time.sleep(0.02)

    def _write_state(self):
        state = {"prefix": self.prefix, "pid": os.getpid(), "started": _started(os.getpid())}
        if self.management:
            state |= {
                "platform_address": self.management.platform_address,
                "utm_address": self.management.utm_address,
                "namespaces": {name: self.namespace(name) for name in site.NAMESPACES},
            }
        (self.folder / "lab.json").write_text(json.dumps(state))


def read_state(prefix: str) -> dict | None:
    """What a lab says about itself, or None; it may be dead, ask ``owner_of``."""
    try:
        return json.loads((STATE / prefix / "lab.json").read_text())
    except (FileNotFoundError, ValueError):
        return None


def owner_of(prefix: str) -> int | None:
    """The id of the process that runs this lab, or None when nobody does (any more)."""
    state = read_state(prefix)
    if state is None or _started(state["pid"]) != state["started"]:
        return None
    return state["pid"]


def attached(prefix: str) -> Lab:
    """A handle on a lab that another process runs: for ``run`` and scenes. LabError when there is none."""
    state = read_state(prefix)
    if owner_of(prefix) is None or "platform_address" not in state:
        raise LabError(f"no lab {prefix!r} is up; start it with: sekisho-edge lab --prefix {prefix} up")
    lab = Lab(prefix)
    lab.management = site.Management(state["platform_address"], state["utm_address"])
    return lab


def _started(pid: int) -> str | None:
    """When a process started, in the kernel's ticks: a process id alone may have been given away again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except FileNotFoundError:
        return None


def _reap(program):
    try:
        program.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
