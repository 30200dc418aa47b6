"""Takes the README's picture: the story's incident, in the contractor's portal of a platform that is up.

Usage: scripts/picture.py VAR INCIDENT_URL OUT.png   (needs Chromium; VAR is the running platform's folder)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SIZE = {"width": 1280, "height": 1000}


def main() -> int:
    var, url, out = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    people = json.loads((var / "demo-people.json").read_text())["people"]
    person = next(p for p in people if p["part"] == "story_contractor")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, locale="ja-JP")
        page.goto(url)
        page.fill("input[name=login]", person["email"])
        page.fill("input[name=password]", person["password"])
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        page.goto(url)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=out)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
