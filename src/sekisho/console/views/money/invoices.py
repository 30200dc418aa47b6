"""Invoices of every contract: found by day, amount and counterparty; one with its papers; cancelled and reissued."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.billing.actions.invoices import cancel_invoice, reissue_invoice
from sekisho.apps.billing.actions.receipts_asked import ask_receipts
from sekisho.apps.billing.models import Invoice
from sekisho.apps.billing.queries.invoices import invoice_by_number
from sekisho.apps.billing.queries.lists import whole_invoice
from sekisho.apps.billing.queries.receivables import debt_of, living_allocations
from sekisho.apps.documents import queries as documents
from sekisho.apps.documents.models import DocumentKind
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ...acting import Ask, Consequences, Tile, asked, posted, trial
from ...entering import enters_with
from ...forms import fields
from .. import asked as request_asked
from .. import ranges
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
        dated_from=ranges.day(request, "from"),
        dated_to=ranges.day(request, "until"),
        yen_from=request_asked.whole_number(request.GET.get("least")),
        yen_to=request_asked.whole_number(request.GET.get("most")),
        counterparty=request.GET.get("counterparty", "")[: request_asked.SEARCH_CHARACTERS_MAX],
        after=ranges.after(request),
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


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("billing.approve")
def cancel(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """The invoice counts no longer; what it charged can be billed again."""
    found = _or_404(request, invoice_number)
    form = fields.ReasonForm(posted(request))

    def act() -> object:
        return cancel_invoice(request.user, invoice=found, reason=form.cleaned_data["reason"])

    def consequences() -> Consequences:
        _cancelled, refusals = trial(act)
        return Consequences(
            tiles=(
                Tile(_("No longer owed, with tax"), yen=found.total_yen),
                Tile(_("Can be billed again"), text=str(found.billed_charges.count()), beside=_("charges")),
            ),
            notes=(_("The invoice and its number stay in the books as cancelled; a corrected one refers to it."),),
            refusals=refusals,
        )

    done = _("The invoice is cancelled. What it charged can be billed again.")
    return asked(request, _ask(found, _("Cancel the invoice"), _("Cancel it"), done, form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("billing.approve")
def reissue(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """The corrected invoice, as it would be issued today."""
    found = _or_404(request, invoice_number)
    form = fields.Nothing(posted(request))

    def act() -> Invoice | None:
        return reissue_invoice(request.user, invoice=found)

    def consequences() -> Consequences:
        made, refusals = trial(act)
        if made is None:
            return Consequences(notes=(_("Nothing is left to invoice."),), refusals=refusals)
        was = _("instead of %(amount)s yen") % {"amount": f"{found.total_yen:,}"}
        return Consequences(
            tiles=(
                Tile(_("Amount with tax"), yen=made.total_yen, beside=was),
                Tile(_("Due"), day=made.due_on),
            ),
            notes=(_("It gets the next number and today's date, and refers to the cancelled one."),),
        )

    done = _("The corrected invoice is issued and refers to this one.")
    return asked(request, _ask(found, _("Issue the corrected invoice"), _("Issue it"), done, form, consequences, act))


@require_POST
@enters_with("billing.manage")
def ask_receipt(request: HttpRequest, invoice_number: str) -> HttpResponse:
    """領収書 of what was paid on it; the paper is there within a minute."""
    found = _or_404(request, invoice_number)
    return acted(
        request,
        lambda: ask_receipts(request.user, invoice=found),
        _("The receipt is being made; it is among the papers within a minute."),
        "console:invoice",
        invoice_number,
    )


def _ask(found: Invoice, title: str, button: str, done: str, form: Any, consequences: Any, act: Any) -> Ask:
    return Ask(
        title=title,
        button=button,
        done=done,
        place="money",
        back=reverse("console:invoice", args=[found.number]),
        about=found.number,
        form=form,
        consequences=consequences,
        act=act,
    )


def _or_404(request: HttpRequest, number: str) -> Invoice:
    found = invoice_by_number(request.scope, number)
    if found is None:
        raise Http404
    return found
