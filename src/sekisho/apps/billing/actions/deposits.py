"""What a contractor paid beyond its debts: kept for it, used for a later invoice, or paid back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current

from ..models import Allocation, AllocationKind, Invoice
from ..queries.receivables import deposit_of, living_allocations
from .allocating import Use, allocate, check_amount, check_open, given_reason, record_allocation, take_back, take_turns
from .interest import settle_interest


@transaction.atomic
def use_deposit(actor: Person, *, invoice: Invoice, yen: int) -> list[Allocation]:
    """Pay an invoice with what is kept for its contract, the oldest money first; it counts from the day it came."""
    require(actor, "receipts.match")
    kept = _kept(invoice.contract, yen)
    take_turns([allocation.receipt for allocation in kept], [invoice.contract_id])
    check_open(invoice, yen)
    used = list(_moved(actor, kept, yen, lambda part: Use(part, invoice.contract, invoice), invoice.number))
    settle_interest(actor, [invoice])
    return _recorded(actor, "use_deposit", used)


@transaction.atomic
def refund_deposit(actor: Person, *, contract: Contract, yen: int, reason: str) -> list[Allocation]:
    """Money that was kept for a contractor went back to it. A person has ordered the transfer, and says why."""
    require(actor, "receipts.refund")
    reason = given_reason(reason)
    kept = _kept(contract, yen)
    take_turns([allocation.receipt for allocation in kept], [contract.pk])
    refunded = list(_moved(actor, kept, yen, lambda part: Use(part, contract, paid_back=True), reason))
    return _recorded(actor, "refund_deposit", refunded)


def _kept(contract: Contract, yen: int) -> list[Allocation]:
    check_amount(yen)
    if yen > deposit_of(current(), contract.pk):
        raise Refused("deposit.too_little", "預り金が不足しています。", "This is more than is kept for the contractor.")
    rows = living_allocations(current()).filter(contract=contract, kind=AllocationKind.DEPOSIT)
    return list(rows.select_related("receipt", "contract").order_by("paid_on", "id"))


def _moved(
    actor: Person, kept: Iterable[Allocation], yen: int, use: Callable[[int], Use], reason: str
) -> Iterator[Allocation]:
    """Take kept money back one by one and use it anew; what is left of the last one is kept again."""
    left = yen
    for allocation in kept:
        if not left:
            return
        part = min(left, allocation.yen)
        take_back(actor, allocation, reason)
        yield allocate(actor, allocation.receipt, use(part), reason=reason)
        if allocation.yen > part:
            allocate(actor, allocation.receipt, Use(allocation.yen - part, allocation.contract), reason=reason)
        left -= part
    if left:
        raise Refused("deposit.too_little", "預り金が不足しています。", "This is more than is kept for the contractor.")


def _recorded(actor: Person, verb: str, allocations: list[Allocation]) -> list[Allocation]:
    for allocation in allocations:
        record_allocation(actor, verb, allocation)
    return allocations
