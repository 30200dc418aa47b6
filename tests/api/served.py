"""A web process of its own in front of the session's database, for tests with real sockets and real commits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import free_port

from ..django_database import SECRET_KEY
from ..engines import running


@contextmanager
def web_process(urls: DatabaseUrls, folder: Path) -> Iterator[str]:
    """The address that it answers at."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    told = {
        "SEKISHO_VAR": str(folder),
        "SEKISHO_APP_DATABASE_URL": urls.app_url,
        "SEKISHO_SECRET_KEY": SECRET_KEY,
        "SEKISHO_WEB_LISTEN": f"127.0.0.1:{port}",
        "SEKISHO_BASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
    }
    environment = [f"{name}={value}" for name, value in told.items()]
    argv = ["env", *environment, sys.executable, "-m", "sekisho.entry.processes.web"]
    with running(argv, lambda: _answers(url), folder / "web.log"):
        yield url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.ConnectionError:
        return False
