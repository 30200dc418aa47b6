"""The platform's processes: what each is started with, in the order in which they stand on each other."""

from __future__ import annotations

import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from .database import ROLES, DatabaseUrls, provision_database
from .engines import EngineError, Nats, Postgres, unprivileged
from .place import Place, PlaceError, is_free
from .supervisor import Child

DATABASE_NAME = "sekisho"
WEB_PORT = 8470
SETTINGS = (
    "SEKISHO_ALLOWED_HOSTS",
    "SEKISHO_CHECKPOINT_DIR",
    "SEKISHO_CHECKPOINT_FROM",
    "SEKISHO_CHECKPOINT_MAIL",
    "SEKISHO_LOG_LEVEL",
    "SEKISHO_MAIL_FROM",
    "SEKISHO_TRUSTED_PROXIES",
)
"""What an operator may set and the platform's processes read as it is; see docs/running.md."""


@dataclass(frozen=True)
class Engines:
    """Where the engines are: embedded ones that the supervisor starts, or the carrier's own by URL."""

    children: list[Child]
    admin_url: str
    nats_url: str


def engines(place: Place, environ: dict[str, str]) -> Engines:
    """Embedded engines unless ``SEKISHO_DATABASE_URL`` and ``SEKISHO_NATS_URL`` name others."""
    children = []
    admin_url = environ.get("SEKISHO_DATABASE_URL", "")
    if not admin_url:
        postgres = Postgres(place.var / "postgres", place.port("postgres"))
        postgres.lay()
        admin_url = postgres.admin_url
        children.append(Child("postgres", postgres.argv(), _engine_env(), postgres.ready, signal.SIGINT))
    nats_url = environ.get("SEKISHO_NATS_URL", "")
    if not nats_url:
        nats = Nats(place.var / "nats", place.port("nats"))
        nats.lay()
        nats_url = nats.url
        children.append(Child("nats", nats.argv(), _engine_env(), nats.ready))
    return Engines(children, admin_url, nats_url)


def database(place: Place, admin_url: str) -> DatabaseUrls:
    """The platform's database with its roles; made at the first start. Raises EngineError when it can't be."""
    import psycopg  # here, because commands that only look for files shall start fast

    try:
        return provision_database(admin_url, DATABASE_NAME, {role: place.secret(role) for role in ROLES})
    except psycopg.Error as error:
        raise EngineError(f"the database can't be prepared: {str(error).strip()}") from error


def environment(place: Place, urls: DatabaseUrls, nats_url: str, port: int) -> dict[str, str]:
    """What every process of the platform is told. The owner's URL is not in it: only migrations get that."""
    return {
        **_engine_env(),
        **{name: os.environ[name] for name in SETTINGS if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
        "SEKISHO_VAR": str(place.var),
        "SEKISHO_APP_DATABASE_URL": urls.app_url,
        "SEKISHO_LAKE_DATABASE_URL": urls.lake_url,
        "SEKISHO_LAKE_PATH": str(place.lake),
        "SEKISHO_NATS_URL": nats_url,
        "SEKISHO_SECRET_KEY": place.secret("django"),
        "SEKISHO_CA_DIR": str(place.ca),
        "SEKISHO_STATIC_ROOT": str(place.static),
        "SEKISHO_WEB_LISTEN": f"127.0.0.1:{port}",
        "SEKISHO_BASE_URL": os.environ.get("SEKISHO_BASE_URL", f"http://127.0.0.1:{port}"),
        "SEKISHO_SMTP_URL": os.environ.get("SEKISHO_SMTP_URL", f"smtp://127.0.0.1:{place.port('smtp')}"),
        # Loopback is the platform's own; an operator adds the addresses at which boxes reach this machine.
        "SEKISHO_EDGE_LISTEN": ",".join(
            [f"127.0.0.1:{place.port('edge')}", *filter(None, [os.environ.get("SEKISHO_EDGE_LISTEN")])]
        ),
        "SEKISHO_SYSLOG_LISTEN": os.environ.get(
            "SEKISHO_SYSLOG_LISTEN",
            f"udp://127.0.0.1:{place.port('syslog')},tcp://127.0.0.1:{place.port('syslog')},"
            f"tls://127.0.0.1:{place.port('syslog-tls')}",
        ),
    }


def web_port(place: Place, wanted: int | None) -> int:
    """The port asked for, or last time's, or the usual one, or any free one. Raises PlaceError."""
    if wanted and wanted < (lowest := _lowest_port()):
        raise PlaceError(
            f"port {wanted} needs privileges, and the web process has none: choose one from {lowest} up, "
            "and put a proxy in front of it"
        )
    if wanted or ((place.var / "ports.json").exists() and "web" in (place.var / "ports.json").read_text()):
        return place.port("web", wanted)
    return place.port("web", WEB_PORT if is_free(WEB_PORT) else None)


def _lowest_port() -> int:
    """The first port that a process without privileges may listen on."""
    return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())


def edge_port(env: dict[str, str]) -> int:
    """The port on which the collector takes edges, on each of its addresses."""
    return int(env["SEKISHO_EDGE_LISTEN"].split(",")[0].rpartition(":")[2])


def platform_children(env: dict[str, str]) -> list[Child]:
    """Everything between the engines and the customer's site, in starting order."""
    collector_port = edge_port(env)
    port = int(env["SEKISHO_WEB_LISTEN"].rpartition(":")[2])
    pipeline_status = Path(env["SEKISHO_VAR"]) / "run" / "pipeline.json"
    pipeline_status.unlink(missing_ok=True)  # an earlier run's says nothing of this one
    children = []
    if "SEKISHO_SMTP_URL" not in os.environ:
        smtp_port = int(env["SEKISHO_SMTP_URL"].rpartition(":")[2])
        children.append(_python("mail", env, lambda: _answers(smtp_port)))
    return [
        *children,
        _python("collector", env, lambda: _answers(collector_port)),
        _python("pipeline", env, pipeline_status.exists),
        _python("worker", env, lambda: True),
        _python("web", env, lambda: _answers(port)),
    ]


def _python(name: str, env: dict[str, str], ready) -> Child:
    return Child(name, unprivileged([sys.executable, "-m", f"sekisho.entry.processes.{name}"]), env, ready)


def _engine_env() -> dict[str, str]:
    """The little that a service needs of the environment it was started from; no secrets by accident."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
