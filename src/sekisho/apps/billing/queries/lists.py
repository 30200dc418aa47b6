"""Invoices, charges and receipts in long lists: by ranges, from a key on, so that no page counts the rows before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..matching import Candidate
from ..models import Charge, Invoice, Receipt
from .receipts import with_rest


@dataclass(frozen=True, slots=True)
class InvoiceRanges:
    """What invoices to list; None: no limit on that side. Days and yen (of the whole invoice) are both included."""

    contract_id: int | None = None
    invoiced_from: dt.date | None = None
    invoiced_until: dt.date | None = None
    yen_from: int | None = None
    yen_until: int | None = None

    def conditions(self) -> dict[str, object]:
        asked = {
            "contract_id": self.contract_id,
            "invoiced_on__gte": self.invoiced_from,
            "invoiced_on__lte": self.invoiced_until,
            "total_yen__gte": self.yen_from,
            "total_yen__lte": self.yen_until,
        }
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ReceiptRanges:
    """What receipts to list, as ``InvoiceRanges``. ``unmatched``: only those that are not used up."""

    paid_from: dt.date | None = None
    paid_until: dt.date | None = None
    yen_from: int | None = None
    yen_until: int | None = None
    unmatched: bool = False

    def conditions(self) -> dict[str, object]:
        asked = {
            "paid_on__gte": self.paid_from,
            "paid_on__lte": self.paid_until,
            "yen__gte": self.yen_from,
            "yen__lte": self.yen_until,
            "rest_yen__gt": 0 if self.unmatched else None,
        }
        return {name: value for name, value in asked.items() if value is not None}


def invoices_before(scope: Scope, serial: int | None, limit: int, ranges: InvoiceRanges) -> list[Invoice]:
    """The next invoices in scope, the newest first; ``serial`` None: from the last one that was issued."""
    rows = _whole(scope).filter(**ranges.conditions())
    return list((rows if serial is None else rows.filter(serial__lt=serial)).order_by("-serial")[:limit])


def whole_invoice(scope: Scope, number: str) -> Invoice | None:
    """One invoice with everything that it is shown with."""
    return _whole(scope).filter(number=number).first()


def charges_after(scope: Scope, contract_id: int, key: int | None, limit: int) -> list[Charge]:
    """The next charges of a contract in the order in which they were recorded; ``key`` None: from the first."""
    rows = scope.admit(Charge.objects.filter(contract_id=contract_id)).select_related("billed__invoice")
    return list((rows if key is None else rows.filter(pk__gt=key)).order_by("pk")[:limit])


def receipts_before(key: int | None, limit: int, ranges: ReceiptRanges) -> list[Receipt]:
    """The next receipts, the newest first, each with ``rest_yen``. Only those who see all contracts see any."""
    rows = with_rest().filter(**ranges.conditions())
    return list((rows if key is None else rows.filter(pk__lt=key)).order_by("-pk")[:limit])


def receipt_with_rest(number: str) -> Receipt | None:
    return with_rest().filter(number=number).first()


def numbers_of_contracts(scope: Scope, candidates: Iterable[Candidate]) -> dict[int, str]:
    """The numbers of the contracts that candidates speak of, by the contracts' keys."""
    ids = {share.item.contract_id for candidate in candidates for share in candidate.shares}
    return dict(scope.admit(Contract.objects.filter(pk__within=ids), "pk").values_list("pk", "number"))


def _whole(scope: Scope) -> QuerySet[Invoice]:
    related = ("contract", "cancellation", "replaces", "replaced_by")
    return scope.admit(Invoice.objects.select_related(*related).prefetch_related("lines"))
