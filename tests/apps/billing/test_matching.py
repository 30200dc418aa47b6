"""Receipts and what they pay: confirmed by a person, undone by a person, and never more than there is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.deposits import refund_deposit, use_deposit
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation, uses_of
from sekisho.apps.billing.actions.payers import assign_virtual_account, register_payer_name
from sekisho.apps.billing.actions.writing_off import write_off
from sekisho.apps.billing.ledger import balance
from sekisho.apps.billing.models import (
    Account,
    Allocation,
    AllocationKind,
    Charge,
    Invoice,
    JournalEntry,
    PayerName,
    Receipt,
)
from sekisho.apps.billing.queries.receipts import book_of, candidates_for, rest_of, unmatched
from sekisho.apps.billing.queries.receivables import aging, debt_of, deposit_of, interest_charged, open_debts
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock

from ..world import EVERYTHING, World
from .debtors import DUE, admin_of, invoiced, ledger_sum, received

JUNE_10, JUNE_30 = dt.date(2026, 6, 10), dt.date(2026, 6, 30)


def pay(world: World, invoice: Invoice, yen: int, on: dt.date = DUE) -> Allocation:
    receipt = received(yen, on)
    return confirm_receipt(world.carrier, receipt=receipt, uses=[Use(yen, invoice.contract, invoice)])[0]


def open_yen(invoice: Invoice) -> int:
    return debt_of(EVERYTHING, invoice).open_yen


def interest_charges() -> list[tuple[int, str]]:
    return list(Charge.objects.filter(kind="interest", key__startswith="interest:").values_list("yen", "tax"))


def test_a_confirmed_receipt_pays_the_invoice_and_is_used_up(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    allocation = pay(seeing_all, invoice, 110_000)
    assert open_yen(invoice) == 0
    assert rest_of(allocation.receipt) == 0
    assert open_debts(EVERYTHING) == []
    assert balance(EVERYTHING, seeing_all.contract.pk, Account.RECEIVABLE) == 0
    assert AuditRow.objects.filter(act="billing.confirm_receipt", contract_id=seeing_all.contract.pk).count() == 1


@pytest.mark.article("28-1")
def test_a_short_payment_stays_open_to_the_yen(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    register_payer_name(seeing_all.carrier, organisation=seeing_all.contract.contractor, name="アオバセイサクショ")
    receipt = received(109_670)
    best = candidates_for(EVERYTHING, receipt)[0]
    assert best.short_yen == 330
    (allocation,) = confirm_receipt(seeing_all.carrier, receipt=receipt, uses=uses_of(best), candidate=best)
    assert open_yen(invoice) == 330
    assert allocation.score == best.score
    assert [why["points"] for why in allocation.reasons] == [why.points for why in best.reasons]


@pytest.mark.article("30-1", "30-2")
def test_interest_becomes_a_charge_without_tax_once_the_debt_is_paid(seeing_all: World) -> None:
    pay(seeing_all, invoiced(seeing_all.contract), 110_000, JUNE_30)
    assert interest_charges() == [(1_364, "out_of_scope")]


@pytest.mark.article("30-1", "32-1")
def test_interest_on_parts_is_summed_and_cut_once_when_the_last_part_comes(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    pay(seeing_all, invoice, 50_000, JUNE_10)
    assert interest_charges() == []
    pay(seeing_all, invoice, 60_000, JUNE_30)
    assert interest_charges() == [(964, "out_of_scope")]


@pytest.mark.article("30-1")
@pytest.mark.parametrize(("paid_on", "yen"), [(DUE, 0), (dt.date(2026, 5, 30), 0), (dt.date(2026, 5, 31), 44)])
def test_interest_runs_from_the_day_after_the_due_date_to_the_day_before_payment(
    seeing_all: World, paid_on: dt.date, yen: int
) -> None:
    invoice = invoiced(seeing_all.contract)
    pay(seeing_all, invoice, 110_000, paid_on)
    assert interest_charged(EVERYTHING, invoice) == yen


@pytest.mark.article("30-1")
def test_interest_on_an_invoice_that_holds_interest_leaves_that_part_out(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract, 111_364, interest_yen=1_364)
    pay(seeing_all, invoice, 111_364, JUNE_30)
    assert interest_charged(EVERYTHING, invoice) == 1_364


def test_undoing_a_payment_opens_the_debt_frees_the_receipt_and_gives_the_interest_back(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    allocation = pay(seeing_all, invoice, 110_000, JUNE_30)
    undone = undo_allocation(seeing_all.carrier, allocation=allocation, reason="別の契約者の入金だった")
    assert (undone.yen, undone.reverses_id) == (-110_000, allocation.pk)
    assert (open_yen(invoice), rest_of(allocation.receipt)) == (110_000, 110_000)
    assert interest_charged(EVERYTHING, invoice) == 0
    with pytest.raises(Refused, match=r"allocation\.undone"):
        undo_allocation(seeing_all.carrier, allocation=allocation, reason="もう一度")
    with pytest.raises(Refused, match=r"allocation\.undone"):
        undo_allocation(seeing_all.carrier, allocation=undone, reason="取消の取消")
    confirm_receipt(seeing_all.carrier, receipt=allocation.receipt, uses=[Use(110_000, invoice.contract, invoice)])
    assert (open_yen(invoice), interest_charged(EVERYTHING, invoice)) == (0, 1_364)
    assert ledger_sum() == 0


def test_one_receipt_is_split_over_invoices_of_several_contracts(seeing_all: World) -> None:
    first = invoiced(seeing_all.other_contract, 55_000)
    second = invoiced(seeing_all.entry_contract, 33_000)
    receipt = received(90_000)
    uses = [
        Use(55_000, first.contract, first),
        Use(33_000, second.contract, second),
        Use(2_000, second.contract),
    ]
    allocations = confirm_receipt(seeing_all.carrier, receipt=receipt, uses=uses)
    assert [one.kind for one in allocations] == ["invoice", "invoice", "deposit"]
    assert deposit_of(EVERYTHING, second.contract_id) == 2_000
    assert unmatched() == []


@pytest.mark.parametrize("wrong", ["more than received", "more than open", "nothing", "zero", "another contract"])
def test_money_that_is_not_there_cannot_be_used(seeing_all: World, wrong: str) -> None:
    invoice = invoiced(seeing_all.contract, 100)
    contract = seeing_all.contract
    uses, code = {
        "more than received": ([Use(100, contract, invoice), Use(51, contract)], "receipt.overspent"),
        "more than open": ([Use(101, contract, invoice)], "invoice.overpaid"),
        "nothing": ([], "allocation.none"),
        "zero": ([Use(0, contract, invoice)], "allocation.amount"),
        "another contract": ([Use(1, seeing_all.other_contract, invoice)], "allocation.contract"),
    }[wrong]
    with pytest.raises(Refused, match=code):
        confirm_receipt(seeing_all.carrier, receipt=received(150), uses=uses)
    assert not Allocation.objects.exists()


def test_what_was_paid_too_much_is_kept_and_pays_a_later_invoice_from_the_day_it_came(seeing_all: World) -> None:
    contract = seeing_all.contract
    confirm_receipt(seeing_all.carrier, receipt=received(30_000, DUE), uses=[Use(30_000, contract)])
    later = invoiced(contract, 20_000, dt.date(2026, 6, 1))
    (used,) = use_deposit(seeing_all.carrier, invoice=later, yen=20_000)
    assert (used.paid_on, used.yen) == (DUE, 20_000)
    assert (open_yen(later), deposit_of(EVERYTHING, contract.pk)) == (0, 10_000)
    assert interest_charges() == []
    with pytest.raises(Refused, match=r"deposit\.too_little"):
        use_deposit(seeing_all.carrier, invoice=invoiced(contract, 20_000), yen=10_001)


def test_what_is_kept_can_be_paid_back_by_an_administrator(seeing_all: World) -> None:
    admin, contract = admin_of(seeing_all), seeing_all.contract
    for yen in (10_000, 5_000):
        confirm_receipt(admin, receipt=received(yen), uses=[Use(yen, contract)])
    refunds = refund_deposit(admin, contract=contract, yen=12_000, reason="過入金の返金")
    assert [refund.yen for refund in refunds] == [10_000, 2_000]
    assert deposit_of(EVERYTHING, contract.pk) == 3_000
    assert balance(EVERYTHING, contract.pk, Account.BANK) == -12_000
    with pytest.raises(Refused, match=r"allocation\.refunded"):
        undo_allocation(admin, allocation=refunds[0], reason="戻す")


@pytest.mark.article("28-1")
def test_only_an_administrator_gives_a_debt_up_with_a_reason_and_may_take_that_back(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    pay(seeing_all, invoice, 109_670)
    with pytest.raises(Refused, match="not_permitted"):
        write_off(seeing_all.carrier, invoice=invoice, yen=330, reason="手数料")
    admin = admin_of(seeing_all)
    with pytest.raises(Refused, match=r"reason\.missing"):
        write_off(admin, invoice=invoice, yen=330, reason=" ")
    with pytest.raises(Refused, match=r"invoice\.overpaid"):
        write_off(admin, invoice=invoice, yen=331, reason="手数料")
    given_up = write_off(admin, invoice=invoice, yen=330, reason="少額のため")
    assert open_yen(invoice) == 0
    assert balance(EVERYTHING, invoice.contract_id, Account.WRITE_OFF) == 330
    undo_allocation(admin, allocation=given_up, reason="入金があった")
    assert open_yen(invoice) == 330


def test_a_payer_is_recognised_the_next_time_by_name_and_by_virtual_account(seeing_all: World) -> None:
    invoiced(seeing_all.contract)
    stranger = received(110_000, payer_name="ﾔﾏﾀﾞ ﾀﾛｳ")
    by_amount = candidates_for(EVERYTHING, stranger)[0]
    confirm_receipt(seeing_all.carrier, receipt=stranger, uses=uses_of(by_amount), candidate=by_amount)
    assert PayerName.objects.get().name == "ヤマダタロウ"
    again = invoiced(seeing_all.contract, 77_000)
    found = candidates_for(EVERYTHING, received(77_000, payer_name="ﾔﾏﾀﾞﾀﾛｳ"))[0]
    assert (found.shares[0].item.key, found.score) == (again.pk, by_amount.score + 30)
    assign_virtual_account(
        seeing_all.carrier, contract=seeing_all.other_contract, bank_code="0177", account="9010000042"
    )
    other = invoiced(seeing_all.other_contract, 5_000)
    receipt = received(5_000, payer_name="ﾄｸﾒｲ")
    receipt.payer_code = "9010000042"
    assert candidates_for(EVERYTHING, receipt)[0].shares[0].item.key == other.pk
    with pytest.raises(Refused, match=r"virtual_account\.taken"):
        assign_virtual_account(seeing_all.carrier, contract=seeing_all.contract, bank_code="0177", account="9010000042")


def test_who_is_looked_up_for_one_receipt_is_who_is_found_among_all(seeing_all: World) -> None:
    register_payer_name(seeing_all.carrier, organisation=seeing_all.contract.contractor, name="アオバセイサクショ")
    account = assign_virtual_account(
        seeing_all.carrier, contract=seeing_all.other_contract, bank_code="0001", account="1230000001"
    )
    number = invoiced(seeing_all.contract, 110_000).number
    invoiced(seeing_all.contract, 4_000)
    invoiced(seeing_all.other_contract, 110_220)
    told = [
        {"payer_name": "ｱｵﾊﾞｾｲｻｸｼｮ"},
        {"payer_name": "ｱｵﾊﾞｾｲｻｸ"},
        {"payer_name": f"{number} ﾀﾅｶ"},
        {"payer_name": "ﾀﾅｶ", "account": account.account},
        {"payer_name": "ﾀﾅｶ", "text": number},
        {"payer_name": "ﾀﾅｶ"},
        {"payer_name": ""},
    ]
    for yen in (110_000, 114_000, 109_780, 1):
        for facts in told:
            deposit = Receipt(yen=yen, **{"account": "", "payer_code": "", "text": "", **facts})
            deposit.rest_yen = yen
            found = candidates_for(EVERYTHING, deposit)
            assert found == candidates_for(EVERYTHING, deposit, book_of(EVERYTHING)), (yen, facts)
            assert found or yen == 1


def test_the_partner_and_contractors_cannot_match(seeing_all: World) -> None:
    invoice = invoiced(seeing_all.contract)
    for person in (seeing_all.analyst, seeing_all.owner):
        with pytest.raises(Refused, match="not_permitted"):
            confirm_receipt(person, receipt=received(1), uses=[Use(1, invoice.contract, invoice)])


def test_the_aging_list_shows_the_longest_overdue_first(seeing_all: World, hand: StandingClock) -> None:
    invoiced(seeing_all.contract, 1_000, dt.date(2026, 4, 30))
    invoiced(seeing_all.contract, 10_000, DUE)
    invoiced(seeing_all.other_contract, 500, dt.date(2026, 3, 31))
    rows = aging(EVERYTHING, dt.date(2026, 6, 2))
    assert [(row.contract.pk, row.open_yen) for row in rows] == [
        (seeing_all.other_contract.pk, 500),
        (seeing_all.contract.pk, 11_000),
    ]
    assert [yen for yen in rows[1].ages.values() if yen] == [10_000, 1_000]


def test_the_database_itself_refuses_to_change_what_was_confirmed(seeing_all: World) -> None:
    allocation = pay(seeing_all, invoiced(seeing_all.contract), 110_000)
    for rows in (Allocation.objects.filter(pk=allocation.pk), Receipt.objects.filter(pk=allocation.receipt_id)):
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            rows.update(yen=1)


def test_the_database_refuses_to_use_a_receipt_twice(seeing_all: World) -> None:
    contract = seeing_all.contract
    receipt, other = received(100), received(7)
    (allocation,) = confirm_receipt(seeing_all.carrier, receipt=receipt, uses=[Use(100, contract)])
    with pytest.raises(IntegrityError, match="101 of 100 yen used"), transaction.atomic():
        Allocation.objects.create(
            receipt=receipt,
            contract=contract,
            kind=AllocationKind.DEPOSIT,
            yen=1,
            paid_on=DUE,
            entry=JournalEntry.objects.get(key=f"receipt:{other.pk}"),
            confirmed_at=allocation.confirmed_at,
            confirmed_by=seeing_all.carrier,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_receipts_are_seen_by_nobody_who_does_not_see_every_contract(world: World) -> None:
    with entered(EVERYTHING):
        invoice = invoiced(world.contract)
        pay(world, invoice, 110_000)
    with entered(scope_of(world.owner)):
        assert Receipt.objects.count() == 0
        assert [one.yen for one in Allocation.objects.all()] == [110_000]
    with entered(scope_of(world.stranger)):
        assert not Allocation.objects.exists()
