"""The desk's pages in a real browser: clean, accessible, fitting, and an act that is shown before it is done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import expect

from sekisho.apps.contracts.models import Application
from sekisho.apps.scope import entered

from ..apps.contracts.forms_of_tests import draft, submitted
from ..apps.world import EVERYTHING, World
from .conftest import DESK, PHONE, SCREENSHOTS, Doors, Visit
from .scenery import HOSTILE
from .test_pages import _visited

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def waiting(doors: Doors, django_db_blocker) -> str:
    """The number of an application that waits; a draft is there too."""
    # The browser's loop runs in this thread, where Django refuses to wait for a database.
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(_applied, doors.world).result()


@pytest.fixture
def at_the_desk(visit) -> Callable[..., Visit]:
    """A window of the carrier's desk, by the log-in that all tests share."""

    def opened(language: str = "ja", theme: str = "light", size: dict | None = None) -> Visit:
        return visit("desk", language, theme, size)

    return opened


def _applied(world: World) -> str:
    try:
        with entered(EVERYTHING):
            application: Application = submitted(world.owner.organisation, "LINE-D1", notes=HOSTILE)
            draft(world.owner.organisation, "LINE-D2", consents=())
            return application.number
    finally:
        connections.close_all()


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("ja", "light", DESK), ("en", "dark", PHONE)],
    ids=["ja-light-desk", "en-dark-phone"],
)
def test_the_pages_are_clean_accessible_and_fit(
    doors: Doors, waiting: str, at_the_desk, language: str, theme: str, size: dict
) -> None:
    window = at_the_desk(language, theme, size)
    number, contract = waiting, f"contracts/{doors.world.contract.number}"
    paths = ["applications", f"applications/{number}", f"applications/{number}/refuse", "applications/new",
             f"applications/new/{doors.world.owner.organisation_id}", "contracts", contract, f"{contract}/history",
             f"{contract}/contacts", f"{contract}/acts/cancel", f"{contract}/acts/suspend", "registers",
             "lines", "lines/new", "money/quotes", "money/quotes/Q100001",
             "works", "works/new", f"{contract}/acts/stop-option", f"{contract}/acts/disclose", "money", "money/papers",
             "money/papers/trouble", "money/receipts", "money/arrears", "money/prices",
             "money/prices/2016-10"]  # fmt: skip
    faults = []
    SCREENSHOTS.mkdir(exist_ok=True)
    for path in paths:
        faults += [f"{path}: {fault}" for fault in _visited(window, f"/console/{path}", language)]
        assert window.page.locator("body.console").count(), f"{path} is not the console"
        name = f"desk-{path.replace('/', '-')}-{language}-{theme}-{size['width']}.png"
        window.page.screenshot(path=SCREENSHOTS / name, full_page=True)
    assert faults == []


@pytest.mark.article("17-2")
def test_a_cancellation_shows_its_day_and_charge_before_it_is_done(doors: Doors, at_the_desk) -> None:
    window = at_the_desk("ja")
    page = window.open(f"/console/contracts/{doors.world.entry_contract.number}/acts/cancel")
    page.get_by_role("button", name="内容を確認する").click()
    shown = page.locator(".consequences")
    expect(shown).to_contain_text("17-2")
    expect(shown).to_contain_text("円")
    page.screenshot(path=SCREENSHOTS / "desk-cancel-preview-ja.png", full_page=True)
    page.get_by_role("link", name="何も変えずに戻る").first.click()
    expect(page.locator("main")).not_to_contain_text("契約は2")
    assert window.complaints == []
