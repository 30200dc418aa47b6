"""Invoices once issued: unchangeable, corrected by another one, paid out, owed jointly; fees changed by agreement."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.billing.actions.charges import add_charge
from sekisho.apps.billing.actions.credits import grant_credit
from sekisho.apps.billing.actions.fees import agree_fee
from sekisho.apps.billing.actions.invoices import cancel_invoice, reissue_invoice
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.actions.settling import pay_out, settlement
from sekisho.apps.billing.ledger import Entry, Leg, balances, post
from sekisho.apps.billing.models import (
    Account,
    BilledCharge,
    ChargeKind,
    Invoice,
    InvoiceCancellation,
    InvoiceLine,
    NumberSeries,
)
from sekisho.apps.billing.queries.exposure import liabilities
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import at_start_of
from sekisho.terms.parties import Party
from sekisho.terms.values import BadParameter
from tests.apps.world import EVERYTHING, TESTER, World

from . import contracts as life

pytestmark = pytest.mark.django_db
D = dt.date
APRIL = D(2026, 4, 1)


@pytest.fixture
def billed(world: World, hand: StandingClock):
    """A contract whose initial fee and first month (April 2026) are on one invoice."""
    hand.move_to(at_start_of(D(2026, 3, 1)))
    life.publish()
    life.issuer()
    with entered(EVERYTHING):
        made = life.contract(world.owner.organisation, D(2026, 4, 1), D(2026, 4, 1), operations=False)
        hand.move_to(at_start_of(D(2026, 5, 1)))
        run_month(TESTER, APRIL)
        yield made


def invoice_of(contract: Contract) -> Invoice:
    return Invoice.objects.filter(contract=contract).order_by("serial").last()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_invoice SET total_yen = 1",
        "UPDATE billing_invoice SET addressee = '{}'",
        "DELETE FROM billing_invoice",
        "TRUNCATE billing_invoice CASCADE",
        "UPDATE billing_invoiceline SET yen = 1",
        "DELETE FROM billing_invoiceline",
        "DELETE FROM billing_billedcharge",
        "UPDATE billing_billedcharge SET invoice_id = invoice_id",
        "UPDATE billing_numberseries SET last = last - 1",
        "DELETE FROM billing_numberseries",
        "UPDATE billing_issuerprofile SET name = 'x'",
    ],
)
def test_the_database_refuses_to_change_an_issued_invoice_even_to_the_app_itself(
    billed: Contract, statement: str
) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_refuses_a_line_that_is_added_to_an_issued_invoice(billed: Contract) -> None:
    charge = add_charge(TESTER, billed, ChargeKind.ONE_TIME_FEE, 500, APRIL, "27-1", "late")
    line = InvoiceLine.objects.filter(invoice=invoice_of(billed)).values().first()
    del line["id"]
    with pytest.raises(IntegrityError, match="does not add up"), transaction.atomic():
        InvoiceLine.objects.create(**{**line, "position": 99, "charge_id": charge.pk})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_a_gap_in_the_numbers(billed: Contract) -> None:
    row = Invoice.objects.filter(contract=billed).values().get()
    line = InvoiceLine.objects.filter(invoice_id=row["id"]).values().first()
    serial = row["serial"] + 2
    with pytest.raises(IntegrityError, match=r"add up|gap"), transaction.atomic():
        copy = {**row, "id": None, "serial": serial, "number": "I-gap", "net_yen": line["yen"], "line_count": 1}
        totals = {"total_yen": line["yen"] + row["tax_yen"], "due_yen": line["yen"] + row["tax_yen"]}
        Invoice.objects.create(**{**copy, **totals})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_charge_stands_on_one_living_invoice_only(billed: Contract) -> None:
    there = BilledCharge.objects.filter(contract=billed).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        BilledCharge.objects.create(charge=there.charge, contract=billed, invoice=there.invoice)


@pytest.mark.article("31-1")
def test_a_cancelled_invoice_is_replaced_by_one_that_refers_to_it(billed: Contract, colleague: Person) -> None:
    wrong = invoice_of(billed)
    cancel_invoice(colleague, invoice=wrong, reason="宛名の誤り")
    assert balances(EVERYTHING, [billed.pk])[billed.pk][Account.UNBILLED] == 140_000
    right = reissue_invoice(colleague, invoice=wrong)
    assert (right.replaces, right.serial, right.total_yen) == (wrong, wrong.serial + 1, wrong.total_yen)
    sums = balances(EVERYTHING, [billed.pk])[billed.pk]
    assert (sums[Account.UNBILLED], sums[Account.RECEIVABLE]) == (0, 154_000)
    with pytest.raises(Refused, match=r"invoice\.reissued"):
        reissue_invoice(colleague, invoice=wrong)
    with pytest.raises(Refused, match=r"invoice\.cancelled"):
        cancel_invoice(colleague, invoice=wrong, reason="again")


def test_a_cancelled_invoice_gives_its_credits_back(billed: Contract, colleague: Person, hand: StandingClock) -> None:
    grant_credit(TESTER, billed, APRIL, 2_000, "sla:2026-04:1")
    hand.move_to(at_start_of(D(2026, 6, 1)))
    run_month(TESTER, D(2026, 5, 1))
    wrong = invoice_of(billed)
    cancel_invoice(colleague, invoice=wrong, reason="誤り")
    assert settlement(EVERYTHING, billed).credits == 2_000
    right = reissue_invoice(colleague, invoice=wrong)
    assert (right.net_yen, settlement(EVERYTHING, billed).credits) == (38_000, 0)
    assert (right.previous.serial, right.carried_yen) == (wrong.previous.serial, wrong.carried_yen)


def test_an_invoice_with_a_payment_on_it_is_not_cancelled_without_a_reason_neither(
    billed: Contract, colleague: Person
) -> None:
    invoice = invoice_of(billed)
    with pytest.raises(Refused, match=r"invoice\.no_reason"):
        cancel_invoice(colleague, invoice=invoice, reason=" ")
    legs = (Leg(Account.BANK, 100), Leg(Account.RECEIVABLE, -100, invoice.pk))
    post(TESTER, Entry(key="receipt:1", kind="receipt", on=APRIL, contract_id=billed.pk, legs=legs))
    with pytest.raises(Refused, match=r"invoice\.paid"):
        cancel_invoice(colleague, invoice=invoice, reason="誤り")
    assert not InvoiceCancellation.objects.exists()


def test_a_number_that_a_failed_transaction_drew_is_drawn_again(billed: Contract, hand: StandingClock) -> None:
    last = NumberSeries.objects.get().last
    hand.move_to(at_start_of(D(2026, 6, 1)))
    with pytest.raises(RuntimeError), transaction.atomic():
        run_month(TESTER, D(2026, 5, 1))
        raise RuntimeError
    run_month(TESTER, D(2026, 5, 1))
    serials = list(Invoice.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, len(serials) + 1))
    assert len(serials) > last


@pytest.mark.article("35-1", "28-1")
def test_after_the_end_credits_are_paid_out_and_nothing_is_left(
    billed: Contract, colleague: Person, hand: StandingClock
) -> None:
    hand.move_to(at_start_of(D(2027, 2, 1)))
    life.end(billed, D(2027, 3, 31))
    hand.move_to(at_start_of(D(2027, 4, 1)))
    grant_credit(TESTER, billed, D(2027, 3, 1), 100_000, "sla:2027-03:1")
    run_month(TESTER, D(2027, 3, 1))
    final = invoice_of(billed)
    months = 11 * 40_000 + 40_000
    assert (final.final, final.net_yen) == (True, months - 40_000 - 100_000)
    assert settlement(EVERYTHING, billed).credits == 0


@pytest.mark.article("35-1")
def test_a_negative_final_invoice_is_paid_out_once(billed: Contract, colleague: Person, hand: StandingClock) -> None:
    hand.move_to(at_start_of(D(2027, 4, 1)))
    run_month(TESTER, D(2027, 3, 1))
    life.end(billed, D(2027, 4, 30))
    hand.move_to(at_start_of(D(2027, 5, 1)))
    grant_credit(TESTER, billed, D(2027, 4, 1), 100_000, "sla:2027-04:1")
    run_month(TESTER, D(2027, 4, 1))
    final = invoice_of(billed)
    assert final.total_yen == -66_000
    with pytest.raises(Refused, match=r"payout\.too_much"):
        pay_out(colleague, invoice=final, yen=66_001, paid_on=D(2027, 5, 20), key="p")
    first = pay_out(colleague, invoice=final, yen=66_000, paid_on=D(2027, 5, 20), key="p")
    assert pay_out(colleague, invoice=final, yen=66_000, paid_on=D(2027, 5, 20), key="p") == first
    assert settlement(EVERYTHING, billed).to_pay_out == 0


@pytest.mark.article("33-1")
def test_each_joint_contractor_owes_all_of_what_is_left_whoever_pays(billed: Contract) -> None:
    parties = [Party("A", D(2026, 4, 1), representative=True), Party("B", D(2026, 4, 1)), Party("C", D(2026, 5, 1))]
    invoice = invoice_of(billed)
    legs = (Leg(Account.BANK, 60_000), Leg(Account.RECEIVABLE, -60_000, invoice.pk))
    post(TESTER, Entry(key="receipt:1", kind="receipt", on=APRIL, contract_id=billed.pk, legs=legs))
    assert liabilities(EVERYTHING, billed, parties) == [("A", 94_000), ("B", 94_000), ("C", 0)]


@pytest.mark.article("33-1")
def test_who_has_left_since_still_answers_for_its_time(billed: Contract) -> None:
    parties = [Party("A", D(2026, 4, 1)), Party("B", D(2026, 4, 1), until=D(2026, 4, 20))]
    assert liabilities(EVERYTHING, billed, parties) == [("A", 154_000), ("B", 154_000)]


@pytest.mark.article("27-2")
def test_a_fee_changes_by_agreement_from_its_day(billed: Contract, colleague: Person, hand: StandingClock) -> None:
    agree_fee(
        colleague,
        contract=billed,
        item="monthly.plan.basic",
        yen=28_000,
        from_on=D(2026, 5, 1),
        ground="service_content",
        agreement="AG-1",
    )
    hand.move_to(at_start_of(D(2026, 6, 1)))
    run_month(TESTER, D(2026, 5, 1))
    assert invoice_of(billed).net_yen == 38_000


@pytest.mark.article("27-2")
def test_a_fee_does_not_change_without_agreement_or_ground(billed: Contract, colleague: Person) -> None:
    asked = {"contract": billed, "item": "monthly.plan.basic", "yen": 1, "from_on": D(2026, 5, 1)}
    with pytest.raises(Refused, match=r"fee\.no_agreement"):
        agree_fee(colleague, **asked, ground="service_content", agreement="")
    with pytest.raises(Refused, match=r"ground\.text_required"):
        agree_fee(colleague, **asked, ground="reasonable", agreement="AG-1")
    with pytest.raises(BadParameter):
        agree_fee(colleague, **asked, ground="greed", agreement="AG-1")
    with pytest.raises(Refused, match=r"fee\.no_item"):
        agree_fee(colleague, **{**asked, "item": "x"}, ground="service_content", agreement="AG-1")
