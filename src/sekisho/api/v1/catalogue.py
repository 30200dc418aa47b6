"""Every operation of the API, in the order in which people read about them."""

from __future__ import annotations

from itertools import groupby

from . import acts, applications, contracts, documents, invoices, receipts, tariff
from .operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    contracts.list_contracts,
    contracts.read_contract,
    contracts.read_standing,
    contracts.read_history,
    contracts.read_entitlements,
    acts.list_running,
    acts.preview_change,
    acts.request_change,
    acts.preview_option_stop,
    acts.stop_options,
    acts.preview_ancillary_stop,
    acts.stop_ancillary,
    acts.preview_cancellation,
    acts.cancel_contract,
    acts.withdraw_cancellation,
    acts.agree_fee,
    applications.list_applications,
    applications.read_application,
    applications.submit_application,
    applications.list_warnings,
    applications.withdraw_application,
    tariff.list_price_lists,
    tariff.read_price_list,
    invoices.list_invoices,
    invoices.read_invoice,
    invoices.read_invoice_pdf,
    invoices.list_charges,
    documents.list_documents,
    documents.read_document,
    documents.read_document_content,
    receipts.list_receipts,
    receipts.read_receipt,
    receipts.import_receipt_file,
    receipts.list_candidates,
    receipts.confirm_receipt,
)


def by_path() -> dict[str, dict[str, Operation]]:
    """Path -> method -> operation."""
    ordered = sorted(OPERATIONS, key=lambda operation: operation.path)
    return {
        path: {operation.method: operation for operation in group}
        for path, group in groupby(ordered, key=lambda operation: operation.path)
    }
