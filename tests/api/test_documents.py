"""Kept papers over the API: found by what the law wants them found by, and fetched as they were kept."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from sekisho.apps.contracts.models import Contract
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document
from sekisho.apps.scope import entered

from ..apps.world import EVERYTHING, TESTER, World
from .callers import Caller


def kept(contract: Contract, number: str, month: int, yen: int, content: bytes = b"%PDF-1.7") -> Document:
    return keep(
        TESTER,
        kind=DocumentKind.INVOICE,
        number=number,
        contract_id=contract.pk,
        language="ja",
        dated=dt.date(2026, month, 1),
        counterparty="株式会社青葉製作所",
        content=content,
        yen=yen,
    )


@pytest.fixture
def papers(world: World) -> list[int]:
    """Positions of three papers of the first contract, and of one of another's."""
    with entered(EVERYTHING):
        mine = [kept(world.contract, f"I{month}", month, 1000 * month) for month in (3, 4, 5)]
        return [paper.position for paper in (*mine, kept(world.other_contract, "I9", 4, 4000))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?dated_from=2026-04-01&dated_until=2026-04-30", [1]),
        ("?yen_from=4000", [2, 1]),
        ("?yen_until=4000&dated_from=2026-04-01", [1]),
        ("?counterparty=青葉&kind=invoice", [2, 1, 0]),
        ("?counterparty=白波", []),
        ("?number=I3", [0]),
        ("?contract=SK100001&limit=2", [2, 1]),
        ("?contract=SK100002", []),
    ],
)
def test_papers_are_found_by_day_amount_and_counterparty(
    callers: dict[str, Caller], papers: list[int], query: str, found: list[int]
) -> None:
    answer = callers["owner"].get(f"/documents{query}").json()

    assert [paper["position"] for paper in answer["items"]] == [papers[i] for i in found]


def test_pages_of_papers_follow_each_other(callers: dict[str, Caller], papers: list[int]) -> None:
    first = callers["owner"].get("/documents?limit=2").json()
    second = callers["owner"].get(f"/documents?limit=2&cursor={first['next']}").json()

    assert [one["position"] for one in (*first["items"], *second["items"])] == [papers[2], papers[1], papers[0]]
    assert second["next"] is None


def test_a_paper_comes_as_it_was_kept(callers: dict[str, Caller], papers: list[int]) -> None:
    told = callers["owner"].get(f"/documents/{papers[0]}").json()
    file = callers["owner"].get(f"/documents/{papers[0]}/content")

    assert (file.content, file["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert told["content_sha256"] == hashlib.sha256(b"%PDF-1.7").hexdigest()
    assert (told["number"], told["yen"], told["counterparty"]) == ("I3", 3000, "株式会社青葉製作所")


@pytest.mark.parametrize("tail", ["", "/content"])
def test_others_papers_and_no_papers_look_the_same(callers: dict[str, Caller], papers: list[int], tail: str) -> None:
    theirs, none, word = (callers["owner"].get(f"/documents/{one}{tail}") for one in (papers[3], 10**9, "x"))

    assert (theirs.status_code, theirs.content) == (404, none.content)
    assert word.status_code == 404
