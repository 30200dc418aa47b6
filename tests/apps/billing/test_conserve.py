"""Money conserves: whatever lives contracts lead, the ledger balances and nothing is billed twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import Organisation, OrganisationKind
from sekisho.apps.billing.actions.charges import add_charge
from sekisho.apps.billing.actions.credits import grant_credit
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.deriving import next_month
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import (
    Account,
    BilledCharge,
    Charge,
    ChargeKind,
    Credit,
    CreditUse,
    Invoice,
    InvoiceLine,
    JournalEntry,
    Posting,
    RunResult,
)
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import entered
from sekisho.apps.tariff.fees import Prices, month_lines, monthly_fee
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.gateways.clock import standing_at
from sekisho.terms.history import FactKind, at_start_of
from tests.apps.world import EVERYTHING, TESTER

from . import contracts as life

START, MONTHS = dt.date(2025, 1, 1), 5
EXAMPLES = 12
TABLES = (Charge, Credit, CreditUse, Invoice, InvoiceLine, BilledCharge, JournalEntry, Posting, RunResult)
OPTIONS = {
    FactKind.EXTRA_ACCOUNTS: 2,
    FactKind.RETENTION_YEARS: 3,
    FactKind.MONITORING_REPORT: None,
    FactKind.ANCILLARY: "ip_address",
}
days = st.integers(0, 30 * MONTHS - 1).map(lambda day: START + dt.timedelta(day))
acts = st.one_of(
    st.tuples(st.just("option"), days, st.sampled_from(sorted(OPTIONS)), st.integers(0, 60)),
    st.tuples(st.just("access"), days, st.sampled_from(["guaranteed_10m", "guaranteed_50m"]), st.just(0)),
    st.tuples(st.just("credit"), days, st.just(""), st.integers(1, 300_000)),
    st.tuples(st.just("one_time"), days, st.just(""), st.integers(1, 300_000)),
    st.tuples(st.just("end"), days, st.just(""), st.just(0)),
)
lives = st.tuples(st.integers(0, 40), st.lists(acts, max_size=6))


@contextmanager
def undone() -> Iterator[None]:
    """Everything inside is rolled back, after the database has checked what it checks at the end."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        transaction.set_rollback(True)


@pytest.fixture
def contractor(db: None) -> Iterator[Organisation]:
    with standing_at(at_start_of(START)), entered(EVERYTHING):
        life.publish()
        life.issuer()
        yield add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社青葉製作所")


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(lives, min_size=1, max_size=3))
def test_money_conserves_whatever_lives_contracts_lead(contractor: Organisation, told: list) -> None:
    with undone(), standing_at(at_start_of(START)) as hand:
        made = [begun(contractor, offset, of_one) for offset, of_one in told]
        month = START
        for _ in range(MONTHS):
            following = next_month(month)
            for contract, pending in made:
                for act in [act for act in pending if act[1] < following]:
                    pending.remove(act)
                    hand.move_to(at_start_of(act[1]) + dt.timedelta(hours=10))
                    live(contract, act)
            hand.move_to(at_start_of(following) + dt.timedelta(hours=10))
            run_month(TESTER, month)
            state = snapshot()
            run_month(TESTER, month)
            assert snapshot() == state
            month = following
        for contract, _ in made:
            check(contract, month)


def begun(contractor: Organisation, offset: int, told: list) -> tuple[Contract, list]:
    started = START + dt.timedelta(offset)
    return life.contract(contractor, START, started), sorted(act for act in told if act[1] >= started)


def live(contract: Contract, act: tuple) -> None:
    what, on, which, number = act
    count = JournalEntry.objects.count()
    if what == "option":
        kind = FactKind(which)
        life.add(contract, kind, OPTIONS[kind], on, on + dt.timedelta(number) if number % 2 else None)
    elif what == "access":
        life.add(contract, FactKind.ACCESS_ITEM, which, on)
    elif what == "credit":
        grant_credit(TESTER, contract, on, number, f"credit:{count}")
    elif what == "one_time":
        add_charge(TESTER, contract, ChargeKind.ONE_TIME_FEE, number, on, "27-1", f"work:{count}")
    else:
        life.end(contract, on)


def snapshot() -> list[list]:
    return [list(table.objects.order_by("pk").values_list()) for table in TABLES]


def check(contract: Contract, through: dt.date) -> None:
    sums = balances(EVERYTHING, [contract.pk]).get(contract.pk, {})
    assert sum(sums.values()) == 0
    charged = total(Charge, contract)
    credited = total(Credit, contract)
    used = total(CreditUse, contract)
    unbilled = sum(Charge.objects.filter(contract=contract, billed=None).values_list("yen", flat=True))
    invoiced = total(InvoiceLine, contract)
    tax = sum(Invoice.objects.filter(contract=contract).values_list("tax_yen", flat=True))
    assert invoiced == charged - unbilled - used
    assert sums.get(Account.RECEIVABLE, 0) == invoiced + tax
    assert sums.get(Account.UNBILLED, 0) == unbilled
    assert sums.get(Account.CREDITS, 0) == -(credited - used)
    assert 0 <= used <= credited
    _check_months(contract, through)


def total(table, contract: Contract) -> int:
    return table.objects.filter(contract=contract).aggregate(total=Sum("yen"))["total"] or 0


def _check_months(contract: Contract, through: dt.date) -> None:
    """What was billed as monthly fees, adjustments included, is what the history comes to when it is read at once."""
    from sekisho.apps.billing.loading import billed_by_month
    from sekisho.apps.contracts.queries import told_of

    billed = billed_by_month([contract.pk]).get(contract.pk, {})
    history, prices = told_of(contract), Prices(life.LIST, STARTING_PRICES_YEN)
    month = START
    while month < through:
        assert billed.get(month, 0) == monthly_fee(month_lines(history, month, prices))
        month = next_month(month)
