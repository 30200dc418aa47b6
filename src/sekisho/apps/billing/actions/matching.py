"""Saying what a receipt pays, and taking it back. A person confirms; nothing is matched by itself.

A receipt may be used in parts, for several debts of several contracts, or be kept for a contractor. What a payment
leaves open stays open (Art. 28-1): the bank's fee is the contractor's to bear. Interest follows from every change.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from ..matching import Candidate
from ..models import Allocation, Invoice, PayerName, Receipt
from ..payer_names import normalised
from .allocating import Use, allocate, given_reason, record_allocation, take_back, take_turns
from .interest import settle_interest

USES_MAX = 100


@transaction.atomic
def confirm_receipt(
    actor: Person, *, receipt: Receipt, uses: Sequence[Use], candidate: Candidate | None = None
) -> list[Allocation]:
    """Use a receipt, or a part of what is left of it. ``candidate``: the proposal that the person confirmed.

    Refused: more than is left of the receipt, more than is open on an invoice.
    """
    require(actor, "receipts.match")
    if not 0 < len(uses) <= USES_MAX or any(use.paid_back for use in uses):
        raise Refused("allocation.none", "充当先を指定してください。", "Say what the receipt is for.")
    take_turns([receipt], [use.contract.pk for use in uses])
    allocations = [allocate(actor, receipt, use, candidate=candidate) for use in uses]
    _learn_name(receipt, {use.contract.contractor_id for use in uses})
    settle_interest(actor, [use.invoice for use in uses])
    for allocation in allocations:
        record_allocation(actor, "confirm_receipt", allocation)
    return allocations


@transaction.atomic
def undo_allocation(actor: Person, *, allocation: Allocation, reason: str) -> Allocation:
    """Take an allocation back: the receipt is free again, the invoice open again, its interest reckoned anew."""
    require(actor, "receivables.write_off" if allocation.receipt is None else "receipts.match")
    reason = given_reason(reason)
    take_turns([allocation.receipt], [allocation.contract_id])
    undone = take_back(actor, allocation, reason)
    settle_interest(actor, [allocation.invoice])
    record_allocation(actor, "undo_allocation", undone)
    return undone


def uses_of(candidate: Candidate, keep_for: Contract | None = None) -> list[Use]:
    """A candidate's shares as uses. What is left over is kept for ``keep_for``, or the contract of the last share."""
    invoices = Invoice.objects.select_related("contract").in_bulk([share.item.key for share in candidate.shares])
    uses = [Use(share.yen, invoices[share.item.key].contract, invoices[share.item.key]) for share in candidate.shares]
    contract = keep_for or (uses[-1].contract if uses else None)
    if candidate.rest_yen and contract is not None:
        uses.append(Use(candidate.rest_yen, contract))
    return uses


def _learn_name(receipt: Receipt, contractor_ids: set[int]) -> None:
    """A name under which one contractor paid is known from now on; of several nobody knows whose it is."""
    name = normalised(receipt.payer_name)
    if name and len(contractor_ids) == 1:
        PayerName.objects.get_or_create(
            organisation_id=contractor_ids.pop(), name=name, defaults={"registered": False, "told_at": clock.now()}
        )
