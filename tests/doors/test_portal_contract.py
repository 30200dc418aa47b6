"""My contract in the portal: what I have, until when, what leaving costs; consequences before anything is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_the_contract_page_says_what_a_month_costs_and_what_leaving_costs(doors, visit) -> None:
    page = visit("owner").open(f"/contracts/{doors.world.contract.number}")
    expect(page.locator("h1")).to_contain_text(doors.world.contract.number)
    expect(page.locator(".tile").first).to_contain_text("円")
    expect(page.locator(".lifeline svg")).to_be_visible()
    expect(page.locator("main")).to_contain_text("最低利用期間")


def test_cancelling_shows_the_last_day_and_the_charge_before_it_is_sent(doors, visit) -> None:
    page = visit("owner", "en").open(f"/contracts/{doors.world.contract.number}/cancel")
    page.get_by_role("button", name="Show day and cost").click()
    shown = page.locator(".consequences")
    expect(shown).to_contain_text("Last day")
    expect(shown).to_contain_text("17-2")
    expect(shown).to_contain_text("yen")
    page.get_by_role("link", name="Leave everything as it is").click()
    expect(page.locator("h1")).to_contain_text(doors.world.contract.number)
    expect(page.locator("main")).not_to_contain_text("The contract ends on")


def test_a_change_that_the_plan_does_not_offer_is_refused_with_its_article(doors, visit) -> None:
    page = visit("owner", "en").open(f"/contracts/{doors.world.contract.number}/change")
    page.get_by_label("Plan").select_option("entry")
    page.get_by_role("button", name="Show cost").click()
    refusal = page.locator(".consequences .notice.bad").first
    expect(refusal).to_contain_text("Article 5-1")
    assert page.get_by_role("button", name="Send the change form").count() == 0
    assert page.get_by_label("Plan").input_value() == "entry", "what was chosen stays"


def test_a_change_shows_the_month_before_and_after_and_waits_for_acceptance(doors, visit) -> None:
    page = visit("owner", "en").open(f"/contracts/{doors.world.contract.number}/change")
    page.get_by_label("More portal accounts").fill("2")
    page.get_by_role("button", name="Show cost").click()
    expect(page.locator(".consequences .tile")).to_have_count(3)
    page.get_by_role("button", name="Send the change form").click()
    expect(page.locator("[data-toast]").first).to_contain_text("change form has arrived")


def test_a_day_that_is_none_is_refused_beside_the_field_and_what_was_typed_stays(doors, visit) -> None:
    page = visit("owner", "en").open(f"/contracts/{doors.world.contract.number}/cancel")
    page.get_by_label("The day on which").evaluate("field => { field.type = 'text'; field.value = '2026-02-31'; }")
    page.get_by_role("button", name="Show day and cost").click()
    expect(page.locator(".errorlist")).to_be_visible()


def test_another_contractors_contract_does_not_exist(doors, visit) -> None:
    page = visit("stranger", "en").open(f"/contracts/{doors.world.contract.number}")
    assert "404" in page.inner_text("main")


def test_several_contracts_are_listed_with_their_states(doors, visit) -> None:
    page = visit("stranger", "en").open("/contracts")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("In service")
