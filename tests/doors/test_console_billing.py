"""The carrier's money in the console: what is open, the run, papers, receipts, arrears, prices."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PLACES = ("", "/papers", "/papers/trouble", "/receipts", "/arrears", "/prices")


@pytest.mark.parametrize("place", PLACES)
def test_the_partner_finds_no_money(visit, place) -> None:
    page = visit("analyst", "en").open(f"/console/money{place}")
    assert "404" in page.inner_text("main")


@pytest.mark.parametrize("place", PLACES)
def test_the_desk_finds_every_part_of_the_money(visit, place) -> None:
    page = visit("desk", "ja").open(f"/console/money{place}")
    expect(page.locator("h1")).to_be_visible()
    assert "404" not in page.inner_text("main")


def test_a_price_list_shows_its_items_and_can_not_be_changed_once_published(visit) -> None:
    page = visit("desk", "en").open("/console/money/prices")
    page.get_by_role("link", name="2016-10").click()
    expect(page.locator("tbody tr").first).to_contain_text("yen")
    assert page.locator("input[name^='item:']").count() == 0


def test_a_file_that_is_no_bank_file_is_refused_in_words(visit) -> None:
    page = visit("desk", "en").open("/console/money/receipts")
    page.set_input_files("#file", {"name": "x.txt", "mimeType": "text/plain", "buffer": b"hello"})
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("[data-toast]").first).to_be_visible()


def test_a_payment_at_the_counter_is_recorded_and_waits_for_a_match(visit) -> None:
    page = visit("desk", "en").open("/console/money/receipts")
    page.get_by_label("Amount in yen").fill("1234")
    page.get_by_label("Where it is to be found").fill("counter slip 7")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator(".consequences")).to_contain_text("1,234 yen")
    page.locator(".consequences").get_by_role("button", name="Record it").click()
    expect(page.locator("tbody").first).to_contain_text("1,234")


def test_a_month_that_is_not_over_is_not_billed(visit) -> None:
    page = visit("desk", "en").open("/console/money")
    page.get_by_label("Month to bill").fill("2099-01")
    page.get_by_role("button", name="Start the run").click()
    expect(page.locator(".consequences")).to_contain_text("not over")
    expect(page.locator(".consequences").get_by_role("button")).to_have_count(0)
