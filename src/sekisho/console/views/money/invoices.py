"""Invoices of every contract: found by day, amount and counterparty; one with its papers; cancelled and reissued."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.actions.invoices import cancel_invoice, reissue_invoice
from sekisho.apps.billing.models import Invoice
from sekisho.apps.billing.queries.invoices import invoice_by_number
from sekisho.apps.billing.queries.lists import whole_invoice
from sekisho.apps.billing.queries.receivables import debt_of, living_allocations
from sekisho.apps.documents import queries as documents
from sekisho.apps.documents.models import DocumentKind
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ...entering import enters_with
from .. import asked
from .answering import acted

PAGE_ROWS = 50


@require_safe
@enters_with("billing.view")
def papers(request: HttpRequest) -> HttpResponse:
    """Every kept paper by day, amount and counterparty, with ranges and together (the books law's three keys)."""
    kind = request.GET.get("kind", "")
    found = documents.find(
        request.scope,
        kind=kind if kind in DocumentKind.values else None,
        number=request.GET.get("number", "").strip() or None,
        dated_from=_day(request, "from"),
        dated_to=_day(request, "until"),
        yen_from=asked.whole_number(request.GET.get("least")),
        yen_to=asked.whole_number(request.GET.get("most")),
        counterparty=request.GET.get("counterparty", "")[: asked.SEARCH_CHARACTERS_MAX],
        after=_after(request),
        limit=PAGE_ROWS,
    )
    page = {
        "place": "money",
        "papers": found.documents,
        "kinds": DocumentKind.values,
        "kind": kind,
        "first": "before" in request.GET,
        "following": f"{found.after[0]}_{found.after[1]}" if found.after else "",
    }
    return render(request, "console/papers.html", page)


@require_safe
@enters_with("billing.view")
def paper(request: HttpRequest, position: int) -> HttpResponse:
    """The file as it was kept."""
    found = documents.document_at(request.scope, position)
    content = documents.content_of(request.scope, found) if found else None
    if found is None or content is None:
        raise Http404
    return HttpResponse(content, content_type=found.media_type)


@require_safe
@enters_with("billing.view")
def invoice(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """One invoice: every line with the debt behind it, its article and rule."""
    found = whole_invoice(request.scope, invoice_number)
    if found is None:
        raise Http404
    page = {
        "place": "money",
        "invoice": found,
        "lines": found.lines.select_related("charge", "credit"),
        "debt": debt_of(request.scope, found),
        "allocations": living_allocations(request.scope).filter(invoice=found).select_related("receipt"),
        "papers": documents.find(request.scope, number=found.number, contract_id=found.contract_id).documents,
        "cancelled": getattr(found, "cancellation", None),
        "replaced_by": getattr(found, "replaced_by", None),
        "today": tokyo_date(clock.now()),
        "may": allowed(request.user, "billing.approve"),
    }
    return render(request, "console/invoice.html", page)


@require_POST
@enters_with("billing.approve")
def cancel(request: HttpRequest, invoice_number: str) -> HttpResponse:
    found = _or_404(request, invoice_number)
    return acted(
        request,
        lambda: cancel_invoice(request.user, invoice=found, reason=asked.text(request, "reason")),
        _("The invoice is cancelled. What it charged can be billed again."),
        "console:invoice",
        invoice_number,
    )


@require_POST
@enters_with("billing.approve")
def reissue(request: HttpRequest, invoice_number: str) -> HttpResponse:
    found = _or_404(request, invoice_number)
    return acted(
        request,
        lambda: reissue_invoice(request.user, invoice=found),
        _("The corrected invoice is issued and refers to this one."),
        "console:invoice",
        invoice_number,
    )


def _or_404(request: HttpRequest, number: str) -> Invoice:
    found = invoice_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found


def _day(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _after(request: HttpRequest) -> tuple[dt.date, int] | None:
    on, _sep, position = request.GET.get("before", "").partition("_")
    try:
        return dt.date.fromisoformat(on), int(position)
    except ValueError:
        return None
