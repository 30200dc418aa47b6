"""A contractor's people and missed service levels, in a real browser; the carrier's queue of reviews."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import expect

from sekisho.apps.incidents import actions
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.models import EventGroup, GroupState, Level
from sekisho.apps.scope import entered
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at

from ..apps.world import EVERYTHING, World
from .conftest import PHONE, SCREENSHOTS, Doors
from .test_pages import _visited

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def breached(doors: Doors, django_db_blocker) -> str:
    """The number of an incident of which nobody was told in time, under the second contractor's contract."""
    # The browser's loop runs in this thread, where Django refuses to wait for a database.
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(_missed, doors.world).result()


@pytest.fixture
def desk() -> str:
    """The carrier's desk, by the log-in that all tests share: a code of the second factor works once."""
    return "desk"


def _missed(world: World) -> str:
    try:
        with entered(EVERYTHING):
            group = EventGroup.objects.filter(contract=world.other_contract, state=GroupState.OPEN).earliest("score")
            with standing_at(clock.now() - dt.timedelta(minutes=30)):
                incident = actions.determine_level(world.analyst, level=Level.HIGH, group=group).incident
            judge(incident)
            return incident.number
    finally:
        connections.close_all()


@pytest.mark.parametrize(("language", "size"), [("ja", None), ("en", PHONE)])
def test_the_pages_are_clean_accessible_and_fit(breached: str, desk: str, visit, language: str, size) -> None:
    window, console = visit("stranger", language, "light", size), visit(desk, language, "dark", size)
    faults = []
    for opened, path in ((window, "/people"), (window, "/breaches"), (console, "/console/breaches")):
        faults += [f"{path}: {fault}" for fault in _visited(opened, path, language)]
        name = path.strip("/").replace("/", "-")
        SCREENSHOTS.mkdir(exist_ok=True)
        opened.page.screenshot(path=SCREENSHOTS / f"{name}-{language}.png", full_page=True)
    assert faults == []


@pytest.mark.article("35-1")
def test_a_contractor_sees_until_when_to_claim_and_claims(doors: Doors, breached: str, visit) -> None:
    page = visit("stranger", "ja").open("/breaches")
    expect(page.get_by_text("お申し出の期限")).to_be_visible()
    page.locator("textarea").fill("通知の遅れについて減額を求めます。")
    page.get_by_role("button", name="減額を申し出る").click()
    expect(page.get_by_text("責任の所在が未確認です。")).to_be_visible()
    assert page.get_by_role("button", name="減額を申し出る").count() == 0


@pytest.mark.article("6-1(1)")
def test_one_person_too_many_is_refused_in_words(doors: Doors, breached: str, visit) -> None:
    page = visit("owner", "ja").open("/people")
    page.locator("#name").fill("佐藤")
    page.locator("#email").fill("sato@aoba.example")
    page.get_by_role("button", name="招待を送る").click()
    expect(page.get_by_text("アカウントは1個までです。")).to_be_visible()


def test_a_link_that_does_not_work_says_so(doors: Doors, visit) -> None:
    page = visit("", "ja").open("/invitations/1-wrong")
    expect(page.get_by_text("この招待リンクは使えません。")).to_be_visible()
