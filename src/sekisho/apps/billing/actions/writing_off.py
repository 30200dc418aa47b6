"""Giving up what will not be paid. Only a person does, never a threshold (Art. 28-1, register R114)."""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require

from ..models import Allocation, Invoice
from .allocating import give_up, given_reason, record_allocation, take_turns
from .interest import settle_interest


@transaction.atomic
def write_off(actor: Person, *, invoice: Invoice, yen: int, reason: str) -> Allocation:
    """Give up a part of what is open on an invoice, or all of it; ``matching.undo_allocation`` takes it back."""
    require(actor, "receivables.write_off")
    reason = given_reason(reason)
    take_turns([], [invoice.contract_id])
    allocation = give_up(actor, invoice, yen, reason)
    settle_interest(actor, [invoice])
    record_allocation(actor, "write_off", allocation)
    return allocation
