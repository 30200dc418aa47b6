"""What the edge's tests share: waiting with a deadline, a writer of logs, and the lab where it can be had."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sekisho_edge.lab import Lab, servers

DEADLINE_SECONDS = 30.0


def wait_until(condition: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> object:
    """The condition's first true value; fails the test when it doesn't come in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return value


class LogWriter:
    """Writes numbered lines as Suricata does, and rotates."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[bytes] = []
        self._file = path.open("ab")

    def write(self, count: int, *, padding: int = 0) -> None:
        for _ in range(count):
            line = b'{"n":%d,"pad":"%s"}\n' % (len(self.written), b"x" * padding)
            self.written.append(line)
            self._file.write(line)
        self._file.flush()

    def rotate(self, name: str = "") -> None:
        self.path.rename(self.path.with_name(f"{self.path.name}.{name or f'{time.time_ns():020d}'}"))
        self._reopen()

    def truncate(self) -> None:
        self._file.truncate(0)
        self._reopen()

    def _reopen(self):
        self._file.close()
        self._file = self.path.open("ab")

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogWriter]:
    (tmp_path / "log").mkdir()
    writer = LogWriter(tmp_path / "log" / "eve.json")
    yield writer
    writer.close()


def why_no_lab(*engines: str) -> str:
    """The reason for which this machine can't carry a lab, or one with these engines besides; or nothing."""
    if os.geteuid() != 0:
        return "the lab needs root"
    if missing := servers.missing():
        return f"the lab needs {', '.join(missing)}"
    if shutil.which("suricata") is None:
        return "the lab's UTM needs suricata"
    for engine in engines:
        if shutil.which(engine) is None and shutil.which(f"/usr/sbin/{engine}") is None:
            return f"this function needs {engine}"
    return ""


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    if reason := why_no_lab():
        pytest.skip(reason)
    # The process id keeps parallel test workers apart.
    with Lab(f"t{os.getpid() % 1_000_000}") as site:
        yield site
