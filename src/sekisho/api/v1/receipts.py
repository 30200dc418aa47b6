"""Receipts: what came in, files from the bank, who may have paid what, and a person's word on it.

The rules want a person to confirm what a receipt pays. A token confirms in the name of the one who made it and
answers for it; that it was the token is written down beside it.
"""

from __future__ import annotations

from sekisho.apps.accounts.models import Person, TokenScope
from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.audit.actions import record
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.matching import confirm_receipt as confirm
from sekisho.apps.billing.actions.receiving import import_bank_file
from sekisho.apps.billing.models import Receipt
from sekisho.apps.billing.queries import lists
from sekisho.apps.billing.queries import receipts as queries
from sekisho.apps.contracts import queries as contracts
from sekisho.terms.words import Words

from .answers import Made
from .operation import Call, File, operation
from .paging import Page, page
from .problems import Place, Problem
from .receipt_shapes import (
    AllocationShape,
    CandidatesShape,
    Confirmation,
    ConfirmedShape,
    ImportQuery,
    ReceiptFileShape,
    ReceiptShape,
    ReceiptsQuery,
    UseGiven,
    allocation_shape,
    candidate_shape,
    file_shape,
    receipt_shape,
)

BANK_FILE = File("application/octet-stream", 5_000_000)


@operation(
    "GET",
    "/receipts",
    ja="入金の一覧",
    en="Receipts",
    scope=TokenScope.RECEIPTS_READ,
    permission="receipts.match",
    query=ReceiptsQuery,
    answers=Page[ReceiptShape],
)
def list_receipts(call: Call) -> Page[ReceiptShape]:
    """Receipts by day and amount, the newest first; `unmatched` leaves out those that are used up."""
    query = call.query
    ranges = lists.ReceiptRanges(query.paid_from, query.paid_until, query.yen_from, query.yen_until, query.unmatched)
    return page(
        call,
        lambda key, limit: lists.receipts_before(key, limit, ranges),
        key=lambda receipt: receipt.pk,
        shape=receipt_shape,
    )


@operation(
    "GET",
    "/receipts/{receipt_number}",
    ja="入金",
    en="One receipt",
    scope=TokenScope.RECEIPTS_READ,
    permission="receipts.match",
    answers=ReceiptShape,
)
def read_receipt(call: Call) -> ReceiptShape:
    """One receipt, and what of it was used for nothing yet."""
    return receipt_shape(receipt_of(call))


@operation(
    "POST",
    "/receipt-files",
    ja="入金ファイルの取込",
    en="Import a bank file",
    scope=TokenScope.RECEIPTS_WRITE,
    permission="receipts.import",
    query=ImportQuery,
    body=BANK_FILE,
    answers=ReceiptFileShape,
    status=201,
)
def import_receipt_file(call: Call) -> ReceiptFileShape:
    """A notice of transfers or a statement in a Zengin format, as the bank sent it. The same file counts once."""
    return file_shape(import_bank_file(call.actor, name=call.query.name, content=call.body), call.language)


@operation(
    "GET",
    "/receipts/{receipt_number}/candidates",
    ja="消込候補",
    en="What a receipt may pay",
    scope=TokenScope.RECEIPTS_READ,
    permission="receipts.match",
    answers=CandidatesShape,
)
def list_candidates(call: Call) -> CandidatesShape:
    """Who may have paid what is left of the receipt, the likeliest first, each with its reasons."""
    receipt = receipt_of(call)
    found = queries.candidates_for(call.scope, receipt)
    numbers = lists.numbers_of_contracts(call.scope, found)
    return CandidatesShape(receipt.number, [candidate_shape(one, numbers, call.language) for one in found])


@operation(
    "POST",
    "/receipts/{receipt_number}/confirmation",
    ja="消込の確定",
    en="Say what a receipt pays",
    scope=TokenScope.RECEIPTS_WRITE,
    permission="receipts.match",
    body=Confirmation,
    answers=ConfirmedShape,
    status=201,
)
def confirm_receipt(call: Call) -> Made:
    """Use the receipt for these invoices, or keep parts of it for a contract. What is left stays unmatched."""
    person = person_behind(call, "receipts.match")
    receipt = receipt_of(call)
    call.require_current(receipt_shape(receipt))
    uses = [_use(call, given, f"/uses/{position}") for position, given in enumerate(call.body.uses)]
    allocations = confirm(person, receipt=receipt, uses=uses)
    details = {"in_the_name_of": f"person:{person.pk}"}
    record(call.actor, act="billing.confirm_by_token", object=f"receipt:{receipt.number}", details=details)
    shapes: list[AllocationShape] = [allocation_shape(allocation) for allocation in allocations]
    return Made(f"/api/v1/receipts/{receipt.number}", ConfirmedShape(receipt_shape(receipt_of(call)), shapes))


def receipt_of(call: Call) -> Receipt:
    """The receipt that the path names; receipts are nobody's, so only those who see every contract see any."""
    receipt = lists.receipt_with_rest(call.path["receipt_number"])
    if receipt is None:
        raise Problem("not_found")
    return receipt


def person_behind(call: Call, permission: str) -> Person:
    """Who answers for the token, if that person is still here and may do it by themselves."""
    person = call.actor.answering
    if person is None or not allowed(person, permission):
        raise Problem("not_permitted")
    return person


def _use(call: Call, given: UseGiven, pointer: str) -> Use:
    contract = contracts.contract_by_number(call.scope, given.contract)
    invoice = lists.whole_invoice(call.scope, given.invoice) if given.invoice else None
    if contract is None or (given.invoice and invoice is None):
        name = "contract" if contract is None else "invoice"
        raise Problem("request_malformed", places=[Place(f"{pointer}/{name}", "pointer", _NOBODYS)])
    return Use(given.yen, contract, invoice)


_NOBODYS = Words("見つかりません。", "There is nothing of this number.")
