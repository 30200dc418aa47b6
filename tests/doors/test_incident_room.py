"""What the desk and the analyst do about an incident, and what the page tells them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def fresh_incident(visit) -> Page:
    """A High incident that this test alone has opened."""
    page = visit("analyst", "en").open("/console/triage?q=Apache")
    page.click("[data-row] a[data-key=o] >> nth=0")
    page.check("input[value=high]")
    page.click("#determine button.primary")
    page.wait_for_url(re.compile(r"/console/incidents/IN"))
    return page


@pytest.mark.article("6-1(3)")
def test_the_first_dial_stops_the_clock_answered_or_not(fresh_incident) -> None:
    page = fresh_incident
    expect(page.locator(".clock[data-clock]")).to_have_count(1)
    page.get_by_role("button", name="No answer").click()
    expect(page.locator("[data-toast]").first).to_contain_text("The call is recorded")
    expect(page.locator(".aside .clock")).to_have_attribute("data-state", "met")
    expect(page.locator(".timeline")).to_contain_text("Called: no answer")
    expect(page.locator("#call")).to_be_visible()
    page.get_by_role("button", name="Answered").click()
    expect(page.locator("#call .chip.good")).to_contain_text("Reached")


@pytest.mark.article("6-1(1)")
def test_an_incident_without_a_countermeasure_is_not_closed_and_says_why(fresh_incident) -> None:
    page = fresh_incident
    page.get_by_role("button", name="No answer").click()
    page.fill("#closing-note", "done")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator("[data-toast]").first).to_contain_text("countermeasure has been proposed")
    page.get_by_role("button", name="Propose this").first.click()
    expect(page.locator(".measure")).to_have_count(1)
    page.fill("#closing-note", "done")
    page.get_by_role("button", name="Close the incident").click()
    expect(page.locator(".page-head .chip.good")).to_contain_text("Closed")


def test_an_analysts_own_countermeasure_reaches_the_portal_in_both_languages(doors, visit) -> None:
    number = doors.incidents["open medium"]
    page = visit("analyst", "en").open(f"/console/incidents/{number}")
    page.click("details.panel summary")
    page.fill("#target", "10.0.0.5")
    for name in ("recommendation", "reason", "impact"):
        page.fill(f"#{name}_ja", f"{name}の説明")
        page.fill(f"#{name}_en", f"the {name}")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.locator("[data-toast]").first).to_contain_text("on the portal")
    assert "recommendationの説明" in visit("owner", "ja").open(f"/incidents/{number}").inner_text("main")
    assert "the recommendation" in visit("owner", "en").open(f"/incidents/{number}").inner_text("main")


def test_a_form_of_an_older_page_adds_nothing(fresh_incident) -> None:
    page = fresh_incident
    form = page.locator("form[action$='/call']")
    fields = form.evaluate("form => [...new FormData(form)]")
    url = form.evaluate("form => form.action")
    sent = {**dict(fields), "result": "busy"}
    answers = [page.request.post(url, form=sent, headers={"Referer": page.url}).text() for _again in "ab"]
    assert "The call is recorded" in answers[0]
    assert "had changed meanwhile" in answers[1]
    page.reload()
    expect(page.locator(".attempts li")).to_have_count(1)


def test_the_contract_switch_narrows_every_list(visit) -> None:
    page = visit("analyst", "en").open("/console/triage")
    page.locator(".tools [data-dropdown] summary").first.click()
    page.get_by_role("link", name=re.compile("SK100002")).click()
    page.wait_for_url(re.compile("contract=SK100002"))
    assert set(page.locator("[data-row] .meta .mono").all_inner_texts()) == {"SK100002"}


def test_a_contract_that_one_may_not_see_does_not_exist(visit) -> None:
    page = visit("analyst", "en").open("/console/triage?contract=SK100003")
    assert "There is nothing here" in page.inner_text("h1")


def test_a_mail_of_unknown_fate_waits_for_a_persons_word(visit) -> None:
    page = visit("analyst", "en").open("/console/")
    doubtful = page.locator("form[action*='/settle']")
    expect(doubtful).to_have_count(1)
    doubtful.get_by_role("button", name="It was sent").click()
    expect(page.locator("[data-toast]").first).to_contain_text("recorded")
    expect(doubtful).to_have_count(0)
