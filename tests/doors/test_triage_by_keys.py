"""The night analyst's way: from the queue to a determination and a call, without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .scenery import HOSTILE

pytestmark = pytest.mark.browser


def test_a_level_is_determined_with_keys_only(visit) -> None:
    page = visit("analyst").open("/console/triage")
    page.keyboard.press("j")
    page.keyboard.press("j")
    chosen = page.locator("[data-row][aria-current=true] a[data-key=o]")
    title = chosen.inner_text()
    page.keyboard.press("o")
    page.wait_for_url(re.compile(r"/console/groups/\d+$"))
    assert page.locator("h1").inner_text() == title
    page.keyboard.press("1")
    expect(page.locator(".consequence.for-high")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("keys only: s, j and 1 are letters here")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console/incidents/IN"))
    expect(page.locator(".clock[data-clock]").first).to_be_visible()
    expect(page.get_by_text("keys only: s, j and 1 are letters here")).to_be_visible()


def test_a_row_is_looked_into_where_it_stands(visit) -> None:
    window = visit("analyst")
    page = window.open("/console/triage")
    page.keyboard.press("j")
    page.keyboard.press("v")
    row = page.locator("[data-row][aria-current=true]")
    expect(row.locator(".peek .factors li").first).to_be_visible()
    expect(row.locator(".peek .evidence").first).to_be_visible()
    assert window.complaints == []


def test_selected_rows_are_set_aside_with_a_reason(visit) -> None:
    page = visit("analyst").open("/console/triage?q=WEB_SERVER")
    before = page.locator("[data-row]").count()
    for key in ("j", "x", "j", "e"):
        page.keyboard.press(key)
    page.keyboard.type("expected by the contractor")
    page.keyboard.press("Enter")
    expect(page.locator("[data-toast]").first).to_be_visible()
    page.goto(page.url + "?q=WEB_SERVER")
    assert page.locator("[data-row]").count() == before - 2


def test_help_opens_with_a_question_mark_and_closes_with_escape(visit) -> None:
    page = visit("analyst").open("/console/triage")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_keys_lead_to_every_list(visit) -> None:
    page = visit("analyst").open("/console/")
    for key, path in (
        ("t", "/console/triage"),
        ("i", "/console/incidents"),
        ("c", "/console/clocks"),
        ("o", "/console/"),
    ):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(re.compile(re.escape(path) + "$"))


def test_the_search_narrows_the_queue_and_its_page_carries_on(visit) -> None:
    page = visit("analyst").open("/console/triage")
    assert page.locator("[data-row]").count() == 50
    page.click("a[rel=next]")
    page.wait_for_url(re.compile(r"before=\d+"))
    assert 0 < page.locator("[data-row]").count() < 50
    page.keyboard.press("/")
    page.keyboard.type("nmap")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=nmap"))
    assert all("Nmap" in title for title in page.locator("[data-row] a[data-key=o]").all_inner_texts())


def test_any_value_has_a_menu_that_narrows_the_queue_to_it(visit) -> None:
    page = visit("analyst").open("/console/triage")
    value = page.locator("[data-row] .value").first
    shown = value.inner_text()
    value.click()
    page.click("#value-menu [data-value-only]")
    page.wait_for_url(re.compile("q="))
    assert page.locator("[data-row]").count() == 1
    assert shown in page.locator("[data-row]").first.inner_text()


def test_a_form_sent_twice_opens_one_incident(visit) -> None:
    page = visit("analyst").open("/console/triage?q=Nmap")
    page.click("[data-row] a[data-key=o] >> nth=0")
    page.check("input[value=medium]")
    form = page.evaluate(
        "() => ({url: document.querySelector('#determine form').action,"
        " fields: [...new FormData(document.querySelector('#determine form'))]})"
    )
    answers = [page.request.post(form["url"], form=dict(form["fields"]), headers={"Referer": page.url}) for _ in "ab"]
    assert "/console/incidents/IN" in answers[0].url
    assert "/console/groups/" in answers[1].url
    number = answers[0].url.rpartition("/")[2]
    groups = page.request.get(answers[0].url).text().count("/console/groups/")
    assert groups == 1, number


def test_hostile_text_stays_text(visit) -> None:
    window = visit("analyst")
    page = window.open("/console/triage?q=onerror")
    page.click("[data-row] a[data-key=o] >> nth=0")
    heading = page.locator("h1")
    assert "<script>alert('x')</script>" in heading.inner_text()
    assert page.locator("h1 .hidden-char").all_inner_texts() == ["U+001B", "U+001B", "U+202E"]
    assert page.locator("main img, main script").count() == 0
    assert "\u202e" not in page.content() and "\x1b" not in page.content()
    assert window.complaints == []
    assert HOSTILE not in page.content()
