"""What a browser is served: strict headers, hashed files, fonts of our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sekisho.web import fonts

from ..django_database import SECRET_KEY

STATIC = Path(fonts.__file__).parent / "static" / "sekisho"


def test_every_answer_carries_the_strict_policy(doors) -> None:
    with urllib.request.urlopen(f"{doors.url}/accounts/login/", timeout=20) as answer:  # noqa: S310
        policy = answer.headers["Content-Security-Policy"]
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert parts["default-src"] == parts["base-uri"] == parts["frame-ancestors"] == "'none'"
    assert parts["script-src"] == parts["style-src"] == parts["connect-src"] == "'self'"
    assert parts["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy


def test_collected_files_carry_their_hash_and_every_reference_is_found(tmp_path: Path) -> None:
    told = {"SEKISHO_STATIC_ROOT": str(tmp_path), "SEKISHO_SECRET_KEY": SECRET_KEY}
    command = [sys.executable, "-m", "django", "collectstatic", "--noinput", "--settings", "sekisho.web.settings"]
    subprocess.run(command, env={**os.environ, **told}, check=True, capture_output=True, timeout=120)
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    sheet = (tmp_path / paths["sekisho/css/sekisho.css"]).read_text()
    imported = re.findall(r'url\("([^"]+)"\)', sheet)
    assert len(imported) >= 15
    assert all((tmp_path / "sekisho" / "css" / name).is_file() for name in imported)


def test_styles_and_scripts_name_no_other_host() -> None:
    for path in [
        *STATIC.rglob("*.css"),
        *STATIC.rglob("*.js"),
        *Path(fonts.__file__).parent.rglob("templates/**/*.html"),
    ]:
        assert (
            re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text().replace("http://www.w3.org", "")) is None
        )


def test_every_style_sheet_is_imported_once() -> None:
    imported = re.findall(r'url\("([^"]+)"\)', (STATIC / "css" / "sekisho.css").read_text())
    assert sorted(imported) == sorted(p.name for p in (STATIC / "css").glob("*.css") if p.name != "sekisho.css")


def test_font_slices_are_named_with_what_they_hold() -> None:
    if not fonts.font_directories():
        pytest.skip("the fonts are not built; make setup does it")
    sheet = (fonts.BUILT / "fonts.css").read_text()
    names = re.findall(r'url\("([^"]+)"\)', sheet)
    assert len(names) == sheet.count("unicode-range:") == sheet.count("font-display:swap")
    assert all((fonts.BUILT / name).is_file() for name in names)
