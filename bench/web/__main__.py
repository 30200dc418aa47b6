"""How long a page takes while 200 people use both doors, with 10,000 contracts in the database.

    python -m bench.web [--contracts N] [--months N] [--seconds N] [--think LEAST MOST] [--keep FOLDER]

150 people at the portal and 50 at the console, logged in before, each asking for a page of their own choice and
thinking for LEAST to MOST seconds before the next. The web process is started as the platform starts it
(``sekisho.entry.processes.web``); the asking runs beside it on the same machine, and its share of the CPU is
printed. ``--keep`` leaves the database in a folder, and uses it when it is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTRACTS, MONTHS, SECONDS, WARM_UP_SECONDS, SEED = 10_000, 3, 60, 15, 4
THINK_SECONDS = (2.0, 8.0)
P95_MS_MAX = 150
SECRET = "only-for-a-measurement-0123456789-0123456789"  # noqa: S105
START_SECONDS_MAX = 60
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


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
        _prepare_django(urls)
        from . import world

        if not kept:
            started = time.perf_counter()
            world.build(given.contracts, given.months, SEED)
            print(f"{given.contracts:,} contracts, {given.months} months billed: {time.perf_counter() - started:.0f} s")
            _settle(urls.owner_url)
        people = world.visitors()
        with _web(urls, folder) as (port, process):
            answer = _asked(folder, port, people, given, process)
    return _report(answer, people, given)


def _prepare_django(urls) -> None:
    os.environ.update(
        DJANGO_SETTINGS_MODULE="sekisho.web.settings",
        SEKISHO_SECRET_KEY=SECRET,
        SEKISHO_APP_DATABASE_URL=urls.app_url,
        SEKISHO_DATABASE_URL=urls.owner_url,
        SEKISHO_LOG_LEVEL="WARNING",
    )
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in by a password here
    call_command("migrate", database="owner", verbosity=0)


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


def _asked(folder: Path, port: int, people: list[dict], given: argparse.Namespace, web: subprocess.Popen) -> dict:
    spec = folder / "spec.json"
    told = {
        "host": "127.0.0.1", "port": port, "warm_up_seconds": WARM_UP_SECONDS, "seconds": given.seconds,
        "think_seconds": list(given.think), "visitors": people, "seed": SEED,
    }  # fmt: skip
    spec.write_text(json.dumps(told))
    before = _cpu_seconds(web.pid)
    done = subprocess.run([sys.executable, "-m", "bench.web.load", str(spec)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer = json.loads(done.stdout)
    return {**answer, "web_cpu_seconds": _cpu_seconds(web.pid) - before}


def _cpu_seconds(pid: int) -> float:
    """Of a process and its children that are alive."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
    return total


def _report(answer: dict, people: list[dict], given: argparse.Namespace) -> int:
    wall = given.seconds + WARM_UP_SECONDS
    print(_machine())
    print(
        f"{len(people)} people ({sum(one['door'] == 'portal' for one in people)} portal), thinking "
        f"{given.think[0]:g} to {given.think[1]:g} s; {given.contracts:,} contracts; {given.seconds} s after "
        f"{WARM_UP_SECONDS} s of warm-up"
    )
    print(f"{'page':24}{'asked':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    slow = []
    everything = sorted(time for times in answer["pages"].values() for time in times)
    for name, times in [*sorted(answer["pages"].items()), ("all", everything)]:
        p50, p95, p99 = (_percentile(sorted(times), part) for part in (0.5, 0.95, 0.99))
        slow += [name] if p95 >= P95_MS_MAX else []
        print(f"{name:24}{len(times):>8,}{p50:>9.1f}{p95:>9.1f}{p99:>9.1f}{'  !' if p95 >= P95_MS_MAX else ''}")
    print(
        f"{answer['requests'] / answer['seconds']:.1f} pages/s, {answer['bytes'] / 1e6 / answer['seconds']:.1f} MB/s, "
        f"errors: {answer['errors'] or 'none'}"
    )
    print(
        f"CPU, of {os.cpu_count()} cores: web {answer['web_cpu_seconds'] / wall:.2f}, "
        f"asking {answer['cpu_seconds'] / wall:.2f}; load of the machine {os.getloadavg()[0]:.1f}"
    )
    return 1 if slow or answer["errors"] else 0


def _percentile(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("nan")


def _machine() -> str:
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "?")
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}"


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines()


if __name__ == "__main__":
    sys.exit(main())
