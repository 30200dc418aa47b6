"""The fleet's pages in a real browser: the map, a device, its policy checked and published, rollouts, definitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import expect

from sekisho.apps.fleet import actions
from sekisho.apps.fleet.models import DeviceState, SecurityDevice
from sekisho.apps.scope import entered
from sekisho.definitions import building
from sekisho.definitions.gather import read_source
from sekisho.gateways import clock
from sekisho_wire.reports import BoxStatus, EngineStatus, StateReport, write_report, write_status

from ..apps.world import EVERYTHING, World
from .conftest import DESK, PHONE, SCREENSHOTS, Doors, Visit
from .scenery import HOSTILE
from .test_pages import _visited

pytestmark = pytest.mark.browser

ZONES = [
    {"name": "lan", "interface": "lan0", "networks": ["192.168.10.0/24"], "inside": True},
    {"name": "wan", "interface": "wan0"},
]
WEB = {
    "name": "web", "title": "社内からのWeb閲覧", "from_zone": "lan", "to_zone": "wan", "action": "allow",
    "services": [{"protocol": "tcp", "ports": [80, 443]}],
}  # fmt: skip
VERSION = 2026112401


@pytest.fixture(scope="module")
def fleet(doors: Doors, django_db_blocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The id of a device with a published policy, an alarm and reports; a rollout; two versions of the definitions."""
    sources = tmp_path_factory.mktemp("sources")
    _versions(doors.var / "definitions", sources)
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as elsewhere:
        yield elsewhere.submit(_furnished, doors.world).result()


def _versions(folder: Path, sources: Path) -> None:
    for count in (40, 42):
        path = sources / "games.txt"
        path.write_text("".join(f"site{n}.example\n" for n in range(count)))
        building.build(folder, [read_source(f"categories/games={path}")], who="operator", first_devices=["UTM100001"])
        if count == 40:
            building.promote(folder, who="operator")


def _furnished(world: World) -> str:
    try:
        with entered(EVERYTHING):
            return _device_with_everything(world)
    finally:
        connections.close_all()


def _device_with_everything(world: World) -> str:
    boss = world.carrier
    device, other = SecurityDevice.objects.order_by("device_id")[:2]
    SecurityDevice.objects.filter(pk__in=(device.pk, other.pk)).update(state=DeviceState.ENROLLED)
    device.refresh_from_db()
    template = actions.add_template(boss, name="標準")
    document = {"zones": ZONES, "rules": [WEB], "intrusion": {"mode": "detect"}}
    actions.write_layer(boss, layer=template, document=document, why="最初のテンプレート")
    for one in (device, other):
        actions.use_template(boss, device=one, template=template)
    actions.publish_policy(boss, device=device, why=f"開通 {HOSTILE}", ticket="CHG-1")
    line = actions.line_layer(boss, device=device)
    actions.write_layer(boss, layer=line, document={"intrusion": {"mode": "prevent"}}, why="防御に変更")
    actions.publish_policy(boss, device=device, why="防御に変更", ticket="CHG-2")
    _says(device)
    actions.start_rollout(
        boss, title="TLS検査の除外を追加", devices=[other], canaries=[device], why="閲覧できないサイトがある",
        ticket="CHG-3",
    )  # fmt: skip
    return device.device_id


def _says(device: SecurityDevice) -> None:
    now = clock.now().timestamp()
    engines = (
        EngineStatus("suricata", "inspecting", now, starts=1),
        EngineStatus("squid", "bypassed", now, "no answer for 0.4 s", 3),
    )
    status = BoxStatus(
        now, 1, features=("schedules", "signature_profiles"), engines=engines, definitions_version=str(VERSION),
        definitions_at=now - 7_200, certificate_ends_at=now + 86_400 * 60, backlog_bytes=18_000,
        facts={"definitions": {"reason": HOSTILE}},
    )  # fmt: skip
    refused = StateReport("a", 1, "policy", 2, "rolled-back", reason="the line lost its centre", at=now)
    told = [
        actions.Told(device.device_id, "status", write_status(status)),
        actions.Told(device.device_id, "report", write_report(refused)),
    ]
    actions.take_reports(told)


PAGES = (
    "",
    "/{}",
    "/{}/policy",
    "/{}/policy?layer=template",
    "/{}/revisions/1",
    "/rollouts",
    "/rollouts/1",
    "/definitions",
)


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("ja", "light", DESK), ("en", "dark", PHONE)],
    ids=["ja-light-desk", "en-dark-phone"],
)
def test_the_pages_are_clean_accessible_and_fit(
    fleet: str, visit: Callable[..., Visit], language: str, theme: str, size: dict
) -> None:
    window, faults = visit("desk", language, theme, size), []
    SCREENSHOTS.mkdir(exist_ok=True)
    for page in PAGES:
        path = f"fleet{page}".format(fleet)
        faults += [f"{path}: {fault}" for fault in _visited(window, f"/console/{path}", language)]
        name = f"{path.replace('/', '-').replace('?', '-')}-{language}-{theme}-{size['width']}.png"
        window.page.screenshot(path=SCREENSHOTS / name, full_page=True)
    assert faults == []


def test_a_policy_is_checked_with_its_changes_in_words_before_it_is_published(fleet: str, visit) -> None:
    window = visit("desk", "en")
    page = window.open(f"/console/fleet/{fleet}/policy")
    page.locator("summary", has_text="Mail").click()
    page.get_by_label("Spam", exact=True).select_option("tag")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#changes, #problems").first).to_be_visible()
    window.page.screenshot(path=SCREENSHOTS / "fleet-policy-checked-en.png", full_page=True)
    assert page.get_by_label("Spam", exact=True).input_value() == "tag"


def test_what_cannot_be_enforced_is_told_with_its_place_and_what_was_typed_stays(fleet: str, visit) -> None:
    page = visit("desk", "en").open(f"/console/fleet/{fleet}/policy")
    page.locator("summary", has_text="new rule").click()
    page.get_by_label("Name of the rule").fill("printers")
    page.get_by_label("Source addresses").fill("printers-of-nobody")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#problems")).to_contain_text("rules[0].source")
    page.locator("summary", has_text="JSON").click()
    expect(page.get_by_label("What this layer says")).to_have_value(re.compile("printers-of-nobody"))


def test_a_policy_is_published_and_an_earlier_one_again_and_both_stand_with_who_and_why(fleet: str, visit) -> None:
    page = visit("desk", "en").open(f"/console/fleet/{fleet}/policy")
    page.get_by_label("Profile of signatures").select_option("full")
    page.get_by_label("Reason given").fill("more is seen")
    page.get_by_role("button", name="Check it").click()
    expect(page.locator("#changes")).to_contain_text("profile")
    page.get_by_role("button", name="Publish to this line").click()
    expect(page.locator("[data-toast]").first).to_contain_text("published")
    newest = page.locator("tbody tr", has_text="more is seen")
    expect(newest).to_contain_text("#3")

    page.goto(page.url + "/revisions/2")
    expect(page.locator("main")).to_contain_text("profile")
    page.get_by_label("Reason given").fill("it was too much")
    page.get_by_role("button", name="Publish it again").click()
    expect(page.locator("tbody tr", has_text="it was too much")).to_contain_text("#4")


def test_a_rollout_shows_what_it_does_before_it_starts_and_can_be_stopped_and_resumed(fleet: str, visit) -> None:
    page = visit("desk", "en").open("/console/fleet/rollouts")
    page.get_by_label("Name of the rollout").fill("Profiles")
    page.get_by_label("Reason given").fill("all of them")
    page.get_by_label("Lines that go first").fill(f"{fleet} UTM999999")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator("main [role=status]")).to_contain_text("UTM999999")
    expect(page.get_by_role("button", name="Start the rollout")).to_have_count(0)
    page.get_by_label("Lines that go first").fill(fleet)
    page.get_by_label("Then all lines of this template").select_option("標準")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.locator("main [role=status]")).to_contain_text("Then 1 line")
    page.get_by_role("button", name="Start the rollout").click()
    expect(page.locator("h1")).to_contain_text("Profiles")
    for button, state in (("Stop it", "Stopped"), ("Go on where it stopped", "Under way")):
        page.get_by_label("Reason given").fill("wait")
        page.get_by_role("button", name=button).click()
        expect(page.locator(".page-head")).to_contain_text(state)


def test_definitions_are_given_to_a_share_and_taken_back(fleet: str, visit) -> None:
    page = visit("desk", "en").open("/console/fleet/definitions")
    page.get_by_label("Share of all boxes in percent").fill("10")
    page.get_by_role("button", name="Give it to this share").click()
    expect(page.locator(".tiles")).to_contain_text("10 %")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("main")).to_contain_text("Taken back")
    expect(page.get_by_role("button", name="Take it back")).to_have_count(0)


def test_an_alarm_is_taken_by_the_person_who_looks_after_it(fleet: str, visit) -> None:
    page = visit("analyst", "en").open(f"/console/fleet/{fleet}")
    page.get_by_role("button", name="I look after it").first.click()
    expect(page.locator("main")).to_contain_text("Looked after")


def test_the_partner_finds_no_definitions(visit) -> None:
    page = visit("analyst", "en").open("/console/fleet/definitions")
    assert "404" in page.inner_text("main")


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("ja", "light", DESK), ("en", "dark", PHONE)],
    ids=["ja-light-desk", "en-dark-phone"],
)
def test_a_contractor_reads_in_plain_words_what_protects_the_line(
    fleet: str, doors: Doors, visit, language: str, theme: str, size: dict
) -> None:
    window = visit("owner", language, theme, size)
    path = f"/contracts/{doors.world.contract.number}/devices"
    assert _visited(window, path, language) == []
    window.page.screenshot(path=SCREENSHOTS / f"portal-devices-{language}-{size['width']}.png", full_page=True)
    expect(window.page.locator("main")).to_contain_text(
        "検知します" if language == "ja" else "reported and not stopped"
    )
    page = visit("stranger", language).open(path)
    assert "404" in page.inner_text("main")
