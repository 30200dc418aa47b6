"""Old contracts, moved from the old schema: columns to facts, contractors into the register."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import Postgres
from sekisho.web.settings import database

from ...engines import make_database

_databases = itertools.count(1)

OLD_CONTRACT = """
    SELECT set_config('sekisho.scope', '*', false);
    INSERT INTO accounts_organisation (kind, name, name_en, created_at)
    VALUES ('contractor', '株式会社青葉', '', now());
    INSERT INTO contracts_contract (number, line, plan, functions, access_item, operations, operations_started_on,
        retention_years, extra_accounts, monitoring_report, report_meeting, accepted_at, started_on, ended_on,
        terms_version, contractor_id)
    SELECT v.number, v.line, 'basic', '{firewall,ids_ips}', 'best_effort_1g', true, '2025-05-01', 3, 2, true, false,
        '2025-04-10 05:00+00', '2025-04-15', v.ended_on, 'V6', o.id
    FROM accounts_organisation o,
        (VALUES ('SK100001', 'LINE-1', date '2026-01-31'), ('SK100002', 'LINE-1', NULL)) AS v (number, line, ended_on);
    UPDATE contracts_contract SET started_on = '2026-02-01', accepted_at = '2026-02-01' WHERE number = 'SK100002';
"""


@pytest.fixture
def old_database(postgres: Postgres, django_db_setup: None, django_db_blocker) -> Iterator[DatabaseUrls]:
    urls = make_database(postgres, f"sekisho_old_{next(_databases)}")
    with django_db_blocker.unblock():
        owner = connections["owner"]
        before = {name: owner.settings_dict[name] for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
        owner.close()
        owner.settings_dict.update({name: database(urls.owner_url)[name] for name in before})
        try:
            call_command("migrate", "contracts", "0002", database="owner", verbosity=0)
            yield urls
        finally:
            owner.close()
            owner.settings_dict.update(before)


def test_columns_become_facts_and_each_line_keeps_its_contracts_in_turn(old_database: DatabaseUrls) -> None:
    with psycopg.connect(old_database.owner_url) as owner:
        owner.execute(OLD_CONTRACT)
    call_command("migrate", "contracts", "0003", database="owner", verbosity=0)

    with psycopg.connect(old_database.app_url) as app:
        app.execute("SELECT set_config('sekisho.scope', '*', false)")
        app.execute("SET TIME ZONE 'Asia/Tokyo'")
        told = app.execute(
            "SELECT f.thread, f.value, to_char(f.from_at, 'YYYY-MM-DD HH24:MI'), f.until_at::date"
            " FROM contracts_contractfact f JOIN contracts_contract c ON c.id = f.contract_id"
            " WHERE c.number = 'SK100001' ORDER BY f.number"
        ).fetchall()
        lines = app.execute(
            "SELECT c.number, l.identifier, c.line_until_at::date FROM contracts_contract c"
            " JOIN contracts_line l ON l.id = c.line_id ORDER BY 1"
        ).fetchall()

    day, accepted = "2025-04-15 00:00", "2025-04-10 14:00"
    assert [(thread, value, begun) for thread, value, begun, _ in told] == [
        ("state.1", "accepted", accepted),
        ("line.2", "LINE-1", accepted),
        ("plan.3", "basic", accepted),
        ("functions.4", ["firewall", "ids_ips"], accepted),
        ("access_item.5", "best_effort_1g", accepted),
        ("operations.6", None, "2025-05-01 00:00"),
        ("retention_years.7", 3, day),
        ("extra_accounts.8", 2, day),
        ("monitoring_report.9", None, day),
        ("service", None, day),
        ("billing", None, day),
    ]
    assert {str(until) for thread, *_, until in told if thread in ("service", "billing")} == {"2026-02-01"}
    assert [(number, line, str(until)) for number, line, until in lines] == [
        ("SK100001", "LINE-1", "2026-02-01"),
        ("SK100002", "LINE-1", "None"),
    ]


def test_the_contractor_of_a_contract_from_before_is_its_first_party(old_database: DatabaseUrls) -> None:
    with psycopg.connect(old_database.owner_url) as owner:
        owner.execute(OLD_CONTRACT)
    call_command("migrate", "contracts", "0010", database="owner", verbosity=0)

    with psycopg.connect(old_database.app_url) as app:
        app.execute("SELECT set_config('sekisho.scope', '*', false)")
        entered = app.execute(
            "SELECT c.number, d.name, p.since_on::text, d.from_on = r.from_on AND r.party_id = p.id"
            " FROM contracts_contract c JOIN contracts_contractparty p ON p.contract_id = c.id"
            " JOIN contracts_partydata d ON d.party_id = p.id"
            " JOIN contracts_representative r ON r.contract_id = c.id ORDER BY 1"
        ).fetchall()
    assert entered == [
        ("SK100001", "株式会社青葉", "2025-04-10", True),
        ("SK100002", "株式会社青葉", "2026-02-01", True),
    ]
