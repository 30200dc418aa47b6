"""PostgreSQL itself keeps contracts apart: read from its own catalogue, and tried with its own SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg import errors

import sekisho
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import EventGroup, SecurityEvent
from sekisho.apps.scope import NOTHING, Scope, entered

from ..apps.world import World, finding

GUARDED = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND (
        c.relname = 'contracts_contract' OR c.relrowsecurity OR EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'contract_id' AND NOT a.attisdropped))
    ORDER BY 1
"""


def rows(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def test_every_table_of_contracts_is_guarded_by_force_and_not_owned_by_the_app(db: None) -> None:
    found = rows(GUARDED)

    assert len(found) >= 12
    assert [row for row in found if not (row[1] and row[2])] == []
    assert {row[3] for row in found} == {"sekisho_owner"}


def test_every_guarded_table_limits_reading_adding_changing_and_removing(db: None) -> None:
    acts = rows("SELECT tablename, array_agg(cmd ORDER BY cmd) FROM pg_policies GROUP BY tablename")

    assert {name for name, *_ in rows(GUARDED)} == {name for name, _ in acts}
    assert all(cmds == ["DELETE", "INSERT", "SELECT", "UPDATE"] for _, cmds in acts)


def test_the_app_connects_as_a_role_that_can_bypass_nothing(db: None) -> None:
    ((name, superuser, bypass, createrole),) = rows(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    memberships = rows(
        "SELECT 1 FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %s)", name
    )

    assert (name, superuser, bypass, createrole) == ("sekisho_app", False, False, False)
    assert memberships == []


def test_no_view_or_definer_function_leads_around_the_guards(db: None) -> None:
    views = rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    definers = rows("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")

    assert (views, definers) == ([], [])


def test_without_a_scope_there_is_nothing(seeing_all: World) -> None:
    record_findings([finding()])
    with entered(NOTHING):
        for table in (name for name, *_ in rows(GUARDED)):
            assert rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608


def test_a_scope_shows_its_own_contracts_by_raw_sql_too(seeing_all: World) -> None:
    record_findings([finding("SK100001"), finding("SK100002", record=1)])
    with entered(scope_of(seeing_all.stranger)):
        assert rows("SELECT number FROM contracts_contract ORDER BY 1") == [("SK100002",), ("SK100003",)]
        assert {row[0] for row in rows("SELECT contract_id FROM incidents_securityevent")} == {
            seeing_all.other_contract.pk
        }
        assert not Contract.objects.filter(pk=seeing_all.contract.pk).exists()


def test_a_row_of_another_contract_can_neither_be_added_nor_moved(seeing_all: World) -> None:
    record_findings([finding("SK100002")])
    group = EventGroup.objects.get()
    with entered(scope_of(seeing_all.stranger)):
        group.contract_id = seeing_all.contract.pk
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            group.save()
        group.pk = None
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            group.save(force_insert=True)


def test_an_inner_scope_ends_where_it_ends_and_after_an_error(seeing_all: World) -> None:
    everything = Contract.objects.count()
    with entered(scope_of(seeing_all.owner)):
        assert Contract.objects.count() == 1
        with pytest.raises(RuntimeError), entered(NOTHING):
            raise RuntimeError
        assert Contract.objects.count() == 1
    assert Contract.objects.count() == everything == 3


def test_a_scope_outside_any_transaction_does_not_stay_on_the_connection(committed_db: None) -> None:
    with entered(NOTHING):
        pass
    assert rows("SELECT coalesce(current_setting('sekisho.scope', true), '')") == [("",)]


def test_nobody_makes_a_scope_but_those_who_may() -> None:
    with pytest.raises(TypeError, match="scope_of"):
        Scope(object(), "me", frozenset({1}), False)
    with pytest.raises(AttributeError):
        NOTHING.sees_all = True


def test_a_persons_scope_is_made_in_one_place() -> None:
    source = Path(sekisho.__file__).parent
    makers = {p.relative_to(source).as_posix() for p in source.rglob("*.py") if re.search(r"\b_make\b", p.read_text())}
    assert {maker for maker in makers if maker.startswith("apps/")} == {
        "apps/scope.py",
        "apps/contracts/queries/scopes.py",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditrow SET act = 'x'",
        "DELETE FROM audit_auditrow",
        "TRUNCATE audit_auditrow",
        "UPDATE audit_outboxrow SET topic = 'x'",
        "DELETE FROM audit_outboxreading",
        "UPDATE incidents_leveldetermination SET level = 'high'",
        "DELETE FROM incidents_securityevent",
        "ALTER TABLE audit_auditrow DISABLE TRIGGER ALL",
        "ALTER TABLE contracts_contract NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY scope_read ON contracts_contract",
    ],
)
def test_what_may_only_grow_can_not_be_changed_by_the_app(seeing_all: World, statement: str) -> None:
    record_findings([finding()])
    if "leveldetermination" in statement:
        from sekisho.apps.incidents.actions import determine_level

        determine_level(seeing_all.analyst, group=EventGroup.objects.get(), level="low")
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        rows(statement)
    assert isinstance(refused.value.__cause__, errors.InsufficientPrivilege)
    assert SecurityEvent.objects.count() == 1
