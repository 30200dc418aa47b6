"""Whoever owns the database can change it; the chain then says where. Each test plays that owner, with triggers off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from sekisho.apps.documents import queries
from sekisho.apps.documents.chain import FIRST_LINK
from sekisho.apps.documents.models import Document
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.gateways.clock import standing_at

from ..world import EVERYTHING, NOW, build_world
from .samples import kept

TABLES = ("documents_document", "documents_content", "documents_counterparty")


@pytest.fixture
def four(committed_db: None) -> list[Document]:
    """Four documents of one contract, really committed."""
    with standing_at(NOW):
        world = build_world()
        with entered(EVERYTHING):
            return [kept(world, number=f"INV-{n}", content=b"content %d" % n) for n in range(1, 5)]


@contextmanager
def tampering(urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urls.owner_url) as owner:
        owner.execute("SELECT set_config('sekisho.scope', '*', false)")
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield owner
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def broken_at() -> tuple[int, str] | None:
    broken = queries.verify_chain().broken
    return None if broken is None else (broken.position, broken.what)


def test_nobody_tampered_with_it(four: list[Document]) -> None:
    assert broken_at() is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE documents_document SET yen = 1 WHERE position = 3", (3, "changed")),
        ("UPDATE documents_document SET reason = 'x' WHERE position = 2", (2, "changed")),
        ("UPDATE documents_document SET keep_until = '2020-01-01' WHERE position = 1", (1, "changed")),
        ("UPDATE documents_document SET hash = '\\x00' WHERE position = 4", (4, "changed")),
        ("UPDATE documents_content SET content = 'other' WHERE document_id = 2", (2, "content")),
        ("DELETE FROM documents_content WHERE document_id = 4", (4, "content")),
        ("UPDATE documents_counterparty SET name = 'somebody else'", (1, "name")),
        ("UPDATE documents_counterparty SET salt = '\\x00'", (1, "name")),
        ("DELETE FROM documents_counterparty", (1, "name")),
    ],
)
def test_the_first_break_is_found(
    four: list[Document], database_urls: DatabaseUrls, statement: str, broken: tuple[int, str]
) -> None:
    with tampering(database_urls) as owner:
        owner.execute(statement)

    assert broken_at() == broken


def test_a_row_taken_from_the_middle_leaves_a_gap(four: list[Document], database_urls: DatabaseUrls) -> None:
    with tampering(database_urls) as owner:
        owner.execute("DELETE FROM documents_content WHERE document_id = 2")
        owner.execute("DELETE FROM documents_document WHERE position = 2")

    assert broken_at() == (2, "missing")


def test_a_row_put_before_the_first_is_found(four: list[Document], database_urls: DatabaseUrls) -> None:
    with tampering(database_urls) as owner:
        owner.execute(
            "CREATE TEMP TABLE forged AS SELECT * FROM documents_document WHERE position = 1;"
            "UPDATE forged SET position = 0, number = 'FORGED'; INSERT INTO documents_document SELECT * FROM forged"
        )

    assert broken_at() == (1, "missing")


def test_rows_cut_off_at_the_end_are_missed_by_the_audit(four: list[Document], database_urls: DatabaseUrls) -> None:
    with tampering(database_urls) as owner:
        owner.execute("DELETE FROM documents_content WHERE document_id >= 3")
        owner.execute("DELETE FROM documents_document WHERE position >= 3")

    assert broken_at() == (3, "cut")


def test_a_chain_made_anew_is_told_from_the_one_that_somebody_noted(
    four: list[Document], database_urls: DatabaseUrls
) -> None:
    """An owner with patience computes all hashes again; only a hash written down elsewhere tells."""
    noted = queries.verify_chain()
    with tampering(database_urls) as owner:
        owner.execute("UPDATE documents_document SET yen = 1 WHERE position = 2")
        make_anew(owner)

    assert queries.verify_chain().broken is None
    assert queries.verify_chain((noted.position, noted.hash)).broken == queries.Break(4, "noted")


def make_anew(owner: psycopg.Connection) -> None:
    from sekisho.apps.documents.chain import LINKED, link

    before = FIRST_LINK
    with entered(EVERYTHING):
        rows = list(Document.objects.order_by("position"))
    for row in rows:
        row.yen = 1 if row.position == 2 else row.yen
        before = link(before, {name: getattr(row, name) for name in LINKED})
        owner.execute("UPDATE documents_document SET hash = %s WHERE position = %s", [before, row.position])
