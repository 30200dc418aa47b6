"""Late interest follows from payments: once an invoice is settled, its interest becomes a charge, without tax.

Reckoned once on all payments together, when nothing is open any more (Arts. 30-1, 32-1). If a payment is taken back
afterwards, what was charged too much is given back as a credit, and charged anew when the invoice is paid again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.apps.audit.actions import Actor
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words

from ..models import ChargeKind, CreditKind, Invoice, InvoiceCancellation, TaxTreatment
from ..queries.receivables import debt_of, interest_charged, interest_key, interest_turns
from .charges import add_charge
from .credits import grant_credit

ARTICLE = "30-1"
RULE = "late_interest"


def settle_interest(actor: Actor, invoices: Iterable[Invoice | None]) -> None:
    """Charge what the payments of these invoices cost in interest, or give back what was charged too much."""
    for invoice in {invoice.pk: invoice for invoice in invoices if invoice is not None}.values():
        owed = _interest_of(invoice)
        difference = owed - interest_charged(current(), invoice)
        if difference > 0:
            _charge(actor, invoice, difference)
        elif difference < 0:
            _give_back(actor, invoice, -difference)


def _interest_of(invoice: Invoice) -> int:
    """In yen; 0 while anything is open, and for an invoice that counts no longer."""
    debt = debt_of(current(), invoice)
    if debt.open_yen or InvoiceCancellation.objects.filter(invoice=invoice).exists():
        return 0
    return debt.interest(terms=terms_of(invoice.contract, invoice.invoiced_on)).value


def _charge(actor: Actor, invoice: Invoice, yen: int) -> None:
    add_charge(
        actor,
        invoice.contract,
        ChargeKind.INTEREST,
        yen,
        tokyo_date(clock.now()),
        ARTICLE,
        interest_key(invoice.number, interest_turns(current(), invoice)),
        TaxTreatment.OUT_OF_SCOPE,
        words=_INTEREST.with_facts(invoice.number),
        rule=RULE,
        trigger=f"invoice:{invoice.number}",
    )


def _give_back(actor: Actor, invoice: Invoice, yen: int) -> None:
    grant_credit(
        actor,
        invoice.contract,
        tokyo_date(clock.now()).replace(day=1),
        yen,
        interest_key(invoice.number, interest_turns(current(), invoice)),
        kind=CreditKind.ADJUSTMENT,
        article=ARTICLE,
        rule=RULE,
        tax=TaxTreatment.OUT_OF_SCOPE,
        words=_GIVEN_BACK.with_facts(invoice.number),
    )


_INTEREST = Words("請求書{0}の延滞利息", "Late interest on invoice {0}")
_GIVEN_BACK = Words("請求書{0}の延滞利息の取消", "Late interest on invoice {0}, given back")
