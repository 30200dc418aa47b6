"""A run that is killed in the middle goes on where it was: no contract is billed twice, no number is left out."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import OrganisationKind
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import Account, BillingRun, Charge, Invoice, RunResult
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from tests.apps.world import EVERYTHING, TESTER
from tests.engines import wait_until

from . import contracts as life

CONTRACTS = 60
KILLED_AFTER = 5
SECONDS_MAX = 120
ROOT = Path(__file__).resolve().parents[3]
MONTH = dt.date(2025, 4, 1)


def contracts_done() -> int:
    run = BillingRun.objects.filter(month=MONTH).first()
    return run.contracts_done if run else 0


def test_a_run_that_is_killed_is_resumed_without_a_gap_and_without_billing_twice(
    committed_db: None, database_urls: DatabaseUrls
) -> None:
    with entered(EVERYTHING):
        life.publish()
        life.issuer()
        owner = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社青葉製作所")
        for _ in range(CONTRACTS):
            life.contract(owner, dt.date(2025, 3, 1), dt.date(2025, 4, 1))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
        "SEKISHO_SECRET_KEY": "only-for-tests",
        "SEKISHO_APP_DATABASE_URL": database_urls.app_url,
        "SEKISHO_DATABASE_URL": database_urls.owner_url,
    }
    argv = [sys.executable, "-m", "tests.apps.billing.killed_run", MONTH.isoformat()]
    with subprocess.Popen(argv, cwd=ROOT, env=environment) as process:
        try:
            wait_until(
                lambda: contracts_done() >= KILLED_AFTER or process.poll() is not None, SECONDS_MAX, "the run is on"
            )
        finally:
            process.kill()
    with entered(EVERYTHING):
        stopped_at = contracts_done()
        assert KILLED_AFTER <= stopped_at < CONTRACTS
        assert Invoice.objects.count() == RunResult.objects.count() == stopped_at
    run = run_month(TESTER, MONTH)
    assert (run.contracts_done, run.invoices, run.finished_at is not None) == (CONTRACTS, CONTRACTS, True)
    with entered(EVERYTHING):
        serials = list(Invoice.objects.order_by("serial").values_list("serial", flat=True))
        assert serials == list(range(1, CONTRACTS + 1))
        assert Invoice.objects.values("contract").distinct().count() == CONTRACTS
        assert Charge.objects.count() == CONTRACTS * 4
        assert run.total_yen == CONTRACTS * 198_000
        assert {sums[Account.RECEIVABLE] for sums in balances(EVERYTHING).values()} == {198_000}
