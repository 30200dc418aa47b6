"""Fixtures that every area shares: the engines, the project's shared data, and closed sockets."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import Nats, Postgres

from .django_database import committed_db, django_db_setup, pytest_configure  # noqa: F401 - fixtures
from .engines import make_database, nats_server, postgres_server

# The same examples in every run, and no deadline that a busy machine could miss.
settings.register_profile("sekisho", deadline=None, derandomize=True)
settings.load_profile("sekisho")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with postgres_server(tmp_path_factory.mktemp("postgres")) as engine:
        yield engine


@pytest.fixture(scope="session")
def database_urls(postgres: Postgres) -> DatabaseUrls:
    """The session's database, empty but for the roles; Django's fixtures migrate it."""
    return make_database(postgres, "sekisho")


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats_server(tmp_path_factory.mktemp("nats")) as engine:
        yield engine


@pytest.fixture(scope="session")
def nats_url(nats: Nats) -> str:
    return nats.url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real logs, captures and signatures that others made; they lie beside the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data folder is not beside the project")
    return SHARED_DATA


@pytest.fixture(autouse=True, scope="session")
def only_local_sockets() -> Iterator[None]:
    """No test reaches beyond this machine: loopback, link-local lab links and namespaces only."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def check(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):  # type: ignore[index]
            raise AssertionError(f"a test tried to reach {address}")

    def guarded(self: socket.socket, address: object) -> None:
        check(self, address)
        return connect(self, address)  # type: ignore[arg-type]

    def guarded_ex(self: socket.socket, address: object) -> int:
        check(self, address)
        return connect_ex(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]


def _is_local(host: str) -> bool:
    if host in ("localhost", ""):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("root") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root: network namespaces and Suricata"))
