"""``sekisho documents verify``: what it prints, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sekisho.apps.documents.models import Document
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import standing_at

from ..world import EVERYTHING, NOW, build_world
from .samples import kept
from .test_tampering import tampering


@pytest.fixture
def three(committed_db: None) -> list[Document]:
    with standing_at(NOW):
        world = build_world()
        with entered(EVERYTHING):
            return [kept(world, number=f"INV-{n}", content=b"content %d" % n) for n in range(1, 4)]


def verify(urls: DatabaseUrls, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"SEKISHO_APP_DATABASE_URL": urls.app_url, "PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "documents", "verify", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip


def test_a_whole_chain_gives_a_mark_that_a_later_run_takes(three: list[Document], database_urls: DatabaseUrls) -> None:
    first = verify(database_urls)
    told = json.loads(verify(database_urls, "--json").stdout)

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines() == ["whole: 3 documents", f"mark 3:{three[-1].hash.hex()}"]
    assert told["broken"] is None
    assert verify(database_urls, "--noted", told["mark"]).returncode == 0


def test_a_break_is_said_with_its_place(three: list[Document], database_urls: DatabaseUrls) -> None:
    with tampering(database_urls) as owner:
        owner.execute("UPDATE documents_document SET yen = 1 WHERE position = 2")

    answer = verify(database_urls)

    assert answer.returncode == 1
    assert answer.stdout.startswith("BROKEN at 2: the row was changed")


def test_another_chain_than_the_noted_one_is_refused(three: list[Document], database_urls: DatabaseUrls) -> None:
    assert verify(database_urls, "--noted", f"2:{'0' * 64}").returncode == 1
    assert verify(database_urls, "--noted", f"9:{three[-1].hash.hex()}").returncode == 1


@pytest.mark.parametrize("mark", ["3", "x:00", "0:" + "0" * 64, "3:" + "g" * 64, "3:00"])
def test_what_is_no_mark_is_wrong_usage(mark: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "documents", "verify", "--noted", mark],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert answer.returncode == 2
    assert "is no mark" in answer.stderr


def test_without_a_platform_it_says_so(tmp_path) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "documents", "verify", "--var", str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert answer.returncode == 2
    assert "no running platform" in answer.stderr
