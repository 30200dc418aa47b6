"""The monthly run, on lives of contracts: what is billed, once, with its tax, and what a second run changes."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.billing.actions.credits import grant_credit
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import Account, BillingRun, Charge, Credit, Invoice, Outcome, RunResult
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries.ending import preview_cancellation
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind, at_start_of
from tests.apps.world import EVERYTHING, TESTER

from . import contracts as life

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def contractor(hand: StandingClock) -> Organisation:
    from sekisho.apps.accounts.actions import add_organisation
    from sekisho.apps.accounts.models import OrganisationKind

    at(hand, D(2025, 1, 1))
    life.publish()
    life.issuer()
    return add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社青葉製作所")


@pytest.fixture(autouse=True)
def _seeing_all(contractor: Organisation):
    with entered(EVERYTHING):
        yield


def at(hand: StandingClock, day: dt.date) -> None:
    hand.move_to(at_start_of(day) + dt.timedelta(hours=9))


def bill(hand: StandingClock, year: int, month: int) -> BillingRun:
    """The run of a month, on the first day after it."""
    at(hand, D(year + month // 12, month % 12 + 1, 1))
    return run_month(TESTER, D(year, month, 1))


def last_invoice(contract: Contract) -> Invoice:
    return Invoice.objects.filter(contract=contract).order_by("serial").last()


def lines(invoice: Invoice) -> list[tuple[str, int]]:
    return [(line.kind if line.credit_id else line.charge.item or line.kind, line.yen) for line in invoice.lines.all()]


def in_balance(contract: Contract) -> None:
    """The ledger sums to zero, and says what the rows say."""
    sums = balances(EVERYTHING, [contract.pk]).get(contract.pk, {})
    assert sum(sums.values()) == 0
    unbilled = sum(Charge.objects.filter(contract=contract, billed__isnull=True).values_list("yen", flat=True))
    assert sums.get(Account.UNBILLED, 0) == unbilled


@pytest.mark.article("27-1")
def test_the_initial_fee_is_owed_from_the_acceptance_and_the_first_monthly_fee_from_the_billing_start(
    hand: StandingClock, contractor: Organisation
) -> None:
    made = life.contract(contractor, D(2026, 4, 3), D(2026, 5, 1))
    bill(hand, 2026, 4)
    assert lines(last_invoice(made)) == [("initial.basic", 100_000)]
    assert Charge.objects.get(contract=made, key="initial").arises_on == D(2026, 4, 3)
    bill(hand, 2026, 5)
    assert lines(last_invoice(made)) == [
        ("monthly.plan.basic", 30_000),
        ("monthly.access.best_effort_1g", 10_000),
        ("monthly.operations", 40_000),
    ]
    in_balance(made)


@pytest.mark.article("27-1")
def test_the_initial_fee_is_still_owed_after_a_withdrawal(hand: StandingClock, contractor: Organisation) -> None:
    made = life.contract(contractor, D(2026, 4, 3))
    at(hand, D(2026, 4, 10))
    life.add(made, FactKind.STATE, "withdrawn", D(2026, 4, 10))
    bill(hand, 2026, 4)
    invoice = last_invoice(made)
    assert (invoice.net_yen, invoice.tax_yen, invoice.final) == (100_000, 10_000, True)


@pytest.mark.article("32-1")
def test_the_tax_is_computed_once_on_the_sum(hand: StandingClock, contractor: Organisation) -> None:
    prices = {"monthly.plan.basic": 33_335, "monthly.access.best_effort_1g": 33_335}
    life.publish("cheap", D(2025, 2, 1), items=prices)
    made = life.contract(contractor, D(2026, 3, 1), D(2026, 4, 1), operations=False, price_list="cheap")
    bill(hand, 2026, 3)
    bill(hand, 2026, 4)
    invoice = last_invoice(made)
    assert (invoice.net_yen, invoice.tax_yen, invoice.total_yen) == (66_670, 6_667, 73_337)
    assert invoice.rates == [{"rate": 10, "net": 66_670, "tax": 6_667}]


@pytest.mark.article("35-1")
def test_a_credit_comes_off_before_the_tax(hand: StandingClock, contractor: Organisation) -> None:
    life.publish("odd", D(2025, 2, 1), items={"monthly.plan.basic": 98_777})
    made = life.contract(contractor, D(2026, 3, 1), D(2026, 4, 1), price_list="odd")
    bill(hand, 2026, 3)
    grant_credit(TESTER, made, D(2026, 4, 7), 2_975, "sla:2026-04:1")
    bill(hand, 2026, 4)
    invoice = last_invoice(made)
    assert (invoice.net_yen, invoice.tax_yen) == (145_802, 14_580)
    assert lines(invoice)[-1] == ("credit_sla", -2_975)
    in_balance(made)


@pytest.mark.article("35-1")
def test_what_a_credit_has_beyond_an_invoice_is_carried_on_and_paid_out_by_the_final_one(
    hand: StandingClock, contractor: Organisation
) -> None:
    made = life.contract(contractor, D(2025, 1, 5), D(2025, 2, 1))
    bill(hand, 2025, 12)
    grant_credit(TESTER, made, D(2025, 12, 7), 200_000, "sla:2025-12:1")
    bill(hand, 2026, 1)
    assert (last_invoice(made).net_yen, last_invoice(made).total_yen) == (0, 0)
    at(hand, D(2026, 2, 3))
    life.end(made, D(2026, 2, 28))
    bill(hand, 2026, 2)
    invoice = last_invoice(made)
    assert (invoice.final, invoice.net_yen, invoice.tax_yen, invoice.total_yen) == (True, -40_000, -4_000, -44_000)
    in_balance(made)


@pytest.mark.article("28-1")
def test_an_invoice_is_due_on_the_last_bank_day_of_the_next_month(
    hand: StandingClock, contractor: Organisation
) -> None:
    life.contract(contractor, D(2026, 3, 1), D(2026, 3, 1))
    bill(hand, 2026, 3)
    assert Invoice.objects.get().due_on == D(2026, 5, 29)


@pytest.mark.article("13-1", "13-2")
def test_an_end_inside_the_minimum_term_owes_the_rest_of_it_outside_the_tax(
    hand: StandingClock, contractor: Organisation
) -> None:
    made = life.contract(
        contractor, D(2025, 4, 1), D(2025, 4, 15), plan="entry", access_item="best_effort_100m", operations=False
    )
    at(hand, D(2025, 7, 10))
    life.end(made, D(2025, 9, 10))
    bill(hand, 2025, 8)
    assert not Charge.objects.filter(kind="early_charge").exists()
    bill(hand, 2025, 9)
    invoice = last_invoice(made)
    assert lines(invoice) == [("monthly.plan.entry", 15_000), ("service", 90_000)]
    assert (invoice.net_yen, invoice.tax_yen, invoice.nontax_yen) == (15_000, 1_500, 90_000)
    assert bill(hand, 2025, 10).invoices == 0


def test_the_early_charge_is_taxable_where_the_accountants_say_so(
    hand: StandingClock, contractor: Organisation
) -> None:
    life.issuer(early_charge_tax="taxable")
    made = life.contract(contractor, D(2025, 4, 1), D(2025, 4, 15), operations=False)
    at(hand, D(2025, 7, 10))
    life.end(made, D(2025, 9, 10))
    bill(hand, 2025, 8)
    bill(hand, 2025, 9)
    assert (last_invoice(made).net_yen, last_invoice(made).tax_yen) == (40_000 + 240_000, 28_000)


def test_the_tax_that_a_preview_names_is_the_tax_that_the_invoice_adds(
    hand: StandingClock, contractor: Organisation
) -> None:
    life.issuer(early_charge_tax="taxable")
    odd = STARTING_PRICES_YEN["monthly.plan.basic"] + 9
    life.publish("odd", items={"monthly.plan.basic": odd})
    made = life.contract(contractor, D(2025, 4, 1), D(2025, 4, 15), operations=False, price_list="odd")
    at(hand, D(2025, 7, 10))
    shown = preview_cancellation(made, D(2025, 7, 10))
    life.end(made, shown.effective_on.value)
    bill(hand, 2025, 8)
    bill(hand, 2025, 9)
    last = last_invoice(made)
    fee = last.net_yen - shown.total_yen
    assert last.tax_yen == fee // 10 + shown.tax.value
    assert shown.tax.value == shown.total_yen // 10 + 1  # rounded alone it would have been a yen less


@pytest.mark.article("13-2")
def test_an_option_that_stops_early_owes_its_rest_and_one_that_ends_with_a_served_service_does_not(
    hand: StandingClock, contractor: Organisation
) -> None:
    made = life.contract(contractor, D(2025, 4, 1), D(2025, 4, 1))
    at(hand, D(2026, 2, 10))
    alone = life.add(made, FactKind.EXTRA_ACCOUNTS, 2, D(2026, 2, 10))
    life.add(made, FactKind.RETENTION_YEARS, 3, D(2026, 2, 10))
    bill(hand, 2026, 5)
    at(hand, D(2026, 5, 20))
    life.stop(made, alone, D(2026, 6, 30))
    life.end(made, D(2026, 7, 31))
    bill(hand, 2026, 6)
    assert lines(last_invoice(made))[-1] == ("extra_account", 2_000 * 7)
    bill(hand, 2026, 7)
    assert [line for line in lines(last_invoice(made)) if not line[0].startswith("monthly")] == []


def test_with_proration_the_first_and_last_month_are_billed_by_days(
    hand: StandingClock, contractor: Organisation
) -> None:
    life.issuer(proration="daily")
    made = life.contract(contractor, D(2025, 4, 1), D(2025, 4, 16), operations=False)
    bill(hand, 2025, 4)
    assert lines(last_invoice(made))[1:] == [("monthly.plan.basic", 15_000), ("monthly.access.best_effort_1g", 5_000)]


@pytest.mark.article("附則6")
def test_a_list_that_works_backwards_gives_one_adjustment_a_month_and_touches_no_invoice(
    hand: StandingClock, contractor: Organisation
) -> None:
    at(hand, D(2024, 1, 1))
    life.issuer(valid_from=D(2024, 1, 1))
    life.publish("V5-list", D(2024, 1, 1))
    made = life.contract(contractor, D(2024, 1, 10), D(2024, 2, 1), price_list="V5-list")
    for year, month in [(2024, m) for m in range(2, 13)] + [(2025, 1)]:
        bill(hand, year, month)
    before = list(Invoice.objects.values())
    at(hand, D(2025, 2, 4))
    lower = {"monthly.operations": 39_000}
    life.publish("V6-list", D(2025, 2, 4), items=lower, binds_existing_from=D(2024, 3, 29), terms_version="V6")
    bill(hand, 2025, 2)
    credits = Credit.objects.filter(contract=made).order_by("month")
    assert [(credit.month, credit.yen) for credit in credits] == [
        (D(2024 + (m > 12), (m - 1) % 12 + 1, 1), 1_000) for m in range(3, 14)
    ]
    assert {credit.rule for credit in credits} == {"retroactive_adjustments"}
    assert last_invoice(made).net_yen == 79_000 - 11_000
    assert list(Invoice.objects.exclude(pk=last_invoice(made).pk).values()) == before
    in_balance(made)
    bill(hand, 2025, 3)
    assert last_invoice(made).net_yen == 79_000


def test_a_fact_that_is_told_late_is_adjusted_in_both_directions(hand: StandingClock, contractor: Organisation) -> None:
    made = life.contract(contractor, D(2026, 1, 10), D(2026, 2, 1))
    at(hand, D(2026, 2, 1))
    option = life.add(made, FactKind.MONITORING_REPORT, None, D(2026, 2, 1))
    for month in (2, 3):
        bill(hand, 2026, month)
    life.add(made, FactKind.EXTRA_ACCOUNTS, 1, D(2026, 2, 1))
    life.stop(made, option, D(2026, 2, 28))
    bill(hand, 2026, 4)
    found = lines(last_invoice(made))
    assert ("monthly.extra_account", 1_000) in found
    assert ("adjustment", 1_000) in found  # February
    assert ("credit_adjustment", -29_000) in found  # March: the report less, the account more
    in_balance(made)


def test_a_run_again_changes_nothing(hand: StandingClock, contractor: Organisation) -> None:
    for _ in range(3):
        life.contract(contractor, D(2026, 3, 1), D(2026, 4, 1))
    first = bill(hand, 2026, 3)
    counted = [list(table.objects.order_by("pk").values()) for table in (Charge, Invoice, RunResult, BillingRun)]
    assert (first.contracts_done, first.invoices, first.total_yen) == (3, 3, 330_000)
    run_month(TESTER, D(2026, 3, 1))
    assert [list(t.objects.order_by("pk").values()) for t in (Charge, Invoice, RunResult, BillingRun)] == counted


def test_months_that_no_run_has_billed_are_made_up_for(hand: StandingClock, contractor: Organisation) -> None:
    made = life.contract(contractor, D(2026, 1, 10), D(2026, 2, 1), operations=False)
    bill(hand, 2026, 4)
    assert last_invoice(made).net_yen == 100_000 + 3 * 40_000


def test_a_contract_without_a_price_is_a_problem_of_its_own_and_is_billed_once_it_has_one(
    hand: StandingClock, contractor: Organisation
) -> None:
    lost = life.contract(contractor, D(2026, 3, 1), D(2026, 3, 1), plan="premium", access_item="custom")
    fine = life.contract(contractor, D(2026, 3, 1), D(2026, 3, 1))
    run = bill(hand, 2026, 3)
    assert (run.problems, run.invoices, run.contracts_done) == (1, 1, 2)
    result = RunResult.objects.get(contract=lost)
    assert (result.outcome, "no price for monthly" in result.problem) == (Outcome.PROBLEM, True)
    for item, yen in (("monthly.plan.premium", 90_000), ("monthly.access.custom", 50_000)):
        life.add(lost, FactKind.FEE, {"item": item, "yen": yen}, D(2026, 3, 1))
    run = run_month(TESTER, D(2026, 3, 1))
    assert (run.problems, run.invoices, run.contracts_done) == (0, 2, 2)
    assert last_invoice(lost).net_yen == 300_000 + 90_000 + 50_000 + 40_000
    assert Invoice.objects.filter(contract=fine).count() == 1


def test_a_month_that_is_not_over_cannot_be_billed(hand: StandingClock, contractor: Organisation) -> None:
    at(hand, D(2026, 3, 31))
    with pytest.raises(Refused, match=r"run\.too_early"):
        run_month(TESTER, D(2026, 3, 1))


def test_numbers_have_no_gaps_and_the_open_amount_is_carried_forward(
    hand: StandingClock, contractor: Organisation
) -> None:
    made = life.contract(contractor, D(2026, 2, 1), D(2026, 3, 1), operations=False)
    for month in (2, 3, 4):
        bill(hand, 2026, month)
    found = list(Invoice.objects.filter(contract=made).order_by("serial"))
    assert [invoice.serial for invoice in found] == [1, 2, 3]
    assert [invoice.number for invoice in found] == ["I00000001", "I00000002", "I00000003"]
    carried = [(invoice.previous_yen, invoice.received_yen, invoice.carried_yen, invoice.due_yen) for invoice in found]
    assert carried == [(0, 0, 0, 110_000), (110_000, 0, 110_000, 154_000), (154_000, 0, 154_000, 198_000)]
