"""My invoices and payments, and the papers that are kept: found by date and amount, read and fetched."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.actions.receipts_asked import ask_receipts
from sekisho.apps.billing.debts import Debt
from sekisho.apps.billing.models import Invoice
from sekisho.apps.billing.queries.lists import InvoiceRanges, invoices_before, whole_invoice
from sekisho.apps.billing.queries.receivables import debt_of, open_debts
from sekisho.apps.contracts.queries import contract_by_number, contracts_of
from sekisho.apps.documents import queries as documents
from sekisho.apps.documents.models import DocumentKind
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from .entering import View, enters

PAGE_ROWS = 24
YEN_DIGITS_MAX = 12


def sees_money(view: View) -> View:
    """Without the permission there is nothing here."""

    def inside(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not allowed(request.user, "billing.view"):
            raise Http404
        return view(request, *args, **kwargs)

    return enters(inside)


@require_safe
@sees_money
def invoices(request: HttpRequest) -> HttpResponse:
    """The invoices of my contracts, the newest first, and what is open on each."""
    asked = _ranges(request)
    rows = invoices_before(request.scope, _number(request, "before"), PAGE_ROWS + 1, asked)
    shown = rows[:PAGE_ROWS]
    today = tokyo_date(clock.now())
    debts = {debt.key: debt for debt in open_debts(request.scope)}
    page = {
        "place": "invoices",
        "rows": [(invoice, debts.get(invoice.pk), _state(invoice, debts.get(invoice.pk), today)) for invoice in shown],
        "open": _open(debts, today),
        "narrowed": asked != InvoiceRanges(),
        "several": len(contracts_of(request.scope, 2)) > 1,
        "first": "before" in request.GET,
        "following": shown[-1].serial if len(rows) > len(shown) else "",
    }
    return render(request, "portal/invoices.html", page)


@require_safe
@sees_money
def invoice(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """One invoice with its lines, what was paid on it and what is open."""
    found = whole_invoice(request.scope, invoice_number)
    if found is None:
        raise Http404
    debt, today = debt_of(request.scope, found), tokyo_date(clock.now())
    papers = documents.find(request.scope, number=found.number, contract_id=found.contract_id).documents
    page = {
        "place": "invoices",
        "invoice": found,
        "lines": found.lines.all(),
        "debt": debt,
        "state": _state(found, debt, today),
        "papers": papers,
    }
    return render(request, "portal/invoice.html", page)


@require_POST
@sees_money
def ask_receipt(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """A receipt of every payment on the invoice; the paper is there within a minute."""
    found = whole_invoice(request.scope, invoice_number)
    if found is None:
        raise Http404
    try:
        ask_receipts(request.user, invoice=found)
        messages.success(request, _("The receipt is being made; it is among the papers within a minute."))
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:invoice", invoice_number)


@require_safe
@enters
def papers(request: HttpRequest) -> HttpResponse:
    """Every paper that is kept of my contracts, found by date and amount."""
    found = documents.find(
        request.scope,
        kind=_chosen_kind(request),
        dated_from=_day(request, "from"),
        dated_to=_day(request, "until"),
        yen_from=_number(request, "least"),
        yen_to=_number(request, "most"),
        current_only=True,
        after=_after(request),
        limit=PAGE_ROWS,
    )
    page = {
        "place": "papers",
        "papers": found.documents,
        "kinds": DocumentKind.choices,
        "kind": _chosen_kind(request),
        "first": "before" in request.GET,
        "following": f"{found.after[0]}_{found.after[1]}" if found.after else "",
    }
    return render(request, "portal/papers.html", page)


@require_safe
@enters
def paper(request: HttpRequest, position: int) -> HttpResponse:
    """The file itself, as it was kept."""
    found = documents.document_at(request.scope, position)
    content = documents.content_of(request.scope, found) if found else None
    if found is None or content is None:
        raise Http404
    answer = HttpResponse(content, content_type=found.media_type)
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(found.number)}.pdf"
    return answer


def _state(invoice: Invoice, debt: Debt | None, today: dt.date) -> str:
    """ "cancelled", "paid", "late" or "open"; a negative one is paid out by us: "credit"."""
    if getattr(invoice, "cancellation", None) is not None:
        return "cancelled"
    if invoice.total_yen < 0:
        return "credit"
    if debt is None or debt.open_yen <= 0:
        return "paid"
    return "late" if debt.days_late(today) else "open"


def _open(debts: dict[int, Debt], today: dt.date) -> dict[str, object]:
    late = [debt for debt in debts.values() if debt.days_late(today)]
    due = [debt.due_on for debt in debts.values() if not debt.days_late(today)]
    return {
        "yen": sum(debt.open_yen for debt in debts.values()),
        "late_yen": sum(debt.open_yen for debt in late),
        "next_due_on": min(due, default=None),
    }


def _ranges(request: HttpRequest) -> InvoiceRanges:
    number = request.GET.get("contract")
    contract = contract_by_number(request.scope, number) if number else None
    if number and contract is None:
        raise Http404
    return InvoiceRanges(
        contract_id=contract.pk if contract else None,
        invoiced_from=_day(request, "from"),
        invoiced_until=_day(request, "until"),
        yen_from=_number(request, "least"),
        yen_until=_number(request, "most"),
    )


def _day(request: HttpRequest, name: str) -> dt.date | None:
    """A day of the search form; what is no day narrows nothing and stays in its field."""
    try:
        return dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "").replace(",", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= YEN_DIGITS_MAX else None


def _after(request: HttpRequest) -> tuple[dt.date, int] | None:
    on, _, position = request.GET.get("before", "").partition("_")
    try:
        return dt.date.fromisoformat(on), int(position)
    except ValueError:
        return None


def _chosen_kind(request: HttpRequest) -> str | None:
    kind = request.GET.get("kind", "")
    return kind if kind in DocumentKind.values else None
