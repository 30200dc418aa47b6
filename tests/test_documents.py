"""The documents at the root speak of what is there: files, identifiers, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sekisho.entry.cli import COMMANDS

ROOT = Path(__file__).parents[1]
SOURCES = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".html", ".rules")]
PLACES = [path.relative_to(ROOT).as_posix() for top in ("src", "tests", "docs") for path in (ROOT / top).rglob("*")]


def named(document: str, pattern: str) -> list[str]:
    return sorted(set(re.findall(pattern, (ROOT / document).read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", [n for n in named("ARCHITECTURE.md", r"`([\w/]+(?:\.py|/))`") if n != "var/"])
def test_a_file_that_the_map_names_exists(name: str) -> None:
    assert any(f"/{place}/".endswith(f"/{name.rstrip('/')}/") for place in PLACES)


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_what_a_document_links_to_exists(document: str) -> None:
    links = [link for link in named(document, r"\]\(([^)#]+)") if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_identifier_of_the_glossary_is_one_of_the_code() -> None:
    contract = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").partition("Not of the contract")[0]
    words = set(re.findall(r"`([a-z_]+)`", contract))
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    spoken = {word for word in words if re.search(rf"\b{word}|{word.replace('_', '')}", code, re.IGNORECASE)}
    assert words - spoken == set()
    assert len(words) > 20


@pytest.mark.parametrize("document", ["README.md", "docs/running.md", "CONTRIBUTING.md"])
def test_a_command_that_a_document_shows_exists(document: str) -> None:
    assert set(named(document, r"`sekisho ([a-z]+)")) <= set(COMMANDS)
