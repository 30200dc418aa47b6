"""The demonstration's money: who issues the invoices, and what was billed, paid and given back since the start.

Every act is done on its own day, by a clock that is moved there and back: the monthly runs on the first of the next
month, payments some weeks later. The last invoices are open, and one carries a reduction that two people decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sekisho.apps.accounts.models import Person
from sekisho.apps.audit.actions import Actor
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.credits import decide_goodwill, propose_goodwill
from sekisho.apps.billing.actions.issuer import set_issuer
from sekisho.apps.billing.actions.matching import confirm_receipt
from sekisho.apps.billing.actions.receiving import enter_receipt
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.jobs import keep_papers
from sekisho.apps.billing.models import Invoice
from sekisho.apps.contracts.models import Contract
from sekisho.gateways.clock import standing_at
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date

MORNING = dt.timedelta(hours=9)
PAID_AFTER = dt.timedelta(days=20)
GOODWILL_YEN = 5_000
GOODWILL_DAY = 10

# The number has a right check digit and belongs to nobody that we know of; bank and account are invented.
ISSUER = {
    "name": "九重通信株式会社",
    "registration_number": "T7000012050002",
    "department": "法人営業部 料金センター",
    "postal_code": "810-0001",
    "address": ["福岡県福岡市中央区架空町1-2-3", "九重ビル8階"],
    "phone": "+81-92-555-0100",
    "mail": "billing@kokonoe-tsushin.example",
    "bank_account": {
        "bank": "見本銀行",
        "bank_code": "0199",
        "branch": "天神支店",
        "branch_code": "012",
        "number": "1234567",
        "holder": "九重通信株式会社",
        "holder_kana": "ココノエツウシン(カ",
    },
}


def settle_in(actor: Actor, valid_from: dt.date) -> None:
    """Invoices name the carrier like this."""
    set_issuer(actor, valid_from=valid_from, **ISSUER)


def bill_until(actor: Actor, today: dt.date, contracts: list[Contract], admin: Person, desk: Person) -> None:
    """Every month since the first contract's start that is over, and what was paid meanwhile."""
    months = list(_months(min(tokyo_date(contract.accepted_at) for contract in contracts), today))
    for month in months:
        billed_on = _next(month)
        if month == months[-1]:
            _give_back(contracts[0], month, admin, desk)
        with standing_at(at_start_of(billed_on) + MORNING):
            run_month(actor, month)
        paid_on = billed_on + PAID_AFTER
        if month != months[-1] and paid_on <= today:
            _pay(admin, month, paid_on)
    keep_papers.defer()


def _months(first_on: dt.date, today: dt.date) -> Iterator[dt.date]:
    """The first days of the months from that day to the last one that is over."""
    month = first_on.replace(day=1)
    while _next(month) <= today:
        yield month
        month = _next(month)


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def _give_back(contract: Contract, month: dt.date, admin: Person, desk: Person) -> None:
    """The desk asks for a reduction, the administrator grants it."""
    with standing_at(at_start_of(month.replace(day=GOODWILL_DAY)) + MORNING):
        reason = "機器交換の日程を二度変更したことへのお詫び"
        proposal = propose_goodwill(desk, contract=contract, month=month, yen=GOODWILL_YEN, reason=reason)
        decide_goodwill(admin, proposal=proposal, approved=True)


def _pay(admin: Person, month: dt.date, paid_on: dt.date) -> None:
    """Every contractor pays the month's invoice by bank transfer."""
    with standing_at(at_start_of(paid_on) + MORNING):
        for invoice in Invoice.objects.filter(month=month).select_related("contract__contractor").order_by("serial"):
            receipt = enter_receipt(
                admin,
                paid_on=paid_on,
                yen=invoice.total_yen,
                payer_name=invoice.contract.contractor.name,
                text=f"振込 {invoice.number}",
            )
            confirm_receipt(admin, receipt=receipt, uses=[Use(invoice.total_yen, invoice.contract, invoice)])
