"""Search as the electronic books law asks for it: date, amount, counterparty, ranges, and all of them together."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.queries import content_of, corrections, document_at, find, versions_of
from sekisho.apps.scope import NOTHING, Scope, entered

from ..world import EVERYTHING, World
from .samples import kept


@pytest.fixture
def shelf(seeing_all: World) -> World:
    """Six documents of two contracts in three months."""
    other = seeing_all.other_contract.pk
    kept(seeing_all, number="A", dated=dt.date(2026, 4, 30), yen=1_000)
    kept(seeing_all, number="B", dated=dt.date(2026, 5, 1), yen=2_000)
    kept(seeing_all, number="C", dated=dt.date(2026, 5, 31), yen=3_000, counterparty="㈱アオバ Holdings")
    kept(seeing_all, number="D", dated=dt.date(2026, 5, 31), yen=None, kind=DocumentKind.REFUSAL_NOTICE)
    kept(
        seeing_all, number="E", dated=dt.date(2026, 6, 1), yen=2_000, contract_id=other, counterparty="有限会社白波水産"
    )
    kept(seeing_all, number="F", dated=dt.date(2026, 6, 30), yen=9_000, contract_id=None, counterparty="架空商店")
    return seeing_all


def numbers(scope: Scope = EVERYTHING, **wanted: object) -> str:
    return "".join(row.number for row in find(scope, **wanted).documents)  # type: ignore[arg-type]


def test_everything_comes_newest_first(shelf: World) -> None:
    assert numbers() == "FEDCBA"


def test_both_ends_of_a_range_of_dates_are_inside(shelf: World) -> None:
    assert numbers(dated_from=dt.date(2026, 5, 1), dated_to=dt.date(2026, 5, 31)) == "DCB"


def test_both_ends_of_a_range_of_amounts_are_inside(shelf: World) -> None:
    assert numbers(yen_from=2_000, yen_to=3_000) == "ECB"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("青葉", "DBA"),
        ("アオバ", "C"),
        ("ｱｵﾊﾞ", "C"),
        ("(株)アオバ", "C"),
        ("holdings", "C"),
        ("白波 水産", "E"),
        ("%", ""),
    ],
)
def test_any_part_of_a_name_finds_it_however_wide_it_is_typed(shelf: World, typed: str, found: str) -> None:
    assert numbers(counterparty=typed) == found


def test_what_is_asked_together_is_answered_together(shelf: World) -> None:
    since = dt.date(2026, 5, 1)

    assert numbers(counterparty="青葉", dated_from=since, yen_to=5_000) == "B"
    assert numbers(kind=DocumentKind.REFUSAL_NOTICE, counterparty="青葉") == "D"
    assert numbers(contract_id=shelf.other_contract.pk, yen_from=2_000) == "E"
    assert numbers(number="C", dated_to=dt.date(2026, 4, 30)) == ""


def test_pages_hang_together_without_a_gap_or_a_repeat(shelf: World) -> None:
    pages, after = [], None
    while True:
        page = find(EVERYTHING, after=after, limit=2)
        pages.append("".join(row.number for row in page.documents))
        after = page.after
        if after is None:
            break

    assert pages == ["FE", "DC", "BA"]


def test_what_was_replaced_can_be_left_out(shelf: World) -> None:
    first = document_at(EVERYTHING, 1)
    kept(shelf, number="A", replaces=first, reason="訂正", dated=dt.date(2026, 4, 30))

    assert numbers(number="A") == "AA"
    assert [row.version for row in find(EVERYTHING, number="A", current_only=True).documents] == [2]


def test_a_contractor_finds_own_documents_and_no_names_of_others(shelf: World) -> None:
    with entered(scope_of(shelf.owner)) as scope:
        assert numbers(scope) == "DCBA"
        assert numbers(scope, counterparty="白波") == ""
        assert document_at(scope, 5) is None


def test_a_content_out_of_scope_is_not_there(shelf: World) -> None:
    foreign = document_at(EVERYTHING, 5)
    assert foreign is not None

    with entered(scope_of(shelf.owner)) as scope:
        assert content_of(scope, foreign) is None
        assert content_of(EVERYTHING, foreign) is None  # a wrong scope in the code; the database still says no


def test_without_a_scope_there_is_nothing(shelf: World) -> None:
    with entered(NOTHING):
        assert numbers(NOTHING) == ""
        assert numbers(EVERYTHING) == ""


def test_versions_and_corrections_of_another_contract_are_not_there(shelf: World) -> None:
    foreign = document_at(EVERYTHING, 5)
    assert foreign is not None
    kept(shelf, number="E", contract_id=foreign.contract_id, replaces=foreign, reason="訂正")
    year = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))

    assert len(corrections(EVERYTHING, *year)) == 1
    assert len(versions_of(EVERYTHING, foreign)) == 2
    with entered(scope_of(shelf.owner)) as scope:
        assert corrections(scope, *year) == []
        assert versions_of(scope, foreign) == [foreign]  # what the caller had already, and nothing more
