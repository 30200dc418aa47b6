"""The printed catalogue of permissions is the one in force."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "permissions_page.py"


def test_the_page_of_permissions_is_not_stale():
    spec = importlib.util.spec_from_file_location("permissions_page", SCRIPT)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert page.PAGE.read_text() == page.text(), "run scripts/permissions_page.py"
