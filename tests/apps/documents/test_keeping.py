"""Documents are kept once, in a chain, and nobody changes them."""

from __future__ import annotations

import datetime as dt
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.documents import queries
from sekisho.apps.documents.actions import CONTENT_BYTES_MAX, Keeping, expire, keep, keep_many
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Content, Counterparty, Document
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock, standing_at

from ..world import EVERYTHING, NOW, TESTER, World, build_world
from .samples import facts_of, kept


def test_a_document_is_kept_with_its_content_and_found_again(seeing_all: World) -> None:
    document = kept(seeing_all, content=b"%PDF-1.7 first")

    found = queries.document_at(EVERYTHING, document.position)

    assert found is not None
    assert (found.number, found.version, found.yen) == ("INV-1", 1, 162_076)
    assert found.counterparty is not None and found.counterparty.name == "株式会社青葉製作所"
    assert queries.content_of(EVERYTHING, found) == b"%PDF-1.7 first"
    assert bytes(found.content_hash) == hashlib.sha256(b"%PDF-1.7 first").digest()


def test_positions_run_without_a_gap_and_each_row_covers_the_one_before(seeing_all: World) -> None:
    rows = [kept(seeing_all, number=f"INV-{n}") for n in range(1, 6)]

    report = queries.verify_chain()

    assert [row.position for row in rows] == [1, 2, 3, 4, 5]
    assert len({bytes(row.hash) for row in rows}) == 5
    assert (report.broken, report.documents, report.hash) == (None, 5, rows[-1].hash)


def test_keeping_leaves_an_audit_row_with_the_link(seeing_all: World) -> None:
    document = kept(seeing_all)

    row = AuditRow.objects.get(act="documents.keep")

    assert row.object == f"document:{document.position}"
    assert row.contract_id == seeing_all.contract.pk
    assert row.details["hash"] == document.hash.hex()


def test_a_document_is_kept_until_seven_years_after_the_return_of_its_fiscal_year(seeing_all: World) -> None:
    assert kept(seeing_all, dated=dt.date(2026, 3, 31)).keep_until == dt.date(2033, 5, 31)


def test_a_number_is_taken_once_in_a_kind_and_language(seeing_all: World) -> None:
    kept(seeing_all)
    kept(seeing_all, language="en")
    kept(seeing_all, kind=DocumentKind.RECEIPT)

    with pytest.raises(Refused, match="number_taken"):
        kept(seeing_all)


def test_two_of_one_number_in_a_batch_are_refused_too(seeing_all: World) -> None:
    twice = [Keeping(**facts_of(seeing_all)), Keeping(**facts_of(seeing_all))]

    with pytest.raises(Refused, match="number_taken"), transaction.atomic():
        keep_many(TESTER, twice)


@pytest.mark.parametrize("content", [b"", b"x" * (CONTENT_BYTES_MAX + 1)])
def test_nothing_and_too_much_are_refused(seeing_all: World, content: bytes) -> None:
    with pytest.raises(Refused, match="document_size"):
        kept(seeing_all, content=content)


def test_a_correction_says_why_and_becomes_the_next_version(seeing_all: World) -> None:
    first = kept(seeing_all)

    with pytest.raises(Refused, match="correction_reason"):
        kept(seeing_all, replaces=first, reason=" ")
    second = kept(seeing_all, replaces=first, reason="宛名の誤り", yen=162_000)

    assert (second.version, second.replaces_id) == (2, first.position)
    assert [row.version for row in queries.versions_of(EVERYTHING, second)] == [1, 2]
    with pytest.raises(Refused, match="already_replaced"):
        kept(seeing_all, replaces=first, reason="もう一度")


def test_a_reissue_under_a_new_number_points_at_what_it_replaces(seeing_all: World) -> None:
    first = kept(seeing_all)
    second = kept(seeing_all, number="INV-2", replaces=first, reason="数量の誤り")

    assert (second.number, second.version, second.replaces_id) == ("INV-2", 1, first.position)
    assert [row.number for row in queries.versions_of(EVERYTHING, first)] == ["INV-1", "INV-2"]


def test_the_log_of_corrections_names_what_changed_why_and_by_whom(seeing_all: World) -> None:
    first = kept(seeing_all)
    kept(seeing_all, replaces=first, reason="金額の誤り", yen=1_000, content=b"other", requested_on=dt.date(2026, 5, 3))

    (line,) = queries.corrections(EVERYTHING, dt.date(2026, 5, 1), dt.date(2026, 5, 31))

    assert (line.requested_on, line.number, line.kind) == (dt.date(2026, 5, 3), "INV-1", "invoice")
    assert (line.counterparty, line.reason, line.person) == ("株式会社青葉製作所", "金額の誤り", "tester")
    assert line.changes == ("yen: 162076 -> 1000", "content")


def test_a_contract_out_of_scope_can_t_be_written_about(world: World) -> None:
    with entered(scope_of(world.owner)), pytest.raises(Refused, match="unknown_contract"):
        keep(TESTER, **facts_of(world, contract_id=world.other_contract.pk))


def test_whoever_keeps_under_one_contract_continues_the_chain_of_all(world: World) -> None:
    with entered(EVERYTHING):
        kept(world, contract_id=world.other_contract.pk)
    with entered(scope_of(world.owner)) as scope:
        document = keep(TESTER, **facts_of(world, number="AP-1"))
        shown = queries.find(scope).documents

    assert document.position == 2
    assert [row.number for row in shown] == ["AP-1"]
    assert queries.verify_chain().broken is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents_document SET yen = 1",
        "DELETE FROM documents_document",
        "UPDATE documents_content SET content = 'x'",
        "DELETE FROM documents_content",
        "UPDATE documents_counterparty SET name = 'x'",
        "DELETE FROM documents_counterparty",
        "TRUNCATE documents_document CASCADE",
    ],
)
def test_the_database_refuses_every_change_by_whomever(seeing_all: World, statement: str) -> None:
    kept(seeing_all)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_content_can_go_only_when_its_time_is_over(seeing_all: World, hand: StandingClock) -> None:
    """The scene's clock goes forward; the database's own does not, and it has the last word."""
    old = kept(seeing_all, number="OLD", dated=dt.date(2010, 4, 1))
    new = kept(seeing_all, number="NEW", dated=dt.date(2026, 4, 1))

    assert expire(TESTER) == 1
    assert queries.content_of(EVERYTHING, old) is None
    assert queries.content_of(EVERYTHING, new) is not None
    assert Counterparty.objects.count() == 1
    hand.move_to(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
    assert expire(TESTER) == 0
    with pytest.raises(DatabaseError, match="must still be kept"), transaction.atomic():
        Content.objects.all().delete()


def test_a_name_goes_with_the_last_document_that_needs_it_and_the_chain_stands(seeing_all: World) -> None:
    kept(seeing_all, number="OLD-1", dated=dt.date(2010, 4, 1), counterparty="架空 太郎")
    kept(seeing_all, number="OLD-2", dated=dt.date(2011, 4, 1), counterparty="架空 太郎")

    assert expire(TESTER, documents_max=1) == 1
    assert Counterparty.objects.count() == 1
    assert expire(TESTER, documents_max=1) == 1
    assert (Counterparty.objects.count(), Content.objects.count(), Document.objects.count()) == (0, 0, 2)
    report = queries.verify_chain()
    assert (report.broken, report.expired) == (None, 2)
    assert [row.number for row in queries.find(EVERYTHING).documents] == ["OLD-2", "OLD-1"]


def test_ten_thousand_are_not_needed_to_see_that_batches_link_up(seeing_all: World) -> None:
    keepings = (Keeping(**facts_of(seeing_all, number=f"INV-{n}", content=b"%d" % n)) for n in range(1, 1_202))

    rows = keep_many(TESTER, keepings)

    assert [row.position for row in rows] == list(range(1, 1_202))
    assert queries.verify_chain().broken is None
    (audited,) = AuditRow.objects.filter(act="documents.keep")
    assert audited.details["documents"] == 1_201


def test_an_application_without_a_contract_is_kept_by_whoever_hands_it_in_and_read_by_the_carrier(world: World) -> None:
    with entered(scope_of(world.owner)) as scope:
        document = keep(TESTER, **facts_of(world, contract_id=None, kind=DocumentKind.CONTRACT_APPLICATION))
        assert queries.document_at(scope, document.position) is None
    with entered(scope_of(world.carrier)) as scope:
        assert queries.document_at(scope, document.position) is not None


def test_many_at_once_make_one_chain(committed_db: None) -> None:
    """Four threads with their own connections; each keeps five, in transactions of their own."""
    with standing_at(NOW):
        world = build_world()

        def keep_five(thread: int) -> None:
            try:
                for n in range(5):
                    with entered(EVERYTHING):
                        kept(world, number=f"T{thread}-{n}")
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(keep_five, range(4)))

        report = queries.verify_chain()
    assert (report.documents, report.broken) == (20, None)
