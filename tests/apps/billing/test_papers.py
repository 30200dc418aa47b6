"""Invoices on paper: typeset from their rows, kept once, found by number; the jobs that do it."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts.models import Person
from sekisho.apps.billing import jobs
from sekisho.apps.billing.actions.charges import add_charge
from sekisho.apps.billing.actions.invoices import cancel_invoice, reissue_invoice
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.models import BillingRun, Charge, ChargeKind, Invoice, TaxTreatment
from sekisho.apps.billing.papering import paper_of
from sekisho.apps.contracts.actions.changing import accept_change, request_change
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.documents.models import Document
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.papers.paper import Language
from sekisho.terms.history import at_start_of
from tests.apps.world import EVERYTHING, TESTER, World

from . import contracts as life

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def april(world: World, hand: StandingClock):
    """The world on 1 May 2026, with one more contract that April is to be billed for."""
    hand.move_to(at_start_of(D(2025, 1, 1)))
    life.publish()
    life.issuer()
    with entered(EVERYTHING):
        made = life.contract(world.owner.organisation, D(2026, 4, 1), D(2026, 4, 1))
        add_charge(
            TESTER, made, ChargeKind.SURCHARGE, 200_000, D(2026, 4, 2), "29-1", "case:1", TaxTreatment.OUT_OF_SCOPE
        )
        hand.move_to(at_start_of(D(2026, 5, 1)))
        yield made


@pytest.mark.article("31-1")
def test_the_paper_has_the_six_items_and_adds_up(april) -> None:
    run_month(TESTER, D(2026, 4, 1))
    paper = paper_of(Invoice.objects.get(contract=april))
    assert (paper.sender.registration_number, paper.sender.name) == (life.REGISTRATION_NUMBER, "九重通信株式会社")
    assert (paper.supplied_from, paper.supplied_until) == (D(2026, 4, 1), D(2026, 4, 30))
    assert paper.rates[0].lines[0].content == "初期費用(ベーシックプラン)"
    assert (paper.rates[0].rate_percent, paper.rates[0].net_yen, paper.rates[0].tax_yen) == (10, 180_000, 18_000)
    assert [line.yen for line in paper.outside_tax] == [200_000]
    assert paper.addressee.name == "株式会社青葉製作所"
    assert paper_of(Invoice.objects.get(contract=april), Language.EN).outside_tax[0].content


def test_the_job_bills_the_month_before_and_keeps_a_pdf_of_each_invoice_once(april) -> None:
    jobs.month_start(timestamp=0)
    assert BillingRun.objects.get().month == D(2026, 4, 1)
    invoices = Invoice.objects.count()
    jobs.month_start(timestamp=0)
    assert Document.objects.filter(kind="invoice").count() == invoices == Invoice.objects.count()
    document = Document.objects.get(number=Invoice.objects.get(contract=april).number)
    assert document.yen == 398_000


def test_the_paper_of_a_corrected_invoice_names_the_one_that_it_replaces(april, colleague: Person) -> None:
    jobs.month_start(timestamp=0)
    wrong = Invoice.objects.get(contract=april)
    cancel_invoice(colleague, invoice=wrong, reason="宛名の誤り")
    right = reissue_invoice(colleague, invoice=wrong)
    paper = paper_of(right)
    assert (paper.replaces_number, paper.replaces_reason) == (wrong.number, "宛名の誤り")
    jobs.keep_papers()
    assert Document.objects.filter(kind="invoice", number=right.number).exists()


def test_without_an_issuer_the_run_does_not_begin_and_says_so(world: World, hand: StandingClock, caplog) -> None:
    jobs.month_start(timestamp=0)
    assert "the monthly run cannot begin" in caplog.text


@pytest.mark.article("27-1")
def test_the_initial_fee_is_there_minutes_after_the_acceptance_and_once(world: World, hand: StandingClock) -> None:
    life.issuer()
    for _ in range(2):
        jobs.follow(timestamp=0)
    with entered(EVERYTHING):
        keys = Charge.objects.values_list("contract__number", "key", "kind")
        assert ("SK100001", "initial", ChargeKind.INITIAL_FEE) in keys
        assert len(keys) == len({*keys})


def test_without_an_issuer_debts_wait_and_the_log_says_so(world: World, caplog) -> None:
    jobs.follow(timestamp=0)
    assert "debts wait" in caplog.text


@pytest.mark.article("27-1")
def test_the_fee_of_a_change_is_owed_from_its_acceptance(world: World, hand: StandingClock) -> None:
    life.issuer()
    with entered(EVERYTHING):
        form = ChangeForm(add_accounts=1)
        asked = request_change(TESTER, contract=world.contract, form=form, office="本店")
        accept_change(TESTER, application=asked, effective_on=D(2026, 6, 1))
    jobs.follow(timestamp=0)
    with entered(EVERYTHING):
        charge = Charge.objects.get(contract=world.contract, kind=ChargeKind.ONE_TIME_FEE)
    assert (charge.key, charge.arises_on, charge.item) == (f"change:{asked.number}", D(2026, 5, 4), "one_time.change")
