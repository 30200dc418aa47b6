"""How long a page takes while 200 people use both doors, with 10,000 contracts in the database.

    python -m bench.web [--contracts N] [--months N] [--seconds N] [--think LEAST MOST] [--keep FOLDER]

150 people at the portal and 50 at the console, logged in before, each asking for a page of their own choice
(``visitors``) and reading it for LEAST to MOST seconds before the next. 5 to 10 seconds are a person who does nothing
else: who works through a list takes that long to read a row's page and decide, and who reads an invoice or an incident
takes longer. 200 such people ask for 27 pages a second; on 2 cores that leaves 75 ms of CPU a page for web, database
and the asking together, and half of it if pages are not to wait for each other. ``--think 3 6`` is the same with twice
as many people.

The web process is started as the platform starts it (``sekisho.entry.processes.web``); the asking runs beside it on the
same machine. Afterwards each page is asked for alone, some times in turn, and the CPU that web and PostgreSQL spent on
it is read from /proc: these figures hardly depend on what else the machine does, the times do. ``--keep`` leaves the
database in a folder, and uses it when it is there already.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .cpu import cpu_seconds
from .report import HEAD, P95_MS_MAX, command, machine, rows_of

CONTRACTS, MONTHS, SECONDS, WARM_UP_SECONDS, SEED = 10_000, 3, 90, 20, 4
THINK_SECONDS = (5.0, 10.0)
ALONE_TIMES = 10
SECRET = "only-for-a-measurement-0123456789-0123456789"  # noqa: S105
START_SECONDS_MAX = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=int, default=CONTRACTS)
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--think", type=float, nargs=2, default=THINK_SECONDS, metavar=("LEAST", "MOST"))
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return _measured(given.keep or Path(folder), given)


def _measured(folder: Path, given: argparse.Namespace) -> int:
    from tests.engines import make_database, postgres_server

    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    kept = (folder / "postgres").exists()
    (folder / "postgres").mkdir(exist_ok=True)
    with postgres_server(folder / "postgres") as engine:
        urls = make_database(engine, "sekisho")
        _prepare_django(urls, folder)
        from . import visitors, world

        if not kept:
            started = time.perf_counter()
            world.build(given.contracts, given.months, SEED)
            print(f"{given.contracts:,} contracts, {given.months} months billed: {time.perf_counter() - started:.0f} s")
            _settle(urls.owner_url)
        people = visitors.visitors()
        database = int((engine.data / "postmaster.pid").read_text().split()[0])
        with _web(urls, folder) as (port, process):
            answer = _asked(folder, port, people, given, {"web": process.pid, "PostgreSQL": database})
            alone = _alone(port, people, process.pid, database)
    return _report(answer, alone, people, given)


def _prepare_django(urls, folder: Path) -> None:
    """As ``entry.processes.prepare`` does before the platform's processes start."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="sekisho.web.settings",
        SEKISHO_SECRET_KEY=SECRET,
        SEKISHO_APP_DATABASE_URL=urls.app_url,
        SEKISHO_DATABASE_URL=urls.owner_url,
        SEKISHO_LOG_LEVEL="WARNING",
        SEKISHO_STATIC_ROOT=str(folder / "static"),
    )
    import django

    from sekisho.web.translations import compile_catalogues

    compile_catalogues()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in by a password here
    call_command("migrate", database="owner", verbosity=0)
    call_command("createcachetable", database="owner", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


def _settle(owner_url: str) -> None:
    """Statistics as a database has them that has been running for a while."""
    import psycopg

    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


@contextmanager
def _web(urls, folder: Path) -> Iterator[tuple[int, subprocess.Popen]]:
    """The web process with its environment as the supervisor gives it, answering."""
    from sekisho.entry.engines import free_port

    port = free_port()
    told = {
        "SEKISHO_VAR": str(folder),
        "SEKISHO_APP_DATABASE_URL": urls.app_url,
        "SEKISHO_SECRET_KEY": SECRET,
        "SEKISHO_WEB_LISTEN": f"127.0.0.1:{port}",
        "SEKISHO_BASE_URL": f"http://127.0.0.1:{port}",
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
    }
    env = {name: value for name, value in os.environ.items() if name != "SEKISHO_DATABASE_URL"} | told
    with (folder / "web.log").open("ab") as log:
        argv = [sys.executable, "-m", "sekisho.entry.processes.web"]
        process = subprocess.Popen(argv, stdout=log, stderr=log, env=env)
    try:
        _wait_for(port)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the web process does not answer")


def _asked(folder: Path, port: int, people: list[dict], given: argparse.Namespace, pids: dict[str, int]) -> dict:
    spec = folder / "spec.json"
    told = {
        "host": "127.0.0.1", "port": port, "warm_up_seconds": WARM_UP_SECONDS, "seconds": given.seconds,
        "think_seconds": list(given.think), "visitors": people, "seed": SEED,
    }  # fmt: skip
    spec.write_text(json.dumps(told))
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    done = subprocess.run([sys.executable, "-m", "bench.web.load", str(spec)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer = json.loads(done.stdout)
    used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()} | {"asking": answer["cpu_seconds"]}
    return {**answer, "used": used, "load": os.getloadavg()[0]}


def _alone(port: int, people: list[dict], web: int, database: int) -> dict[str, tuple[float, float]]:
    """CPU milliseconds of web and PostgreSQL for one page, of each page, when nobody else asks."""
    found, connection = {}, http.client.HTTPConnection("127.0.0.1", port)
    of_each = {name: (path, one["session"]) for one in reversed(people) for name, path in one["pages"]}
    for name, (path, session) in of_each.items():
        before = cpu_seconds(web), cpu_seconds(database)
        for _turn in range(ALONE_TIMES):
            connection.request("GET", path, headers={"Cookie": f"session={session}"})
            connection.getresponse().read()
        after = cpu_seconds(web), cpu_seconds(database)
        found[name] = tuple((b - a) * 1000 / ALONE_TIMES for a, b in zip(before, after, strict=True))
    connection.close()
    return found


def _report(answer: dict, alone: dict[str, tuple[float, float]], people: list[dict], given: argparse.Namespace) -> int:
    wall = given.seconds + WARM_UP_SECONDS
    print(f"{command()}\n{machine()}")
    print(
        f"{len(people)} people ({sum(one['door'] == 'portal' for one in people)} portal), thinking "
        f"{given.think[0]:g} to {given.think[1]:g} s; {given.contracts:,} contracts; {given.seconds} s after "
        f"{WARM_UP_SECONDS} s of warm-up; CPU in ms a page, asked for alone"
    )
    rows = rows_of(answer["pages"], alone)
    print(HEAD, *rows, sep="\n")
    used = ", ".join(f"{name} {seconds / wall:.2f}" for name, seconds in answer["used"].items())
    print(f"CPU, of {os.cpu_count()} cores: {used}; load of the machine {answer['load']:.1f}")
    slow, errors = [row.name for row in rows if row.slow], answer["errors"]
    print(
        f"{'MISSED' if slow or errors else 'kept'}: {answer['requests'] / answer['seconds']:.1f} pages/s, p95 of all "
        f"{rows[-1].p95:.0f} ms, of the slowest page ({rows[0].name}) {rows[0].p95:.0f} ms, limit {P95_MS_MAX} ms; "
        f"errors: {errors or 'none'}"
    )
    return 1 if slow or errors else 0


if __name__ == "__main__":
    sys.exit(main())
