"""Typesetting issued invoices and keeping them, in batches: whatever has no paper yet gets one, and none gets two."""

from __future__ import annotations

from sekisho.apps.audit.actions import Actor
from sekisho.apps.contracts.queries.parties import parties_on
from sekisho.apps.documents.actions import Keeping, keep_many
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.turns import take_turn
from sekisho.gateways.typesetting import typeset
from sekisho.papers.paper import Language

from ..models import Invoice
from ..papering import paper_of
from ..queries.invoices import invoices_without_paper

BATCH_INVOICES = 50
_SCOPE = system_scope("billing")


def keep_invoice_papers(actor: Actor, batch_invoices: int = BATCH_INVOICES) -> int:
    """Typeset and keep the next invoices without a paper; how many. Each batch is a transaction; 0: all are kept."""
    with entered(_SCOPE):
        take_turn("invoice papers")
        waiting = invoices_without_paper(_SCOPE, batch_invoices)
        keep_many(actor, (_keeping(invoice) for invoice in waiting))
        return len(waiting)


def _keeping(invoice: Invoice) -> Keeping:
    paper = paper_of(invoice, Language.JA, _others(invoice))
    replaced = invoice.replaces
    before = Document.objects.filter(kind=DocumentKind.INVOICE, number=replaced.number).first() if replaced else None
    return Keeping(
        kind=DocumentKind.INVOICE,
        number=invoice.number,
        contract_id=invoice.contract_id,
        language=Language.JA.value,
        dated=invoice.invoiced_on,
        yen=invoice.total_yen,
        counterparty=invoice.addressee["name"],
        content=typeset(paper),
        replaces=before,
        # The chain is for ever: what staff wrote stays with the cancellation, which can be emptied.
        reason=f"請求書{replaced.number}の取消しと再発行" if replaced and before else "",
    )


def _others(invoice: Invoice) -> list[str]:
    """The joint contractors besides the addressee, who owe all of it as well."""
    parties = parties_on(_SCOPE, invoice.contract, invoice.supplied_until)
    return [party.data.name for party in parties if not party.represents]
