"""Every act leaves its row, in the same transaction, and news reaches each reader once."""

from __future__ import annotations

import pytest
from django.db import transaction

from sekisho.apps.audit import actions, queries
from sekisho.apps.audit.models import AuditRow, OutboxRow, ordered_uuid
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.scope import NOTHING, entered

from .world import EVERYTHING, TESTER, World


def act(world: World, name: str = "tests.act") -> AuditRow:
    return actions.record(world.carrier, act=name, object="thing:1", contract_id=world.contract.pk, details={"a": 1})


def test_an_act_and_its_news_are_written_together_or_not_at_all(seeing_all: World) -> None:
    acts, news = AuditRow.objects.count(), OutboxRow.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        act(seeing_all)
        raise RuntimeError
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == (acts, news)
    row = act(seeing_all)

    assert (row.actor, row.who, row.details) == (seeing_all.carrier, seeing_all.carrier.name, {"a": 1})
    assert row.actor_name == f"person:{seeing_all.carrier.pk}"  # the row is for ever, the name is not
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == (acts + 1, news + 1)


def test_news_is_taken_once_by_each_reader_in_order(seeing_all: World) -> None:
    for name in ("tests.one", "tests.two", "tests.one"):
        act(seeing_all, name)
    rows = queries.news_for("reports", {"tests.one"})
    actions.take_news("reports", rows)
    actions.take_news("reports", rows)

    assert [row.topic for row in rows] == ["tests.one", "tests.one"]
    assert rows[0].id < rows[1].id
    assert queries.news_for("reports", {"tests.one"}) == []
    assert len(queries.news_for("desk", {"tests.one", "tests.two"})) == 3


def test_an_act_that_belongs_to_no_contract_can_be_written_by_anybody_and_read_by_the_carrier_only(
    world: World,
) -> None:
    with entered(NOTHING):
        actions.record(TESTER, act="tests.login", object="person:1")
        assert not AuditRow.objects.exists()
    with entered(scope_of(world.owner)):
        assert not AuditRow.objects.filter(act="tests.login").exists()
    with entered(EVERYTHING):
        assert AuditRow.objects.get(act="tests.login").actor is None


def test_the_acts_of_a_contract_are_read_newest_first(seeing_all: World) -> None:
    for name in ("tests.one", "tests.two"):
        act(seeing_all, name)
    assert [row.act for row in queries.acts_of_contract(seeing_all.contract.pk, limit=2)] == ["tests.two", "tests.one"]


def test_identifiers_sort_by_when_they_were_made() -> None:
    made = [ordered_uuid() for _ in range(1000)]
    assert sorted(made, key=lambda u: u.bytes[:8]) == made
    assert len(set(made)) == 1000
