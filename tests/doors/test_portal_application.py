"""Applying at the portal: a draft that says what is missing, a price that follows, sending, taking back; contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import Locator, Page, expect

from sekisho.apps.contracts import actions
from sekisho.apps.contracts.models import Application, ApplicationAct
from sekisho.apps.contracts.queries import act_of, contacts_of, withdrawal_asked_at
from sekisho.apps.scope import entered
from sekisho.terms.applications import LineKind
from sekisho.terms.screening import ScreeningResult

from ..apps.world import EVERYTHING, TESTER
from .conftest import DESK, PHONE, SCREENSHOTS, Doors
from .test_pages import _visited

pytestmark = pytest.mark.browser
LINES = ("LINE-11", "LINE-12", "LINE-13", "LINE-14")


@pytest.fixture(scope="module")
def behind(doors: Doors, django_db_blocker) -> Callable:
    """Runs something behind the doors: the browser's loop runs in this thread, where Django waits for no database."""

    def run(act: Callable) -> object:
        with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
            return elsewhere.submit(_closing, act).result()

    return run


def _closing(act: Callable) -> object:
    try:
        with entered(EVERYTHING):
            return act()
    finally:
        connections.close_all()


@pytest.fixture(scope="module", autouse=True)
def lines(doors: Doors, behind: Callable) -> None:
    holder = doors.world.owner.organisation

    def register() -> None:
        for name in LINES:
            actions.register_line(TESTER, identifier=name, kind=LineKind.IP_NETWORK, holder=holder)

    behind(register)


@pytest.fixture
def written(visit) -> Iterator[Callable[[str], Page]]:
    """A complete draft on a line, saved, as a page in English."""

    def fill(line: str) -> Page:
        page = visit("owner", "en").open("/applications/new")
        _choice(page, line).check()
        _choice(page, "Basic plan").check()
        _choice(page, "Best effort 1 Gbps").check()
        _choice(page, "Firewall").check()
        page.get_by_label("Name of the device").fill("本社の装置")
        page.get_by_role("button", name="Start with a small sheet").click()
        page.wait_for_url("**/applications/AP*")
        for tick in page.get_by_label("I agree").all():
            tick.check()
        page.get_by_role("button", name="Save the draft").last.click()
        expect(page.locator(".notice.good")).to_contain_text("complete")
        return page

    return fill


def _choice(page: Page, name: str) -> Locator:
    """By the name that a screen reader says: reasons that are not shown don't belong to it."""
    return page.get_by_role("radio", name=name).or_(page.get_by_role("checkbox", name=name)).first


def test_a_form_shows_what_a_plan_does_not_offer_and_why(visit) -> None:
    page = visit("owner", "en").open("/applications/new")
    why = page.locator(".why.for-entry", has_text="Sandbox")
    expect(why).to_be_hidden()
    _choice(page, "Entry plan").check()
    expect(why).to_be_visible()
    expect(page.locator(".never", has_text="LINE-1").first).to_contain_text("has a contract already")


def test_the_price_follows_the_choices_without_saving_anything(visit) -> None:
    page = visit("owner", "en").open("/applications")
    kept = page.locator("tbody tr").count()
    page.goto(page.url + "/new")
    expect(page.locator("#price")).to_contain_text("Choose a plan")
    _choice(page, "Basic plan").check()
    _choice(page, "Best effort 1 Gbps").check()
    expect(page.locator("#price dl")).to_contain_text("yen")
    before = page.locator("#price dd").nth(1).inner_text()
    _choice(page, "With security operations").check()
    expect(page.locator("#price dd").nth(1)).not_to_have_text(before)
    page.goto(page.url.replace("/new", ""))
    expect(page.locator("tbody tr")).to_have_count(kept)


def test_a_draft_says_beside_each_section_what_is_missing(visit) -> None:
    page = visit("owner", "en").open("/applications/new")
    page.get_by_role("button", name="Save the draft").last.click()
    page.wait_for_url("**/applications/AP*")
    for section in ("Your line", "Plan", "Access item", "Devices and their", "What you confirm"):
        part = page.locator("fieldset", has=page.locator("legend", has_text=section)).first
        expect(part.locator(".missing").first).to_be_visible()
    page.get_by_role("button", name="Look at it and send").click()
    expect(page.locator("[data-toast]").first).to_contain_text("still missing")
    page.get_by_role("button", name="Throw this draft away").click()
    expect(page.locator("h1 + .chip")).to_have_text("Withdrawn")


def test_a_sheet_that_is_none_is_refused_with_its_place_and_what_was_typed_stays(visit) -> None:
    page = visit("owner", "en").open("/applications/new")
    _choice(page, "Basic plan").check()
    page.get_by_label("Security policy sheet").fill('{"schema": 1,\n "zones": [}')
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.locator(".errorlist")).to_contain_text("line 2, column 12")
    assert page.get_by_label("Security policy sheet").input_value().startswith('{"schema"')
    assert _choice(page, "Basic plan").is_checked()


@pytest.mark.parametrize("sheet", ['{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": NaN}', '{"a": 1e999}', "[1]"])
def test_a_sheet_that_no_database_keeps_is_no_fault_of_the_server(visit, sheet: str) -> None:
    page = visit("owner", "en").open("/applications/new")
    page.get_by_label("Security policy sheet").fill(sheet)
    page.get_by_role("button", name="Save the draft").last.click()
    expect(page.locator(".errorlist")).to_be_visible()


def test_a_sheet_with_a_fault_names_the_device_and_the_place(visit) -> None:
    page = visit("owner", "ja").open("/applications/new")
    page.get_by_label("装置の名前").fill("倉庫")
    page.get_by_label("セキュリティポリシーシート(JSON)").fill('{"schema": 1, "revision": 1, "zones": 5}')
    page.get_by_role("button", name="下書きを保存").last.click()
    expect(page.locator(".missing", has_text="倉庫のシート")).to_contain_text("/zones")


def test_a_complete_draft_is_looked_at_and_sent_and_waits_in_the_queue(written, behind) -> None:
    page = written("LINE-11")
    page.get_by_role("button", name="Look at it and send").click()
    shown = page.locator(".consequences")
    expect(shown).to_contain_text("Place in the queue")
    expect(shown).to_contain_text("yen")
    expect(page.locator("main")).to_contain_text("本社の装置")
    page.get_by_role("button", name="Send the application now").click()
    expect(page.locator("h1 + .chip")).to_have_text("Waiting for our answer")
    number = page.url.rsplit("/", 1)[1]
    assert behind(lambda: act_of(Application.objects.get(number=number))) == ApplicationAct.RECEIVED

    page.get_by_text("Withdraw this application").click()
    page.get_by_role("button", name="Withdraw it now").click()
    expect(page.locator("h1 + .chip")).to_have_text("Withdrawn")


def test_a_refusal_tells_its_ground_and_article(written, behind, doors) -> None:
    page = written("LINE-12")
    page.get_by_role("button", name="Look at it and send").click()
    page.get_by_role("button", name="Send the application now").click()
    number = page.url.rsplit("/", 1)[1]

    def refuse() -> None:
        found = Application.objects.get(number=number)
        actions.refuse_application(
            doors.world.carrier, application=found, ground="technical", text="", out_of_turn_reason="test"
        )

    behind(refuse)
    page.reload()
    expect(page.locator(".notice.bad")).to_contain_text("Article 11-2")


def test_an_accepted_application_leads_to_its_contract_and_what_it_waits_for(written, behind, doors) -> None:
    page = written("LINE-13")
    page.get_by_role("button", name="Look at it and send").click()
    page.get_by_role("button", name="Send the application now").click()
    number = page.url.rsplit("/", 1)[1]

    def accept() -> None:
        found = Application.objects.get(number=number)
        told = {"subjects": [found.applicant.name], "source": "test", "result": ScreeningResult.CLEAR}
        actions.record_screening(TESTER, applicant=found.applicant, checked_on=found.received_at.date(), **told)
        actions.accept_application(doors.world.carrier, application=found, out_of_turn_reason="test")

    behind(accept)
    page.reload()
    expect(page.locator(".checks li")).to_have_count(5)
    expect(page.locator(".checks .open").first).to_be_visible()
    page.get_by_role("link", name="Open the contract").click()
    expect(page.locator("h1 + .chip")).to_have_text("Accepted, not started")
    expect(page.locator(".checks li")).to_have_count(5)


def test_another_contractors_application_and_line_do_not_exist(written, visit, behind) -> None:
    page = written("LINE-14")
    path = page.url.partition("/applications")[2]
    stranger = visit("stranger", "en")
    for address in (f"/applications{path}", f"/applications{path}/review"):
        assert "404" in stranger.open(address).inner_text("main")
    expect(stranger.open("/applications/new").locator("main")).not_to_contain_text("LINE-14")


def test_contacts_are_ordered_and_saved_and_none_first_is_refused(visit, behind, doors) -> None:
    path = f"/contracts/{doors.world.contract.number}/contacts"
    page = visit("owner", "en").open(path)
    count = page.locator("fieldset.person").count()
    page.get_by_role("button", name="Add somebody").click()
    row = page.locator("fieldset.person").last
    row.get_by_label("Name").fill("夜間の当番")
    row.get_by_label("Telephone").fill("abc")
    page.get_by_role("button", name="Save the list").last.click()
    expect(page.locator(".errorlist").first).to_contain_text("Digits")
    row = page.locator("fieldset.person").last
    row.get_by_label("Telephone").fill("03-1234-5678")
    row.get_by_label("When").select_option("off_hours")
    row.get_by_role("button", name="Earlier").click()
    page.get_by_role("button", name="Save the list").last.click()
    expect(page.locator("main")).to_contain_text("Outside office hours")
    saved = behind(lambda: [(c.name, c.time_band) for c in contacts_of(EVERYTHING, doors.world.contract)])
    assert saved[count - 1] == ("夜間の当番", "off_hours")

    page = visit("owner", "en").open(path)
    while page.locator("fieldset.person").count():
        page.get_by_role("button", name="Remove").first.click()
    page.get_by_role("button", name="Save the list").last.click()
    expect(page.locator("[data-toast]").first).to_contain_text("6-1(3)")


def test_a_cancellation_can_be_asked_back_once(visit, behind, doors) -> None:
    number = doors.world.entry_contract.number
    behind(lambda: actions.cancel(doors.world.stranger, contract=doors.world.entry_contract))
    page = visit("stranger", "en").open(f"/contracts/{number}")
    page.get_by_role("button", name="Ask to take the cancellation back").click()
    expect(page.locator("main")).to_contain_text("stands until our desk has agreed")
    assert behind(lambda: withdrawal_asked_at(doors.world.entry_contract)) is not None
    behind(lambda: actions.withdraw_cancellation(TESTER, contract=doors.world.entry_contract, carrier_consents=True))


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("ja", "light", DESK), ("en", "dark", PHONE), ("ja", "light", PHONE), ("en", "light", DESK)],
)
def test_the_pages_are_clean_accessible_and_fit(visit, behind, doors, language, theme, size) -> None:
    window, faults = visit("owner", language, theme, size), []
    SCREENSHOTS.mkdir(exist_ok=True)
    rows = behind(lambda: list(Application.objects.filter(applicant=doors.world.owner.organisation)))
    drafts = [row.number for row in rows if row.received_at is None]
    sent = [row.number for row in rows if row.received_at]
    paths = {
        "applications": "/applications",
        "application-new": "/applications/new",
        "application-draft": f"/applications/{drafts[-1]}",
        "application-review": f"/applications/{drafts[-1]}/review",
        "application-sent": f"/applications/{sent[0]}",
        "application-accepted": f"/applications/{sent[-1]}",
        "contacts": f"/contracts/{doors.world.contract.number}/contacts",
    }
    for name, path in paths.items():
        faults += [f"{name}: {fault}" for fault in _visited(window, path, language)]
        window.page.screenshot(path=SCREENSHOTS / f"{name}-{language}-{size['width']}.png", full_page=True)
    assert faults == []
