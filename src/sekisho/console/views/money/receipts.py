"""What came in: a bank's file read, each receipt with who may have paid it and why; a person confirms or takes back."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.billing.actions.correcting import dismiss_line, receive_repeated
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation, uses_of
from sekisho.apps.billing.actions.receiving import enter_receipt, import_bank_file
from sekisho.apps.billing.matching import Candidate
from sekisho.apps.billing.models import Allocation, Receipt, ReceiptFile, ReceiptFileLine
from sekisho.apps.billing.queries.lists import numbers_of_contracts
from sekisho.apps.billing.queries.receipts import (
    candidates_for,
    lines_to_look_at,
    receipt_by_number,
    receipt_files,
    rest_of,
    unmatched,
)
from sekisho.apps.billing.queries.receivables import living_allocations
from sekisho.apps.contracts.queries import contract_by_id, contract_by_number
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ...entering import enters_with
from .. import asked
from .answering import acted

FILE_BYTES_MAX = 20_000_000


@require_safe
@enters_with("receipts.import")
def receipts(request: HttpRequest) -> HttpResponse:
    """Files, what could not be read and why, and the receipts that pay for nothing yet."""
    page = {
        "place": "money",
        "files": receipt_files(12),
        "lines": lines_to_look_at()[:100],
        "receipts": unmatched(),
        "today": tokyo_date(clock.now()),
    }
    return render(request, "console/receipts.html", page)


@require_POST
@enters_with("receipts.import")
def import_file(request: HttpRequest) -> HttpResponse:
    """A notice of transfers or a statement in a Zengin format. The same file again changes nothing."""
    sent = request.FILES.get("file")
    if sent is None or sent.size > FILE_BYTES_MAX:
        messages.error(request, _("Choose the bank's file, at most 20 MB."))
        return redirect("console:receipts")
    try:
        taken = import_bank_file(request.user, name=sent.name[:200], content=sent.read())
        messages.success(request, _said_of(taken))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect("console:receipts")


@require_POST
@enters_with("receipts.import")
def enter(request: HttpRequest) -> HttpResponse:
    """A payment that no file tells of."""
    paid_on, yen = _day(request.POST.get("paid_on", "")), asked.whole_number(request.POST.get("yen"))
    if paid_on is None or not yen:
        messages.error(request, _("Write the day and the amount in yen."))
        return redirect("console:receipts")
    return acted(
        request,
        lambda: enter_receipt(
            request.user,
            paid_on=paid_on,
            yen=yen,
            payer_name=asked.text(request, "payer_name"),
            text=asked.text(request, "text"),
        ),
        _("The payment is recorded."),
        "console:receipts",
    )


@require_safe
@enters_with("receipts.match")
def receipt(request: HttpRequest, receipt_number: str) -> HttpResponse:
    """One receipt: what is left of it, who may have paid it, what it was used for."""
    found = _or_404(receipt_number)
    candidates = candidates_for(request.scope, found) if rest_of(found) else []
    page = {
        "place": "money",
        "receipt": found,
        "rest_yen": rest_of(found),
        "candidates": _told(candidates, numbers_of_contracts(request.scope, candidates)),
        "allocations": living_allocations(request.scope).filter(receipt=found).select_related("invoice", "contract"),
    }
    return render(request, "console/receipt.html", page)


@require_POST
@enters_with("receipts.match")
def confirm(request: HttpRequest, receipt_number: str) -> HttpResponse:
    """Use the receipt as the chosen candidate says. A candidate that has changed meanwhile is refused."""
    found, place = _or_404(receipt_number), asked.whole_number(request.POST.get("candidate"))
    candidates = candidates_for(request.scope, found)
    if place is None or place >= len(candidates) or request.POST.get("seen") != _seen(candidates[place]):
        messages.warning(request, _("The proposals have changed meanwhile. Please look again."))
        return redirect("console:receipt", receipt_number)
    chosen = candidates[place]
    number = request.POST.get("keep_for", "")
    keep_for = contract_by_number(request.scope, number) if number else None
    if keep_for is None and chosen.shares:
        keep_for = contract_by_id(request.scope, chosen.shares[-1].item.contract_id)
    return acted(
        request,
        lambda: confirm_receipt(request.user, receipt=found, uses=uses_of(chosen, keep_for), candidate=chosen),
        _("The payment is matched."),
        "console:receipt",
        receipt_number,
    )


@require_POST
@enters_with("receipts.match")
def undo(request: HttpRequest, allocation_id: int) -> HttpResponse:
    allocation = living_allocations(request.scope).filter(pk=allocation_id).select_related("receipt").first()
    if allocation is None or allocation.receipt is None:
        raise Http404
    return _undone(request, allocation)


@require_POST
@enters_with("receipts.import")
def settle_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """A line that no machine could use: it is another payment after all, or it has been dealt with."""
    line = ReceiptFileLine.objects.filter(pk=line_id).first()
    if line is None:
        raise Http404
    if request.POST.get("what") == "receive":
        return acted(
            request,
            lambda: receive_repeated(request.user, line=line),
            _("It counts as a payment of its own."),
            "console:receipts",
        )
    return acted(
        request,
        lambda: dismiss_line(request.user, line=line, note=asked.text(request, "note")),
        _("The line is settled."),
        "console:receipts",
    )


def _undone(request: HttpRequest, allocation: Allocation) -> HttpResponse:
    return acted(
        request,
        lambda: undo_allocation(request.user, allocation=allocation, reason=asked.text(request, "reason")),
        _("Taken back: the payment is free again, the invoice open again."),
        "console:receipt",
        allocation.receipt.number,
    )


def _told(candidates: list[Candidate], numbers: dict[int, str]) -> list[dict[str, object]]:
    """Each candidate with what the form sends back and the contracts of its shares."""
    return [
        {
            "candidate": one,
            "seen": _seen(one),
            "shares": [(share, numbers.get(share.item.contract_id, "")) for share in one.shares],
        }
        for one in candidates
    ]


def _seen(candidate: Candidate) -> str:
    """What a person saw of a candidate: which debts, how much."""
    return ",".join(f"{share.item.key}:{share.yen}" for share in candidate.shares)


def _said_of(taken: ReceiptFile) -> str:
    counted = taken.lines.count()
    problems = taken.lines.exclude(code="").count()
    return _("%(name)s is taken in: %(lines)s records, %(problems)s to look at.") % {
        "name": taken.name,
        "lines": counted,
        "problems": problems,
    }


def _or_404(number: str) -> Receipt:
    found = receipt_by_number(number)
    if found is None:
        raise Http404
    return found


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
