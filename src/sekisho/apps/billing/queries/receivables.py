"""What is open, whose it is, and how late: for matching, dunning and the lists. The ledger says what is open."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope
from sekisho.terms.arrears import Payment

from ..debts import Age, Debt, aged
from ..models import Account, Allocation, AllocationKind, ChargeKind, Invoice, InvoiceLine, OpenAmount, Posting

LIST_ROWS_MAX = 500
_COLUMNS = ("pk", "contract_id", "number", "invoiced_on", "due_on", "total_yen")


def open_debts(scope: Scope, contract_ids: Iterable[int] | None = None) -> list[Debt]:
    """Every invoice on which something is open, the oldest due date first."""
    rows = owing(scope)
    if contract_ids is not None:
        rows = rows.filter(contract_id__within=set(contract_ids))
    return _debts(scope, dict(rows.values_list("invoice_id", "yen")))


class OpenTotals(NamedTuple):
    """All that is open, and what of it is late; yen and invoices."""

    open_yen: int
    open_count: int
    late_yen: int
    late_count: int


def open_totals(scope: Scope, on: dt.date) -> OpenTotals:
    """The sums of ``open_debts`` on a day, added up by the database."""
    late = Q(due_on__lt=on)
    sums = owing(scope).aggregate(
        open_yen=Coalesce(Sum("yen"), 0),
        open_count=Count("pk"),
        late_yen=Coalesce(Sum("yen", filter=late), 0),
        late_count=Count("pk", filter=late),
    )
    return OpenTotals(**sums)


def debt_of(scope: Scope, invoice: Invoice) -> Debt:
    """One invoice as a debt, be it paid or not."""
    rows = scope.admit(Posting.objects.filter(account=Account.RECEIVABLE, invoice=invoice))
    return _debts(scope, {invoice.pk: rows.aggregate(total=Sum("yen"))["total"] or 0})[0]


def overdue_debts(scope: Scope, on: dt.date, contract_ids: Iterable[int] | None = None) -> dict[int, list[Debt]]:
    """Contract -> its debts that are late on a day, the oldest first."""
    found: dict[int, list[Debt]] = defaultdict(list)
    for debt in open_debts(scope, contract_ids):
        if debt.days_late(on):
            found[debt.contract_id].append(debt)
    return dict(found)


def living_allocations(scope: Scope) -> QuerySet[Allocation]:
    """Allocations that count: neither taken back nor taking back."""
    return scope.admit(Allocation.objects.filter(reverses=None, reversed_by=None))


def owing(scope: Scope) -> QuerySet[OpenAmount]:
    """What is open on each invoice on which something is."""
    return scope.admit(OpenAmount.objects.filter(yen__gt=0))


def _debts(scope: Scope, open_yen: dict[int, int]) -> list[Debt]:
    ids = set(open_yen)
    payments, interest = _payments(scope, ids), _interest_lines(scope, ids)
    debts = []
    rows = scope.admit(Invoice.objects.filter(pk__within=ids)).order_by("due_on", "serial")
    for key, contract_id, number, dated, due_on, yen in rows.values_list(*_COLUMNS):
        paid = tuple(payments[key])
        debts.append(
            Debt(
                key=key,
                contract_id=contract_id,
                number=number,
                dated=dated,
                due_on=due_on,
                yen=yen,
                interest_yen=interest.get(key, 0),
                # Whatever else took from the invoice: given up, set off, cancelled. It is owed no longer.
                waived_yen=yen - sum(part.amount for part in paid) - open_yen[key],
                payments=paid,
            )
        )
    return debts


def _payments(scope: Scope, invoice_ids: set[int]) -> dict[int, list[Payment]]:
    rows = living_allocations(scope).filter(kind=AllocationKind.INVOICE, invoice_id__within=invoice_ids)
    found: dict[int, list[Payment]] = defaultdict(list)
    for invoice_id, on, yen in rows.order_by("paid_on", "id").values_list("invoice_id", "paid_on", "yen"):
        found[invoice_id].append(Payment(on, yen))
    return found


def _interest_lines(scope: Scope, invoice_ids: set[int]) -> dict[int, int]:
    rows = scope.admit(InvoiceLine.objects.filter(invoice_id__within=invoice_ids, kind=ChargeKind.INTEREST))
    return dict(rows.values("invoice_id").annotate(total=Sum("yen")).values_list("invoice_id", "total").order_by())


@dataclass(frozen=True, slots=True)
class AgingRow:
    """One contract of the aging list; yen by age and together."""

    contract: Contract
    ages: dict[Age, int]
    open_yen: int
    oldest_due_on: dt.date


def aging(scope: Scope, on: dt.date, limit: int = LIST_ROWS_MAX) -> list[AgingRow]:
    """Contracts that owe something on a day, what is longest overdue first."""
    by_contract: dict[int, list[Debt]] = defaultdict(list)
    for debt in open_debts(scope, _longest_owing(scope, limit)):
        by_contract[debt.contract_id].append(debt)
    contracts = scope.admit(Contract.objects.filter(pk__within=set(by_contract)).select_related("contractor"), "pk")
    rows = [
        AgingRow(
            contract=contract,
            ages=aged(by_contract[contract.pk], on),
            open_yen=sum(debt.open_yen for debt in by_contract[contract.pk]),
            oldest_due_on=min(debt.due_on for debt in by_contract[contract.pk]),
        )
        for contract in contracts
    ]
    return sorted(rows, key=lambda row: (row.oldest_due_on, -row.open_yen, row.contract.number))


def _longest_owing(scope: Scope, limit: int) -> list[int]:
    """Contracts that owe something, by the oldest due date and then by how much: what ``aging`` shows."""
    rows = owing(scope).values("contract_id").annotate(oldest=Min("due_on"), total=Sum("yen"))
    longest = rows.order_by("oldest", "-total", "contract__number")
    return list(longest.values_list("contract_id", flat=True)[:limit])


def deposit_of(scope: Scope, contract_id: int) -> int:
    """What the contractor has with us that no invoice has taken, in yen."""
    rows = scope.admit(Posting.objects.filter(contract_id=contract_id, account=Account.DEPOSIT))
    return -(rows.aggregate(total=Sum("yen"))["total"] or 0)


def interest_charged(scope: Scope, invoice: Invoice) -> int:
    """The late interest in yen that payments of this invoice have cost so far, less what was given back of it."""
    key = Q(key__startswith=interest_key(invoice.number, None))
    charged = scope.admit(invoice.contract.charges.filter(key)).aggregate(total=Sum("yen"))["total"] or 0
    given_back = scope.admit(invoice.contract.credits.filter(key)).aggregate(total=Sum("yen"))["total"] or 0
    return charged - given_back


def interest_turns(scope: Scope, invoice: Invoice) -> int:
    """How often interest on this invoice was charged or given back."""
    key = Q(key__startswith=interest_key(invoice.number, None))
    charged = scope.admit(invoice.contract.charges.filter(key)).count()
    return charged + scope.admit(invoice.contract.credits.filter(key)).count()


def interest_key(invoice_number: str, turn: int | None) -> str:
    """The key of the interest on an invoice: the first time, and again after a payment was taken back."""
    return f"interest:{invoice_number}:{'' if turn is None else turn}"
