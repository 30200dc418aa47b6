"""Correcting an invoice: it is cancelled, never changed, and another one refers to it (修正した適格請求書)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.contracts.queries.parties import addressees_on
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.tariff.queries import price_book
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.periods import whole_months_end

from .. import bulk
from ..drafting import draft
from ..issuing import Issue, issue_all, reversed_entry
from ..ledger import balance, open_on_invoices, post
from ..loading import Brought, open_credits, subjects, unbilled_charges
from ..models import Account, BilledCharge, CreditUse, Invoice, InvoiceCancellation
from ..queries.issuer import issuer_on
from ..recording import take_turns
from .assessing import assess
from .runs import is_over

ARTICLE = "31-1"


@transaction.atomic
def cancel_invoice(person: Person, *, invoice: Invoice, reason: str) -> InvoiceCancellation:
    """The invoice counts no longer: what it charged is unbilled again, its credits are open again.

    Refused once anything was paid on it: the payment is taken back first, so that it is clear what it pays instead.
    """
    require(person, "billing.approve")
    _check_cancellable(invoice, reason)
    take_turns([invoice.contract_id])
    if InvoiceCancellation.objects.filter(invoice=invoice).exists():
        raise Refused("invoice.cancelled", "既に取り消されています。", "It has been cancelled already.", ARTICLE)
    if open_on_invoices(current(), [invoice.pk])[invoice.pk] != invoice.total_yen:
        raise Refused(
            "invoice.paid",
            "入金が充当されています。先に消込を取り消してください。",
            "Payments stand on it: take them back first.",
            ARTICLE,
        )
    cancellation = InvoiceCancellation.objects.create(
        invoice=invoice,
        contract_id=invoice.contract_id,
        reason=reason,
        cancelled_at=clock.now(),
        cancelled_by=kept_name(person.pk, person.name),
    )
    used = dict(CreditUse.objects.filter(invoice=invoice).values_list("credit_id", "yen"))
    post(person, reversed_entry(invoice, tokyo_date(cancellation.cancelled_at), used))
    _release(invoice, used)
    _record(person, "billing.cancel_invoice", invoice, {"total_yen": invoice.total_yen})
    return cancellation


@transaction.atomic
def reissue_invoice(person: Person, *, invoice: Invoice) -> Invoice | None:
    """The invoice that comes instead of a cancelled one, dated today: what its month comes to now, and refers to it.

    None where nothing is left to invoice. Once an invoice; refused before the cancellation.
    """
    require(person, "billing.approve")
    take_turns([invoice.contract_id])
    if not InvoiceCancellation.objects.filter(invoice=invoice).exists():
        raise Refused("invoice.not_cancelled", "先に取り消してください。", "Cancel it first.", ARTICLE)
    if Invoice.objects.filter(replaces=invoice).exists():
        raise Refused("invoice.reissued", "既に再発行されています。", "It has been reissued already.", ARTICLE)
    on = tokyo_date(clock.now())
    issue = _replacement(person, invoice, on)
    if issue is None:
        return None
    issued = issue_all(person, [issue], issuer_on(on), on)[0]
    found = Invoice.objects.get(pk=issued.invoice_id)
    _record(person, "billing.reissue_invoice", found, {"replaces": invoice.number, "total_yen": found.total_yen})
    return found


def _check_cancellable(invoice: Invoice, reason: str) -> None:
    if not reason.strip():
        raise Refused("invoice.no_reason", "取消の理由が必要です。", "A cancellation needs a reason.", ARTICLE)


def _release(invoice: Invoice, used: dict[int, int]) -> None:
    BilledCharge.objects.filter(invoice=invoice).delete()
    rows = [
        {"credit_id": credit_id, "contract_id": invoice.contract_id, "invoice_id": invoice.pk, "yen": -yen}
        for credit_id, yen in used.items()
    ]
    keys = bulk.draw_keys(CreditUse, len(rows))
    bulk.insert(CreditUse, [{"id": key, **row} for key, row in zip(keys, rows, strict=True)])


def _replacement(actor: Actor, invoice: Invoice, on: dt.date) -> Issue | None:
    contract = invoice.contract
    subject = subjects([contract], price_book())[contract.pk]
    through = whole_months_end(invoice.month, 1)
    assess(actor, {contract.pk: subject}, invoice.month, through)
    charges = [charge for charge in unbilled_charges([contract.pk]).get(contract.pk, []) if charge.arises_on <= on]
    credits = open_credits([contract.pk]).get(contract.pk, [])
    made = draft(contract.pk, invoice.month, charges, credits, final=is_over(subject, through), terms=subject.terms)
    if made is None:
        return None
    return Issue(
        draft=made,
        addressee=addressees_on([contract], on)[contract.pk],
        terms_version=subject.terms.version,
        brought=_brought_before(invoice),
        replaces=invoice,
    )


def _brought_before(invoice: Invoice) -> Brought:
    """What was open before the cancelled invoice, as it stands today; later invoices are not its past."""
    living = Invoice.objects.filter(contract_id=invoice.contract_id, cancellation__isnull=True)
    earlier = list(living.filter(serial__lt=invoice.serial).order_by("serial"))
    still_open = sum(open_on_invoices(current(), [each.pk for each in earlier]).values())
    kept = balance(current(), invoice.contract_id, Account.DEPOSIT)
    return Brought(earlier[-1] if earlier else None, still_open + kept)


def _record(person: Person, act: str, invoice: Invoice, details: dict) -> None:
    record(
        person,
        act=act,
        object=f"invoice:{invoice.number}",
        contract_id=invoice.contract_id,
        terms_version=invoice.terms_version,
        details=details,
    )
