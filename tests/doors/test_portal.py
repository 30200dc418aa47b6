"""The contractor's way: three answers, one decision, nothing of anybody else's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_three_answers_stand_above_everything_else(doors, visit) -> None:
    page = visit("owner", "en").open(f"/incidents/{doors.incidents['open high']}")
    assert page.locator(".answers h2").all_inner_texts() == ["What happened", "Is it stopped?", "What you must do"]
    assert "not stopped" in page.locator(".answers .running .short").inner_text()
    first = page.locator("main section").first.bounding_box()
    assert first is not None
    assert first["y"] < 300


def test_an_answer_is_given_once_and_shown(doors, visit) -> None:
    page = visit("owner", "en").open(f"/incidents/{doors.incidents['open high']}")
    before = page.locator(".measure form").count()
    measure = page.locator(".measure").last
    measure.locator("textarea").fill("Please do.")
    measure.get_by_role("button", name="Accept").click()
    expect(page.locator("[data-toast]").first).to_contain_text("Thank you")
    expect(page.locator(".measure").last).to_contain_text("Accepted")
    assert page.locator(".measure form").count() == before - 1
    expect(page.locator(".timeline")).to_contain_text("A countermeasure was accepted")


def test_another_contractors_incident_looks_like_none(doors, visit) -> None:
    window = visit("stranger", "en")
    theirs = window.open(f"/incidents/{doors.incidents['open high']}").inner_text("main")
    none = window.open("/incidents/IN19990101-0001").inner_text("main")
    assert theirs == none
    assert "404" in theirs


def test_the_console_does_not_exist_for_a_contractor(visit) -> None:
    page = visit("owner", "en").open("/console/triage")
    assert "There is nothing here" in page.inner_text("h1")


def test_an_analyst_who_opens_the_front_page_lands_in_the_console(doors, visit) -> None:
    page = visit("analyst").open("/")
    assert page.url == f"{doors.url}/console/"


def test_analysts_notes_stay_inside(doors, visit) -> None:
    page = visit("owner").open(f"/incidents/{doors.incidents['open high']}")
    assert "侵害の可能性が高い" not in page.content()
    inside = visit("analyst").open(f"/console/incidents/{doors.incidents['open high']}")
    assert "侵害の可能性が高い" in inside.content()


def test_the_language_changes_on_the_page_one_is_on(doors, visit) -> None:
    page = visit("owner", "ja").open("/?state=with_soc")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Incidents")
    assert page.url.endswith("/?state=with_soc")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("h1")).to_have_text("インシデント")


def test_the_theme_is_kept_for_the_next_page(doors, visit) -> None:
    page = visit("owner").open("/")
    page.click("[data-theme-switch]")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.goto(f"{doors.url}/incidents/{doors.incidents['open medium']}")
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_page_reads_without_scripts(doors, browser, sessions) -> None:
    with browser.new_context(java_script_enabled=False, storage_state=sessions["owner"]) as context:
        page = context.new_page()
        page.goto(f"{doors.url}/incidents/{doors.incidents['open high']}")
        assert page.locator(".answers section").count() == 3
        page.locator(".evidence summary").first.click()
        expect(page.locator(".evidence pre").first).to_be_visible()


def test_the_first_visit_of_a_page_stays_light(doors, visit) -> None:
    """Everything at once, fonts included: what a telephone must fetch before anything is cached."""
    window = visit("owner")
    fetched = []
    window.page.on("requestfinished", lambda done: fetched.append((done.url, done.sizes()["responseBodySize"])))
    window.open("/").wait_for_load_state("networkidle")
    total = sum(size for _url, size in fetched)
    assert total < PAGE_BYTES_MAX, sorted(fetched, key=lambda one: -one[1])[:8]


PAGE_BYTES_MAX = 900_000
"""Uncompressed, as the development server sends it; compressed it is about half."""
