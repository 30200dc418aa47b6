"""What is open is kept added up by the database: always what the ledger comes to, and nobody's to write."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import Sum

from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation
from sekisho.apps.billing.models import Account, Allocation, Invoice, OpenAmount, Posting
from sekisho.apps.billing.queries.receivables import OpenTotals, aging, open_debts, open_totals
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.scope import entered

from ..world import EVERYTHING, World
from .debtors import DUE, admin_of, invoiced, received

LATE, DAY = DUE + dt.timedelta(days=1), dt.timedelta(days=1)


def pay(world: World, invoice: Invoice, yen: int) -> Allocation:
    return confirm_receipt(world.carrier, receipt=received(yen), uses=[Use(yen, invoice.contract, invoice)])[0]


def kept() -> dict[int, int]:
    return dict(OpenAmount.objects.values_list("invoice_id", "yen"))


def in_the_ledger() -> dict[int, int]:
    rows = Posting.objects.filter(account=Account.RECEIVABLE, invoice__isnull=False).values("invoice_id")
    sums = rows.annotate(total=Sum("yen")).order_by().values_list("invoice_id", "total")
    return {invoice_id: total for invoice_id, total in sums if total}


def test_an_invoice_is_open_until_it_is_paid_and_again_when_the_payment_is_taken_back(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    assert kept() == in_the_ledger() == {invoice.pk: 110_000}
    pay(seeing_all, invoice, 10_000)
    assert kept() == in_the_ledger() == {invoice.pk: 100_000}
    last = pay(seeing_all, invoice, 100_000)
    assert kept() == in_the_ledger() == {}
    undo_allocation(admin_of(seeing_all), allocation=last, reason="booked twice")
    assert kept() == in_the_ledger() == {invoice.pk: 100_000}


def test_the_sums_are_those_of_the_debts(seeing_all: World) -> None:
    assert open_totals(EVERYTHING, LATE) == OpenTotals(0, 0, 0, 0)
    invoiced(seeing_all.contract, 1_000, DUE)
    invoiced(seeing_all.other_contract, 500, LATE)
    debts = open_debts(EVERYTHING)
    assert open_totals(EVERYTHING, LATE) == OpenTotals(sum(debt.open_yen for debt in debts), len(debts), 1_000, 1)
    assert [debt.days_late(LATE) for debt in debts] == [1, 0]


def test_a_list_that_is_cut_keeps_who_is_late_longest_and_then_who_owes_most(seeing_all: World) -> None:
    for contract, yen, due_on in (
        (seeing_all.contract, 300, DUE),
        (seeing_all.other_contract, 900, DUE),
        (seeing_all.entry_contract, 1, DUE - DAY),
    ):
        invoiced(contract, yen, due_on)
    longest = [seeing_all.entry_contract.pk, seeing_all.other_contract.pk, seeing_all.contract.pk]
    assert [row.contract.pk for row in aging(EVERYTHING, LATE)] == longest
    assert [row.contract.pk for row in aging(EVERYTHING, LATE, 2)] == longest[:2]


def test_a_contractor_is_shown_its_own_alone(seeing_all: World) -> None:
    own = invoiced(seeing_all.contract)
    invoiced(seeing_all.other_contract)
    with entered(scope_of(seeing_all.owner)):
        assert set(kept()) == {own.pk}
    assert [debt.key for debt in open_debts(scope_of(seeing_all.owner))] == [own.pk]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO billing_openamount (invoice_id, contract_id, due_on, yen) VALUES (0, 0, '2026-01-01', 1)",
        "UPDATE billing_openamount SET yen = 0",
        "DELETE FROM billing_openamount",
    ],
)
def test_nobody_writes_what_is_open(seeing_all: World, statement: str) -> None:
    invoiced(seeing_all.contract)
    with pytest.raises(ProgrammingError, match="derived"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
