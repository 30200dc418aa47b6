"""The partner's scope names no contracts: the database decides, from spans that it derives from the facts by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.apps.contracts.actions import facts as telling
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.contracts.queries.standing import told_of
from sekisho.apps.row_security import in_scope
from sekisho.apps.scope import Scope, entered
from sekisho.gateways.clock import StandingClock, standing_at
from sekisho.terms.history import FactKind

from ..apps.world import EVERYTHING, NOW, TESTER, World

HOUR = dt.timedelta(hours=1)
KINDS = (FactKind.OPERATIONS, FactKind.SERVICE)
PROBES = [NOW + turn * HOUR for turn in range(-1, 8)]

told = st.tuples(
    st.sampled_from(KINDS),
    st.integers(0, 5),
    st.none() | st.integers(1, 3),
    st.booleans(),
    st.integers(0, 1),
)
"""A kind, the hour of its begin, how long it holds, whether it is void, and which thread of its kind it is."""


@pytest.fixture
def partner(seeing_all: World) -> Scope:
    return scope_of(seeing_all.analyst)


def test_the_partners_scope_names_no_contract(partner: Scope) -> None:
    assert partner.setting == f"operated@{NOW.isoformat()}"


def test_the_query_alone_keeps_the_partner_to_operated_contracts(seeing_all: World, partner: Scope) -> None:
    with entered(EVERYTHING):
        assert set(partner.admit(Contract.objects.all(), "pk")) == {seeing_all.contract, seeing_all.other_contract}


def test_the_database_alone_keeps_the_partner_to_operated_contracts(seeing_all: World, partner: Scope) -> None:
    with entered(partner):
        assert set(Contract.objects.all()) == {seeing_all.contract, seeing_all.other_contract}


def test_the_partner_sees_no_spans_but_those_of_now(seeing_all: World, partner: Scope) -> None:
    later = scope_of(seeing_all.stranger)
    assert (len(spans_seen_in(partner)), spans_seen_in(later)) == (2, [])


def test_contracts_of_a_scope_are_told_by_name_where_somebody_asks(seeing_all: World, partner: Scope) -> None:
    assert partner.contract_ids == {seeing_all.contract.pk, seeing_all.other_contract.pk}
    assert seeing_all.contract.pk in partner
    assert seeing_all.entry_contract.pk not in partner


def test_a_setting_that_is_no_instant_shows_nothing(seeing_all: World) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sekisho.scope', 'operated@', true)")
        assert Contract.objects.count() == 0
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sekisho.scope', 'operated@always', true)")
        Contract.objects.count()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sekisho_operated VALUES (1, '-infinity', 'infinity')",
        "UPDATE sekisho_operated SET until_at = 'infinity'",
        "DELETE FROM sekisho_operated",
    ],
)
def test_nobody_writes_the_spans_even_with_sight_of_all(seeing_all: World, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="derived"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_policy_that_asks_for_keys_asks_for_operated_contracts_too(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname FROM pg_policies WHERE concat(qual, with_check) LIKE '%sekisho_scope()%' "
            "AND concat(qual, with_check) NOT LIKE '%sekisho_operated held%'"
        )
        assert cursor.fetchall() == []


def test_the_condition_names_its_column_with_its_table_so_that_no_other_is_meant() -> None:
    assert "held.contract_id = fleet_securitydevice.contract_id" in in_scope("fleet_securitydevice")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(tellings=st.lists(told, max_size=8))
def test_what_the_database_derives_is_what_the_history_says(
    seeing_all: World, hand: StandingClock, tellings: list[tuple]
) -> None:
    with transaction.atomic():
        for kind, begins, lasts, void, thread in tellings:
            tell(seeing_all.entry_contract, kind, begins, lasts, void, thread)
        for at in PROBES:
            assert derived(seeing_all, at) == said(seeing_all.entry_contract, at), at
        transaction.set_rollback(True)


def tell(contract: Contract, kind: FactKind, begins: int, lasts: int | None, void: bool, thread: int) -> None:
    from_at = NOW + begins * HOUR
    until_at = None if lasts is None else from_at + lasts * HOUR
    name = kind.value if kind is FactKind.SERVICE else f"operations.{thread}"
    told = telling.Telling(kind, None, from_at, until_at, name, void)
    telling.tell_all(TESTER, contract, [told])


def derived(world: World, at: dt.datetime) -> bool:
    with standing_at(at), entered(scope_of(world.analyst)):
        return Contract.objects.filter(pk=world.entry_contract.pk).exists()


def said(contract: Contract, at: dt.datetime) -> bool:
    return {fact.kind for fact in told_of(contract).in_force(at)} >= set(KINDS)


def spans_seen_in(scope: Scope) -> list[tuple]:
    with entered(scope), connection.cursor() as cursor:
        cursor.execute("SELECT contract_id FROM sekisho_operated")
        return cursor.fetchall()
