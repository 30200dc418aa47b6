"""Invoices by ranges, one with its lines, its PDF as it was kept, and the charges that invoices are made of."""

from __future__ import annotations

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.billing.ledger import open_on_invoices
from sekisho.apps.billing.models import Charge, Invoice
from sekisho.apps.billing.queries import lists
from sekisho.apps.contracts import queries as contracts
from sekisho.apps.documents import queries as documents
from sekisho.apps.documents.kinds import DocumentKind

from .answers import Content
from .contracts import contract_of
from .invoice_shapes import ChargeShape, ChargesQuery, InvoiceShape, InvoicesQuery, charge_shape, invoice_shape
from .operation import Call, operation
from .paging import Page, page
from .problems import Problem

PDF = "application/pdf"


@operation(
    "GET",
    "/invoices",
    ja="請求書の一覧",
    en="Invoices",
    scope=TokenScope.INVOICES_READ,
    permission="billing.view",
    query=InvoicesQuery,
    answers=Page[InvoiceShape],
)
def list_invoices(call: Call) -> Page[InvoiceShape]:
    """Invoices by contract, day and amount, the newest first. Cancelled ones stay in the list and say so."""
    ranges = _ranges(call)
    if ranges is None:
        return Page([], None)

    def before(serial: int | None, limit: int) -> list[tuple[Invoice, int]]:
        rows = lists.invoices_before(call.scope, serial, limit, ranges)
        open_yen = open_on_invoices(call.scope, [row.pk for row in rows])
        return [(row, open_yen[row.pk]) for row in rows]

    return page(
        call, before, key=lambda row: row[0].serial, shape=lambda row: invoice_shape(row[0], row[1], call.language)
    )


@operation(
    "GET",
    "/invoices/{invoice_number}",
    ja="請求書",
    en="One invoice",
    scope=TokenScope.INVOICES_READ,
    permission="billing.view",
    answers=InvoiceShape,
)
def read_invoice(call: Call) -> InvoiceShape:
    """One invoice with its lines, as it was issued, and what is open on it today."""
    invoice = invoice_of(call)
    return invoice_shape(invoice, open_on_invoices(call.scope, [invoice.pk])[invoice.pk], call.language)


@operation(
    "GET",
    "/invoices/{invoice_number}/pdf",
    ja="請求書のPDF",
    en="The PDF of an invoice",
    scope=TokenScope.INVOICES_READ,
    permission="billing.view",
    answers=PDF,
)
def read_invoice_pdf(call: Call) -> Content:
    """The paper as it was kept, byte for byte, in the language of Accept-Language if there is one in it."""
    invoice = invoice_of(call)
    kept = documents.find(call.scope, kind=DocumentKind.INVOICE, number=invoice.number)
    for document in sorted(kept.documents, key=lambda document: document.language != call.language):
        content = documents.content_of(call.scope, document)
        if content is not None:
            return Content(PDF, f"{invoice.number}.pdf", content)
    raise Problem("not_found")


@operation(
    "GET",
    "/contracts/{contract_number}/charges",
    ja="契約の債権",
    en="The charges of a contract",
    scope=TokenScope.CHARGES_READ,
    permission="billing.view",
    query=ChargesQuery,
    answers=Page[ChargeShape],
)
def list_charges(call: Call) -> Page[ChargeShape]:
    """Everything that was ever owed under the contract, with the article that it rests on."""
    contract = contract_of(call)

    def after(key: int | None, limit: int) -> list[Charge]:
        return lists.charges_after(call.scope, contract.pk, key, limit)

    return page(call, after, key=lambda charge: charge.pk, shape=lambda charge: charge_shape(charge, call.language))


def invoice_of(call: Call) -> Invoice:
    """The invoice that the path names; 404 alike for one that does not exist and one that is not the caller's."""
    invoice = lists.whole_invoice(call.scope, call.path["invoice_number"])
    if invoice is None:
        raise Problem("not_found")
    return invoice


def _ranges(call: Call) -> lists.InvoiceRanges | None:
    """What was asked for; None where it names a contract that the caller can't see, which has no invoices for it."""
    query, contract_id = call.query, None
    if query.contract is not None:
        contract = contracts.contract_by_number(call.scope, query.contract)
        if contract is None:
            return None
        contract_id = contract.pk
    return lists.InvoiceRanges(contract_id, query.invoiced_from, query.invoiced_until, query.yen_from, query.yen_until)
