"""Every page, in both languages and themes, at a desk and on a telephone: clean, readable, accessible."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import DESK, PHONE, SCREENSHOTS, Doors

pytestmark = pytest.mark.browser

LOOKS = [
    pytest.param("ja", "light", DESK, id="ja-light-desk"),
    pytest.param("en", "dark", DESK, id="en-dark-desk"),
    pytest.param("ja", "dark", PHONE, id="ja-dark-phone"),
    pytest.param("en", "light", PHONE, id="en-light-phone"),
]
GRAVE = {"serious", "critical"}
INLINE = """[...document.querySelectorAll("[style], style, script:not([src]):not([type$=json])")]
    .map(one => "inline: " + one.outerHTML.slice(0, 120))"""


def _pages(doors: Doors) -> list[tuple[str, str, str]]:
    """Who opens it, its name, its path."""
    high, medium, closed = (doors.incidents[name] for name in ("open high", "open medium", "closed high"))
    return [
        ("", "login", "/accounts/login/"),
        ("", "reset", "/accounts/password/reset/"),
        ("", "nothing-here", "/nothing-here"),
        ("owner", "portal-incidents", "/"),
        ("owner", "portal-incident-high", f"/incidents/{high}"),
        ("owner", "portal-incident-medium", f"/incidents/{medium}"),
        ("owner", "portal-incident-closed", f"/incidents/{closed}"),
        ("stranger", "portal-empty", "/"),
        ("owner", "portal-contract", f"/contracts/{doors.world.contract.number}"),
        ("owner", "portal-change", f"/contracts/{doors.world.contract.number}/change"),
        ("owner", "portal-cancel", f"/contracts/{doors.world.contract.number}/cancel"),
        ("owner", "portal-stop-option", f"/contracts/{doors.world.contract.number}/stop-option"),
        ("stranger", "portal-contracts", "/contracts"),
        ("owner", "portal-invoices", "/invoices"),
        ("owner", "portal-papers", "/papers"),
        ("owner", "portal-security", "/accounts/2fa/"),
        ("analyst", "console-overview", "/console/"),
        ("analyst", "console-triage", "/console/triage"),
        ("analyst", "console-triage-empty", "/console/triage?q=no-such-thing"),
        ("analyst", "console-group", "/console/groups/{group}"),
        ("analyst", "console-incidents", "/console/incidents"),
        ("analyst", "console-incident-high", f"/console/incidents/{high}"),
        ("analyst", "console-incident-closed", f"/console/incidents/{closed}"),
        ("analyst", "console-clocks", "/console/clocks"),
        ("analyst", "console-parts", "/console/parts"),
        ("analyst", "console-security", "/accounts/2fa/"),
    ]


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
def test_every_page_is_clean_accessible_and_fits(doors, visit, language, theme, size) -> None:
    faults = []
    windows = {who: visit(who, language, theme, size) for who in ("", "owner", "stranger", "analyst")}
    group = _first_group(windows["analyst"])
    SCREENSHOTS.mkdir(exist_ok=True)
    for who, name, path in _pages(doors):
        found = _visited(windows[who], path.format(group=group), language)
        faults += [f"{name}: {fault}" for fault in found if not (name == "nothing-here" and "404" in fault)]
        picture = SCREENSHOTS / f"{name}-{language}-{theme}-{size['width']}.png"
        windows[who].page.screenshot(path=picture, full_page=True)
    assert faults == []


def _first_group(window) -> str:
    return window.open("/console/triage").locator("[name=group]").first.get_attribute("value")


def _visited(window, path: str, language: str) -> list[str]:
    """What is wrong with a page. Axe comes last, because it changes the page and makes it complain."""
    window.complaints.clear()
    page = window.open(path)
    page.wait_for_load_state("networkidle")
    found = [f"said {said}" for said in window.complaints]
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if beyond > 0:
        found.append(f"{beyond} px wider than the window")
    if page.evaluate("document.documentElement.lang") != language:
        found.append("in the wrong language")
    found += page.evaluate(INLINE)
    return found + [_told(violation) for violation in _axe(page) if violation["impact"] in GRAVE]


def _axe(page) -> list[dict]:
    return Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]


def _told(violation: dict) -> str:
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {nodes}"
