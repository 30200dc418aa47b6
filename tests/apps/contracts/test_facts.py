"""Facts in the database: told once, never changed, read in bulk, and what hangs on them in SQL."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contract, ContractFact
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.plans import Plan

from ..world import EVERYTHING, NOW, TESTER, World, take_operations_away

DAY = dt.timedelta(days=1)


def test_a_contract_comes_to_what_was_told_of_it_at_any_instant(seeing_all: World, hand: StandingClock) -> None:
    contract = seeing_all.contract
    hand.advance(days=10)
    actions.tell(TESTER, contract, FactKind.PLAN, Plan.PREMIUM, NOW + 30 * DAY)

    def plan(at: dt.datetime, known_at: dt.datetime | None = None) -> Plan:
        return queries.contract_at(EVERYTHING, contract, at, known_at).facts.plan

    assert plan(NOW) == plan(NOW + 29 * DAY) == Plan.BASIC
    assert plan(NOW + 30 * DAY) == plan(NOW + 3000 * DAY) == Plan.PREMIUM
    assert plan(NOW + 30 * DAY, known_at=NOW + 9 * DAY) == Plan.BASIC
    before = queries.contract_at(EVERYTHING, contract, at_start_of(dt.date(2026, 3, 31)))
    assert (before.state, before.facts) == (ContractState.APPLIED, None)


def test_the_last_word_of_a_thread_counts_and_the_earlier_ones_stay_readable(
    seeing_all: World, hand: StandingClock
) -> None:
    contract = seeing_all.contract
    first = actions.tell(TESTER, contract, FactKind.EXTRA_ACCOUNTS, 2, NOW)
    second = actions.tell(TESTER, contract, FactKind.EXTRA_ACCOUNTS, 1, NOW)
    hand.advance(days=1)
    actions.end_fact(TESTER, contract, first, NOW + 5 * DAY)
    hand.advance(days=1)
    actions.void_fact(TESTER, contract, second)

    def accounts(at: dt.datetime, known_at: dt.datetime | None = None) -> int:
        return queries.contract_at(EVERYTHING, contract, at, known_at).facts.extra_accounts

    assert (accounts(NOW), accounts(NOW + 5 * DAY)) == (2, 0)
    assert (accounts(NOW, NOW), accounts(NOW + 5 * DAY, NOW + DAY)) == (3, 1)


def test_a_thread_speaks_of_one_thing_and_a_value_must_be_one_of_its_kind(seeing_all: World) -> None:
    with pytest.raises(ValueError, match="speaks of plan"):
        plan = queries.told_of(seeing_all.contract).of_kind(FactKind.PLAN)[0]
        actions.tell(TESTER, seeing_all.contract, FactKind.OPERATIONS, None, NOW, thread=plan.thread)
    with pytest.raises(ValueError, match="gold"):
        actions.tell(TESTER, seeing_all.contract, FactKind.PLAN, "gold", NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contracts_contractfact SET value = '\"premium\"' WHERE kind = 'plan'",
        "UPDATE contracts_contractfact SET recorded_at = recorded_at - interval '1 year'",
        "DELETE FROM contracts_contractfact",
        "UPDATE contracts_contract SET terms_version = 'V1'",
        "UPDATE contracts_contract SET accepted_at = now()",
        "UPDATE contracts_contract SET line_until_at = now()",
        "DELETE FROM contracts_contract",
    ],
)
def test_the_apps_role_cannot_rewrite_history_by_sql(seeing_all: World, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_apps_role_cannot_empty_the_table_of_facts(seeing_all: World) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE contracts_contractfact CASCADE")


def test_the_facts_of_another_contract_can_be_neither_read_nor_told(seeing_all: World) -> None:
    with entered(queries.scope_of(seeing_all.owner)) as scope:
        assert set(queries.histories(scope)) == {seeing_all.contract.pk}
        assert queries.history_of(scope, seeing_all.other_contract).told == ()
        assert set(ContractFact.objects.values_list("contract_id", flat=True)) == {seeing_all.contract.pk}
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            actions.tell(TESTER, seeing_all.other_contract, FactKind.RESALE, None, NOW)


@pytest.mark.article("25-1")
def test_the_partner_sees_a_contract_while_operations_and_service_hold(seeing_all: World, hand: StandingClock) -> None:
    contract, other, entry = seeing_all.contract, seeing_all.other_contract, seeing_all.entry_contract

    def seen(at: dt.datetime) -> set[int]:
        hand.move_to(at)
        return set(queries.scope_of(seeing_all.analyst).contract_ids)

    assert seen(NOW) == {contract.pk, other.pk}
    operations = queries.told_of(contract).of_kind(FactKind.OPERATIONS)[0]
    actions.end_fact(TESTER, contract, operations, NOW + 10 * DAY)
    begun = actions.tell(TESTER, entry, FactKind.OPERATIONS, None, NOW + 5 * DAY)
    service = queries.told_of(other).of_kind(FactKind.SERVICE)[0]
    actions.end_fact(TESTER, other, service, NOW + 20 * DAY)

    assert seen(NOW + 4 * DAY) == {contract.pk, other.pk}
    assert seen(NOW + 5 * DAY) == {contract.pk, other.pk, entry.pk}
    assert seen(NOW + 10 * DAY) == {other.pk, entry.pk}
    assert seen(NOW + 20 * DAY) == {entry.pk}
    actions.void_fact(TESTER, entry, begun)
    assert seen(NOW + 20 * DAY) == set()


def test_what_sql_says_of_operations_is_what_the_histories_say(seeing_all: World, hand: StandingClock) -> None:
    take_operations_away(seeing_all.other_contract)
    for days in (-60, -40, 0, 40):
        hand.move_to(NOW + days * DAY)
        standings = {key: told.at(NOW + days * DAY) for key, told in queries.histories(EVERYTHING).items()}
        expected = {
            key
            for key, standing in standings.items()
            if standing.facts and standing.facts.operations and standing.state is ContractState.ACTIVE
        }
        assert queries.scope_of(seeing_all.analyst).contract_ids == expected


def test_the_histories_of_all_contracts_are_one_query(seeing_all: World, hand: StandingClock) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = queries.histories(EVERYTHING)
    assert len(found) == 3
    assert len(asked) == 1
    contract = Contract.objects.get(pk=seeing_all.contract.pk)
    alone = queries.entitlements_of(contract, NOW)
    assert queries.entitlements_of(contract, NOW, found[contract.pk]) == alone
    assert alone.clocked
