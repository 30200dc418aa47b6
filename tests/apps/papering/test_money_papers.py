"""Papers about money: settlements, return invoices, receipts; and what money tells the papers of contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.billing import jobs
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.credits import grant_credit
from sekisho.apps.billing.actions.matching import confirm_receipt
from sekisho.apps.billing.actions.receipts_asked import ask_receipts
from sekisho.apps.billing.actions.receiving import enter_receipt
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.known_to_papers import owed, sender
from sekisho.apps.billing.models import Credit, CreditKind, Invoice
from sekisho.apps.billing.money_papers import DESK
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.papering.knowing import sender_on
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.documents.models import Document
from sekisho.apps.documents.paperwork import Drawn
from sekisho.apps.documents.queries import find
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import at_start_of
from tests.apps.billing import contracts as life
from tests.apps.billing.debtors import admin_of
from tests.apps.world import EVERYTHING, TESTER, World

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def contract(world: World, hand: StandingClock) -> Iterator[Contract]:
    """In service since 1 April 2026, billed for April, on 1 May."""
    hand.move_to(at_start_of(D(2025, 1, 1)))
    life.publish()
    life.issuer()
    with entered(EVERYTHING):
        made = life.contract(world.owner.organisation, D(2026, 4, 1), D(2026, 4, 1))
        hand.move_to(at_start_of(D(2026, 5, 1)))
        run_month(TESTER, D(2026, 4, 1))
        jobs.make_papers()
        yield made


def drawn(topic: str, contract: Contract | None = None) -> list[Drawn]:
    rows = OutboxRow.objects.filter(topic=topic)
    news = (rows.filter(contract_id=contract.pk) if contract else rows).latest("id")
    return list(DESK.draws[topic](news))


def of_kind(kind: str) -> list[Document]:
    return list(Document.objects.filter(kind=kind).order_by("position"))


@pytest.fixture
def paid(contract: Contract, world: World) -> Invoice:
    admin, invoice = admin_of(world), Invoice.objects.get(contract=contract)
    received = enter_receipt(
        admin, paid_on=D(2026, 5, 1), yen=invoice.total_yen, payer_name="アオバセイサクシヨ", text="通帳 12行"
    )
    confirm_receipt(admin, receipt=received, uses=[Use(invoice.total_yen, contract, invoice)])
    return invoice


def test_a_receipt_is_made_for_who_asks_and_once_a_payment(paid: Invoice, world: World) -> None:
    with entered(scope_of(world.owner)):
        numbers = ask_receipts(world.owner, invoice=paid)
        assert ask_receipts(world.owner, invoice=paid) == numbers
    assert jobs.make_papers().papers == 1
    (document,) = of_kind("receipt")
    assert ([document.number], document.yen) == (numbers, paid.total_yen)
    with entered(scope_of(world.owner)) as scope:
        assert find(scope, kind="receipt").documents == (document,)
    (paper,) = drawn("billing.ask_receipt")
    assert paper.paper.purpose == "マネージドセキュリティサービス 2026-04分として"
    assert sum(part.net_yen + part.tax_yen for part in paper.paper.rates) == paid.total_yen
    with entered(EVERYTHING):
        ask_receipts(admin_of(world), invoice=paid)
    assert jobs.make_papers().papers == 0


def test_nobody_gets_a_receipt_for_what_was_not_paid_nor_for_what_is_not_theirs(
    contract: Contract, world: World
) -> None:
    invoice = Invoice.objects.get(contract=contract)
    for person in (world.owner, world.stranger):
        with pytest.raises(Refused) as refused, entered(scope_of(person)):
            ask_receipts(person, invoice=invoice)
        assert refused.value.code == "receipt.nothing_paid"


def test_another_payers_receipt_is_out_of_reach(paid: Invoice, world: World) -> None:
    with pytest.raises(Refused), entered(scope_of(world.stranger)):
        ask_receipts(world.stranger, invoice=paid)


@pytest.mark.article("31-1")
def test_a_reduction_after_the_invoice_is_returned_in_writing_and_one_before_it_is_a_line(contract: Contract) -> None:
    fields = {"kind": CreditKind.GOODWILL, "article": "34-2", "rule": "interruption_reduction"}
    grant_credit(TESTER, contract, D(2026, 4, 10), 5_005, "goodwill:1", **fields)
    grant_credit(TESTER, contract, D(2026, 5, 10), 1_000, "goodwill:2", **fields)
    grant_credit(TESTER, contract, D(2026, 4, 10), 2_975, "sla:2026-04:1")
    assert jobs.make_papers().papers == 1
    (document,) = of_kind("return_invoice")
    assert document.yen == 5_505
    news = OutboxRow.objects.filter(topic="billing.grant_credit").order_by("id")[0]
    (paper,) = DESK.draws[news.topic](news)
    assert paper.paper.original_number == Invoice.objects.get(contract=contract).number
    assert (paper.paper.supplied_from, paper.paper.supplied_until) == (D(2026, 4, 1), D(2026, 4, 30))
    assert Credit.objects.count() == 3


@pytest.mark.article("33-1")
def test_the_last_invoice_comes_with_a_settlement_to_one_balance(contract: Contract, hand: StandingClock) -> None:
    hand.move_to(at_start_of(D(2026, 5, 2)))
    life.end(contract, D(2026, 5, 31))
    hand.move_to(at_start_of(D(2026, 6, 1)))
    run_month(TESTER, D(2026, 5, 1))
    jobs.make_papers()
    (document,) = of_kind("final_settlement")
    last = Invoice.objects.filter(contract=contract).latest("serial")
    assert (document.number, document.yen, document.contract_id) == (last.number, last.due_yen, contract.pk)
    paper = next(each for each in drawn("billing.issue_invoices") if each.contract_id == contract.pk).paper
    assert paper.ended_on == D(2026, 5, 31) and paper.balance_yen == last.due_yen
    assert paper.open_yen == last.carried_yen > 0
    assert paper.cause.startswith("契約者による解除")


def test_letters_of_contracts_know_the_letterhead_and_what_is_overdue(contract: Contract, hand: StandingClock) -> None:
    assert sender_on(D(2026, 5, 1)).registration_number == life.REGISTRATION_NUMBER
    assert sender(D(2024, 1, 1)) is None and sender_on(D(2024, 1, 1)).name == "九重通信株式会社"
    assert owed(contract, D(2026, 5, 1)) == 0
    assert owed(contract, D(2026, 12, 1)) == Invoice.objects.get(contract=contract).total_yen
