"""Payments between monthly runs: interest on the next invoice, what was paid too much carried on, the surcharge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from sekisho.apps.accounts.actions import add_organisation
from sekisho.apps.accounts.models import OrganisationKind, Person
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.charges import add_surcharge
from sekisho.apps.billing.actions.deposits import use_deposit
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation, uses_of
from sekisho.apps.billing.actions.payers import register_payer_name
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.ledger import balance
from sekisho.apps.billing.models import Account, Invoice, InvoiceLine
from sekisho.apps.billing.queries.receipts import candidates_for
from sekisho.apps.billing.queries.receivables import debt_of, deposit_of, open_debts
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import at_start_of

from ..world import EVERYTHING, TESTER, World
from . import contracts as life
from .debtors import received

D = dt.date
DAY = dt.timedelta(days=1)


@pytest.fixture
def made(world: World, hand: StandingClock) -> Iterator[Contract]:
    """A contract in service from April, with the carrier set up to bill it."""
    with entered(EVERYTHING):
        hand.move_to(at_start_of(D(2026, 4, 1)) + dt.timedelta(hours=9))
        life.publish()
        life.issuer()
        contractor = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社双葉商会")
        yield life.contract(contractor, D(2026, 4, 1), D(2026, 4, 1))


def bill(hand: StandingClock, contract: Contract, month: int) -> Invoice:
    hand.move_to(at_start_of(D(2026, month + 1, 1)) + dt.timedelta(hours=9))
    run_month(TESTER, D(2026, month, 1))
    return Invoice.objects.filter(contract=contract).order_by("serial").last()


def pay(person: Person, invoice: Invoice, on: dt.date) -> None:
    receipt = received(invoice.total_yen, on)
    confirm_receipt(person, receipt=receipt, uses=[Use(invoice.total_yen, invoice.contract, invoice)])


def interest_lines(invoice: Invoice) -> list[tuple[int, str, int]]:
    rows = InvoiceLine.objects.filter(invoice=invoice, kind="interest")
    return list(rows.values_list("yen", "tax", "rate_percent"))


@pytest.mark.article("30-1", "30-2")
def test_interest_on_a_late_payment_stands_on_the_next_invoice_without_tax_and_bears_none_itself(
    world: World, made: Contract, hand: StandingClock
) -> None:
    first = bill(hand, made, 4)
    hand.move_to(at_start_of(first.due_on + 31 * DAY) + dt.timedelta(hours=9))
    pay(world.carrier, first, first.due_on + 31 * DAY)
    interest = first.total_yen * 30 * 4 // 10_000
    second = bill(hand, made, 7)
    assert interest_lines(second) == [(interest, "out_of_scope", 0)]
    assert second.nontax_yen == interest
    debt = debt_of(EVERYTHING, second)
    principal = second.total_yen - interest
    assert debt.interest(second.due_on + 11 * DAY).value == principal * 10 * 4 // 10_000


def test_a_payment_of_everything_open_is_found_as_the_sum_of_its_invoices(
    world: World, made: Contract, hand: StandingClock
) -> None:
    register_payer_name(world.carrier, organisation=made.contractor, name="フタバショウカイ")
    first, second = bill(hand, made, 4), bill(hand, made, 5)
    assert second.due_yen == first.total_yen + second.total_yen
    receipt = received(second.due_yen, D(2026, 6, 20), "ｶ)ﾌﾀﾊﾞｼﾖｳｶｲ")
    best = candidates_for(EVERYTHING, receipt)[0]
    assert [share.item.number for share in best.shares] == [first.number, second.number]
    confirm_receipt(world.carrier, receipt=receipt, uses=uses_of(best), candidate=best)
    assert open_debts(EVERYTHING, [made.pk]) == []
    assert bill(hand, made, 6).carried_yen == 0


@pytest.mark.article("28-1")
def test_a_short_payment_is_carried_to_the_next_invoice(world: World, made: Contract, hand: StandingClock) -> None:
    first = bill(hand, made, 4)
    receipt = received(first.total_yen - 330, D(2026, 5, 20))
    confirm_receipt(world.carrier, receipt=receipt, uses=[Use(receipt.yen, made, first)])
    assert bill(hand, made, 5).carried_yen == 330


def test_what_was_paid_too_much_lessens_what_the_next_invoice_asks_for(
    world: World, made: Contract, hand: StandingClock
) -> None:
    first = bill(hand, made, 4)
    receipt = received(first.total_yen + 5_000, D(2026, 5, 20))
    confirm_receipt(world.carrier, receipt=receipt, uses=[Use(first.total_yen, made, first), Use(5_000, made)])
    second = bill(hand, made, 5)
    assert (second.carried_yen, second.due_yen) == (-5_000, second.total_yen - 5_000)
    use_deposit(world.carrier, invoice=second, yen=5_000)
    assert deposit_of(EVERYTHING, made.pk) == 0
    assert debt_of(EVERYTHING, second).open_yen == second.due_yen


@pytest.mark.article("29-1", "30-1")
def test_the_surcharge_bears_interest_like_any_debt_but_interest(
    world: World, made: Contract, hand: StandingClock
) -> None:
    add_surcharge(TESTER, made, evaded_yen=100_000, on=D(2026, 4, 20), key="case:1")
    invoice = bill(hand, made, 4)
    assert invoice.nontax_yen == 200_000
    debt = debt_of(EVERYTHING, invoice)
    assert debt.interest(invoice.due_on + 11 * DAY).value == invoice.total_yen * 10 * 4 // 10_000


def test_interest_that_was_billed_comes_off_the_next_invoice_when_its_payment_is_taken_back(
    world: World, made: Contract, hand: StandingClock
) -> None:
    first = bill(hand, made, 4)
    paid_on = first.due_on + 20 * DAY
    receipt = received(first.total_yen, paid_on)
    (allocation,) = confirm_receipt(world.carrier, receipt=receipt, uses=[Use(first.total_yen, made, first)])
    second = bill(hand, made, 7)
    ((interest, *_),) = interest_lines(second)
    undo_allocation(world.carrier, allocation=allocation, reason="別の契約者の入金")
    third = bill(hand, made, 8)
    credited = InvoiceLine.objects.get(invoice=third, credit__isnull=False)
    assert (credited.yen, credited.tax) == (-interest, "out_of_scope")
    owed = first.total_yen + second.total_yen + third.total_yen
    assert third.due_yen == owed == balance(EVERYTHING, made.pk, Account.RECEIVABLE)
