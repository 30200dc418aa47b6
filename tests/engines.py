"""Real engines for tests: each context manager starts one on a free loopback port and ends it again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sekisho.entry.database import ROLES, DatabaseUrls, provision_database
from sekisho.entry.engines import Nats, Postgres, free_port

START_SECONDS_MAX = 60


@contextmanager
def postgres_server(folder: Path) -> Iterator[Postgres]:
    """A running PostgreSQL with its files in ``folder``."""
    engine = Postgres(folder, free_port())
    engine.lay()
    # A test's database may lose its last second: nobody reads it after the run.
    with running([*engine.argv(), "-c", "fsync=off"], engine.ready, folder / "log", stop=signal.SIGINT):
        yield engine


@contextmanager
def nats_server(folder: Path, port: int | None = None) -> Iterator[Nats]:
    """A running nats-server with its store in ``folder``."""
    engine = Nats(folder, port or free_port())
    engine.lay()
    with running(engine.argv(), engine.ready, folder / "log"):
        yield engine


def make_database(engine: Postgres, name: str) -> DatabaseUrls:
    """An empty database with the product's roles. Roles belong to the whole cluster: each has one password there."""
    return provision_database(engine.admin_url, name, {role: f"{role} of the tests" for role in ROLES})


@contextmanager
def running(
    argv: list[str], ready: Callable[[], bool], log: Path, stop: signal.Signals = signal.SIGTERM
) -> Iterator[subprocess.Popen]:
    """A process that is ready for use inside the block and gone after it."""
    with log.open("ab") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env=dict(os.environ))
    try:
        wait_until(lambda: ready() or _ended(process, log), START_SECONDS_MAX, f"{argv[-1]} is ready")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)


def wait_until(holds: Callable[[], object], seconds_max: float, what: str) -> None:
    """Look again and again until ``holds``; fail with ``what`` when it doesn't in time."""
    deadline = time.monotonic() + seconds_max
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds_max} s: {what}")
        time.sleep(0.05)


def _ended(process: subprocess.Popen, log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
    return False
