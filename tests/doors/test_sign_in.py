"""The gate: password, second step, and what happens without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import PASSWORD

pytestmark = pytest.mark.browser


def test_every_page_behind_the_gate_asks_who_is_there(doors, visit) -> None:
    window = visit()
    for path in ("/", "/console/", "/console/triage", f"/incidents/{doors.incidents['open high']}"):
        assert "/accounts/login/" in window.open(path).url


def test_a_wrong_password_is_told_without_saying_what_was_wrong(doors, visit) -> None:
    page = visit("", "en").open("/accounts/login/")
    page.fill("[name=login]", doors.world.owner.email)
    page.fill("[name=password]", "not the password at all")
    page.click("main button.primary")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert page.locator("[name=password]").input_value() == ""


def test_an_analyst_needs_the_second_step(doors, visit) -> None:
    page = visit("", "en").open("/accounts/login/")
    page.fill("[name=login]", doors.world.carrier.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.primary")
    expect(page.locator("[name=code]")).to_be_visible()
    page.goto(f"{doors.url}/console/")
    page.wait_for_url(re.compile("/accounts/"))


def test_signing_out_closes_the_door(doors, browser, visit) -> None:
    page = visit("", "en").open("/accounts/login/")
    page.fill("[name=login]", doors.world.stranger.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main button.primary")
    page.wait_for_selector("body.portal")
    page.locator("[data-dropdown] summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/accounts/login/|/$"))
    assert "/accounts/login/" in visit().open("/").url
