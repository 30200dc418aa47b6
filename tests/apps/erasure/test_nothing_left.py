"""After the erasure nothing personal of a contractor is left in any column, but what the law keeps."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.billing import jobs as billing_jobs
from sekisho.apps.contracts import jobs as contract_jobs
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import after_end
from sekisho.apps.fleet import jobs as fleet_jobs
from sekisho.apps.incidents import jobs as incident_jobs
from sekisho.apps.registers import jobs as register_jobs
from sekisho.gateways.clock import StandingClock

from ..world import EVERYTHING, World
from .lives import end, marked_contract
from .traces import marked_columns

BOOKS = {
    "billing_allocation.reason",
    "billing_goodwillproposal.reason",
    "billing_invoice.addressee",
    "billing_invoicecancellation.reason",
    "billing_journalentry.memo",
    "billing_receipt.payer_bank",
    "billing_receipt.payer_name",
    "billing_receipt.text",
    "billing_receiptfile.content",
    "billing_receiptfile.name",
    "billing_receiptfileline.told",
    "billing_receiptreturn.reason",
}
"""What tax and company law want kept (docs/erasure.md); everything else has to go."""


@pytest.fixture
def ended(seeing_all: World, hand: StandingClock) -> Contract:
    contract = marked_contract(seeing_all, hand)
    end(seeing_all, contract)
    return contract


def erased(hand: StandingClock, contract: Contract) -> None:
    hand.advance(days=2 * 366)
    contract_jobs.begin_retentions()
    contract_jobs.erase_what_is_due()
    contract_jobs.erase_applications()
    register_jobs.answer_erasures(0)
    incident_jobs.answer_erasures(0)
    fleet_jobs.answer_erasures(0)
    billing_jobs.answer_erasures(0)


@pytest.mark.article("38-5")
def test_what_is_left_of_marked_words_is_exactly_the_books(ended: Contract, hand: StandingClock) -> None:
    before = marked_columns()
    assert before > BOOKS
    assert len(before) > 50, sorted(before)
    erased(hand, ended)
    assert sorted(marked_columns()) == sorted(BOOKS)


@pytest.mark.article("38-5")
def test_the_certificate_names_the_books_that_are_kept_with_day_and_law(ended: Contract, hand: StandingClock) -> None:
    erased(hand, ended)
    certificate = after_end.certificate_of(EVERYTHING, ended, dt.date(2028, 9, 1))
    kept = {kept.what.en: (kept.until, kept.why.en) for kept in certificate.kept if kept.part == "billing"}
    law = "books and papers that tax and company law want kept"
    assert kept == {"invoices": (dt.date(2034, 5, 31), law), "receipts": (dt.date(2034, 5, 31), law)}
