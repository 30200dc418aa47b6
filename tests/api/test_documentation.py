"""Every command of docs/api.md is run as it stands there, against a web process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connections

from sekisho.apps.billing.zengin import write_bank_file
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls

from ..apps.billing.contracts import publish
from ..apps.billing.test_zengin import entry, notice
from ..apps.world import EVERYTHING, build_world
from .callers import Caller, admin_of_carrier
from .served import web_process

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
COMMANDS = [
    command
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    for command in re.findall(r"curl .*?(?=\ncurl|\Z)", block.strip(), re.S)
]


@pytest.fixture
def place(committed_db: None, database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of the commands; they run in FOLDER."""
    cache.clear()
    world = build_world()
    with entered(EVERYTHING):
        publish()
    text = Caller(admin_of_carrier(world.carrier.organisation), world.carrier).text
    connections.close_all()
    (tmp_path / "nyukin.txt").write_bytes(write_bank_file(notice(entry(110_000))))
    with web_process(database_urls, tmp_path) as url:
        told = {"SEKISHO": url, "TOKEN": text, "CONTRACT": "SK100001", "FOLDER": str(tmp_path)}
        yield {**os.environ, **told, "NO_PROXY": "*"}


def answered(command: str, place: dict[str, str]) -> dict:
    found = subprocess.run(
        ["bash", "-c", command], env=place, cwd=place["FOLDER"], check=True, capture_output=True, timeout=60
    )
    return json.loads(found.stdout)


def test_every_command_of_the_page_answers_as_the_page_says(place: dict[str, str]) -> None:
    answers = [answered(command, place) for command in COMMANDS]
    contracts, invoices, standing, entitlements, preview, problem, file = answers
    assert [contract["number"] for contract in contracts["items"]] == ["SK100001", "SK100002", "SK100003"]
    assert (invoices, standing["state"]) == ({"items": [], "next": None}, "active")
    assert (entitlements["active"], entitlements["at"]) == (True, "2026-05-01T00:00:00Z")
    assert preview["effective_on"] >= "2026-12-31"
    assert {one["parameter"] for one in problem["problems"]} == {"on", "at"}
    assert problem["detail"].isascii()
    assert file["lines"], file


def test_the_limits_that_the_page_names_are_the_ones_in_force() -> None:
    from sekisho.api.v1.callers import CALLS_A_MINUTE_MAX
    from sekisho.apps.accounts.actions.answers import ANSWERS_KEPT_HOURS, KEY_WAIT_SECONDS_MAX

    text = PAGE.read_text(encoding="utf-8")
    assert f"at most {CALLS_A_MINUTE_MAX} calls a minute" in text
    assert f"{ANSWERS_KEPT_HOURS} hours" in text
    assert f"409 after {KEY_WAIT_SECONDS_MAX} seconds" in text
