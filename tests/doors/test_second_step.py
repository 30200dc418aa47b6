"""The account page: every page of the second step is ours, in the person's language, and works."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import PASSWORD, log_in, totp

pytestmark = pytest.mark.browser


def test_a_contractor_turns_the_second_step_on_and_off(doors, visit) -> None:
    window = visit("", "en")
    page = window.page
    log_in(page, doors.url, doors.world.stranger.email)
    page.goto(f"{doors.url}/accounts/2fa/totp/activate/")
    _confirm(page)
    secret = page.locator("form .mono").inner_text()
    page.fill("[name=code]", totp(secret))
    page.get_by_role("button", name="Turn on the second step").click()
    expect(page.locator("ul.codes li")).to_have_count(10)
    page.goto(f"{doors.url}/accounts/2fa/")
    expect(page.locator(".chip.good").first).to_contain_text("On")
    page.get_by_role("link", name="Turn off").click()
    page.get_by_role("button", name="Turn off").click()
    page.wait_for_url(re.compile("/accounts/2fa/$"))
    expect(page.locator(".chip.watch").first).to_contain_text("Off")
    assert window.complaints == []


def test_a_security_key_is_added_and_removed(doors, visit) -> None:
    window = visit("", "en")
    page, url = window.page, doors.url.replace("127.0.0.1", "localhost")  # a key belongs to a name, not to an address
    _virtual_key(window)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": url}])
    log_in(page, url, doors.world.stranger.email)
    page.goto(f"{url}/accounts/2fa/webauthn/add/")
    _confirm(page)
    page.fill("[name=name]", "my key")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto(f"{url}/accounts/2fa/webauthn/")
    expect(page.get_by_text("my key")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No security key has been added.")).to_be_visible()
    assert window.complaints == []


def _confirm(page: Page) -> None:
    """Sensitive pages ask for the password again."""
    if page.locator("[name=password]").count():
        page.fill("[name=password]", PASSWORD)
        page.click("main button.primary")
        page.wait_for_url(lambda url: "reauthenticate" not in url)


def _virtual_key(window) -> None:
    """Chromium's own software key in place of one that somebody would touch."""
    tools = window.context.new_cdp_session(window.page)
    tools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
