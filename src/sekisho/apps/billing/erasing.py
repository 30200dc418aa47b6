"""What the books hold of people: emptied with the contract's party, or later, when tax law lets the books go.

The names that a contractor pays under, and what staff noted when it was late, serve no law: they go at once. Invoices,
receipts and what explains a posting are books and are kept for their years, for that purpose alone (Art. 38-5);
``let_go`` then empties them, whether or not their contract still runs. Amounts and dates stay. Called by jobs only.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import BooleanField, DateField, Func, Max, Model, Q
from django.db.models.functions import Cast

from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.actions.after_end import Done, Keeping, has_other, organisations_of, report_erased
from sekisho.apps.contracts.models import Contract, Erasure, ErasureCategory, ErasureReport
from sekisho.apps.tariff.actions import forget_customers
from sekisho.gateways import clock
from sekisho.terms.books import books_kept_until, books_over_before
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words

from .models import (
    Allocation,
    DunningLetter,
    GoodwillProposal,
    Invoice,
    InvoiceCancellation,
    JournalEntry,
    PayerName,
    Receipt,
    ReceiptFile,
    ReceiptFileLine,
    ReceiptReturn,
    SuspensionProposal,
)

PART = "billing"
CATEGORIES = frozenset({ErasureCategory.PARTY})
_NOTHING: dict[str, Any] = {"addressee": {}, "content": b"", "raw": b"", "told": {}}

BOOKS: tuple[tuple[type[Model], str, tuple[str, ...]], ...] = (
    (Invoice, "invoiced_on", ("addressee",)),
    (InvoiceCancellation, "cancelled_at", ("reason",)),
    (JournalEntry, "on", ("memo",)),
    (Receipt, "booked_on", ("payer_name", "payer_code", "payer_bank", "text")),
    (ReceiptReturn, "recorded_at", ("reason",)),
    (ReceiptFileLine, "file__imported_at", ("raw", "told", "note")),
    (ReceiptFile, "imported_at", ("name", "content")),
    (Allocation, "confirmed_at", ("reason",)),
    (GoodwillProposal, "proposed_at", ("reason",)),
)
"""Model, the date that its years of keeping count from, and the fields that may speak of people."""

_INVOICES, _RECEIPTS = Words("請求書の宛名", "invoices"), Words("入金の記録", "receipts")
_PAYERS = Words("振込依頼人名", "names of payers")
_BY_LAW = Words("帳簿書類の保存義務(税法・会社法)", "books and papers that tax and company law want kept")
_OTHER_CONTRACT = Words(
    "同じ契約者に、消去期限の到来していない別の契約があります。",
    "The same contractor has another contract whose day has not come.",
)


def erase(contract: Contract, category: ErasureCategory) -> Done:
    """Empty what no law wants kept; say until when the books stay. A repeat empties nothing more."""
    of_it = {"contract": contract}
    counts = {
        "billing.DunningLetter": DunningLetter.objects.filter(**of_it).exclude(note="").update(note=""),
        "billing.SuspensionProposal": SuspensionProposal.objects.filter(**of_it).exclude(reason="").update(reason=""),
        "billing.PayerName": 0,
    }
    kept = _books_kept(contract)
    for organisation in organisations_of(contract):
        if not has_other(organisation, contract, ErasureCategory.PARTY):
            counts["billing.PayerName"] += PayerName.objects.filter(organisation=organisation).delete()[0]
        elif PayerName.objects.filter(organisation=organisation).exists():
            kept.append(Keeping(_PAYERS, None, _OTHER_CONTRACT))
    return Done(counts, kept)


def erase_again() -> int:
    """Look once more at what was kept and whose reason may be gone; how many contracts have less now."""
    touched = 0
    for erasure, kept in _with_kept():
        done = erase(erasure.contract, ErasureCategory.PARTY)
        if len(done.kept) < kept or any(done.counts.values()):
            report_erased(SystemActor(PART), erasure=erasure, part=PART, counts=done.counts, kept=done.kept)
            touched += 1
    return touched


def let_go() -> dict[str, int]:
    """Empty the books whose years are over, and quotes as old; rows by "app.Model".

    By the database's own day, which refuses more: a clock that was set forward opens no books.
    """
    today = tokyo_date(clock.now())
    before = books_over_before(today)
    counts = {model._meta.label: _emptied(model, dated, fields, before) for model, dated, fields in BOOKS}
    counts["tariff.Quote"] = forget_customers(at_start_of(before))
    found = {model: rows for model, rows in counts.items() if rows}
    if found:
        details = {"before": before.isoformat(), "counts": found}
        record(SystemActor(PART), act="billing.let_go", object="books:over", details=details)
    return found


def _emptied(model: type[Model], dated: str, fields: tuple[str, ...], before: dt.date) -> int:
    nothing = {field: _NOTHING.get(field, "") for field in fields}
    limit = before if dated.endswith("on") else at_start_of(before)
    over = Func(Cast(dated, DateField()), function="sekisho_books_over", output_field=BooleanField())
    rows = model._default_manager.filter(~Q(**nothing), over, **{f"{dated}__lt": limit})
    return model._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True))).update(**nothing)


def _books_kept(contract: Contract) -> list[Keeping]:
    """The contract's invoices and receipts with the last day of their keeping, as long as that has not passed."""
    today = tokyo_date(clock.now())
    invoiced_on = Invoice.objects.filter(contract=contract).aggregate(last=Max("invoiced_on"))["last"]
    received = Receipt.objects.filter(allocations__contract=contract)
    booked_on = received.aggregate(last=Max("booked_on"))["last"]
    lasts = ((_INVOICES, invoiced_on), (_RECEIPTS, booked_on))
    kept = [Keeping(what, books_kept_until(last), _BY_LAW) for what, last in lasts if last]
    return [keeping for keeping in kept if keeping.until is not None and keeping.until >= today]


def _with_kept() -> list[tuple[Erasure, int]]:
    last = {report.erasure_id: report for report in ErasureReport.objects.filter(part=PART).order_by("id")}
    open_ones = {pk: len(report.kept) for pk, report in last.items() if report.kept}
    erasures = Erasure.objects.filter(pk__in=open_ones).select_related("contract").order_by("id")
    return [(erasure, open_ones[erasure.pk]) for erasure in erasures]
