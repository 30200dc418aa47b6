"""A real web process in front of a real database, and a real browser in front of both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sekisho.apps.incidents.models import SecurityIncident
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import free_port
from sekisho.web.translations import compile_catalogues

from ..apps.world import EVERYTHING, PASSWORD, World
from ..django_database import SECRET_KEY, _empty
from ..engines import wait_until
from .scenery import TOTP_SECRET, build_scenery

CHROMIUM = Path(os.environ.get("SEKISHO_CHROMIUM", "/usr/bin/chromium"))
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
STEP_MS_MAX = 15_000
SCREENSHOTS = Path(__file__).resolve().parents[2] / "artifacts"
REAL_HASHER = "django.contrib.auth.hashers.ScryptPasswordHasher"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of this folder: its web process and its scenery are made once."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("doors"))


@dataclass
class Doors:
    """The web process' address and the world behind it."""

    url: str
    world: World
    incidents: dict[str, str]
    """Numbers of the incidents by state and level, such as "open high"."""
    var: Path
    """The installation's folder, as the web process knows it."""


@pytest.fixture(scope="package")
def doors(
    django_db_setup: None, django_db_blocker, database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    compile_catalogues()
    with django_db_blocker.unblock():
        try:
            with override_settings(PASSWORD_HASHERS=[REAL_HASHER]):  # the web process knows no cheap one
                world = build_scenery()
            incidents = _incident_numbers()
            connections.close_all()
            var = tmp_path_factory.mktemp("web")
            with _web_process(database_urls, var) as url:
                yield Doors(url, world, incidents, var)
        finally:
            connections.close_all()
            _empty(database_urls.owner_url)


def _incident_numbers() -> dict[str, str]:
    with entered(EVERYTHING):
        rows = SecurityIncident.objects.all()
        return {f"{'closed' if row.closed_at else 'open'} {row.level}": row.number for row in rows}


def _web_process(urls: DatabaseUrls, folder: Path):
    port = free_port()
    told = {
        "SEKISHO_VAR": str(folder),
        "SEKISHO_APP_DATABASE_URL": urls.app_url,
        "SEKISHO_SECRET_KEY": SECRET_KEY,
        "SEKISHO_WEB_LISTEN": f"127.0.0.1:{port}",
        "SEKISHO_BASE_URL": f"http://127.0.0.1:{port}",
        "SEKISHO_ALLOWED_HOSTS": "localhost",
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
    }
    return _serving([sys.executable, "-m", "sekisho.entry.processes.web"], told, port, folder / "web.log")


@contextmanager
def _serving(argv: list[str], told: dict[str, str], port: int, log: Path) -> Iterator[str]:
    """The process with what it is told in its environment, answering at the address that is given."""
    with log.open("ab") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, env={**os.environ, **told})
    try:
        wait_until(lambda: _answers(process, port, log), 60, "the web process answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(process: subprocess.Popen, port: int, log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(log.read_text(errors="replace")[-3000:])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(scope="package")
def browser(doors: Doors) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sessions(doors: Doors, browser: Browser) -> dict[str, dict]:
    """One log-in through the real pages for each role; its cookies serve every test."""
    people = {"owner": doors.world.owner, "stranger": doors.world.stranger, "analyst": doors.world.analyst}
    people["desk"] = doors.world.carrier
    return {name: _log_in(browser, doors.url, person.email) for name, person in people.items()}


def _log_in(browser: Browser, url: str, email: str) -> dict:
    with browser.new_context(locale="ja") as context:
        page = context.new_page()
        log_in(page, url, email)
        return context.storage_state()


def log_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.primary")
    page.wait_for_selector("[name=code], body.portal, body.console", timeout=STEP_MS_MAX)
    if page.locator("[name=code]").count():
        page.fill("[name=code]", totp(TOTP_SECRET))
        page.click("main button.primary")
    page.wait_for_selector("body.portal, body.console", timeout=STEP_MS_MAX)


def totp(secret: str) -> str:
    """The six digits of now (RFC 6238), computed here and not by the library under test."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Visit:
    """A browser window that remembers everything a page complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.complaints: list[str] = []
        context.set_default_timeout(STEP_MS_MAX)
        self.page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda failed: self.complaints.append(f"failed: {failed.url}"))

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        # Keys go to the window that has the focus; on a busy machine a new one gets it a moment after its page.
        self.page.bring_to_front()
        wait_until(lambda: self.page.evaluate("document.hasFocus()"), 30, "the window has the focus")
        return self.page


@pytest.fixture
def visit(doors: Doors, browser: Browser, sessions: dict[str, dict]) -> Iterator[Callable[..., Visit]]:
    """``visit("analyst", language="en", theme="dark", size=PHONE)`` opens a window as that person."""
    contexts = []

    def opened(who: str = "", language: str = "ja", theme: str = "light", size: dict | None = None) -> Visit:
        context = browser.new_context(
            locale=language, viewport=size or DESK, storage_state=sessions[who] if who else None
        )
        contexts.append(context)
        chosen = {"sekisho_theme": theme, "django_language": language}
        context.add_cookies([{"name": name, "value": value, "url": doors.url} for name, value in chosen.items()])
        return Visit(context, doors.url)

    yield opened
    for context in contexts:
        context.close()
