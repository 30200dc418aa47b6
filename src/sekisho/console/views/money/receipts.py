"""What came in: a bank's file read, each receipt with who may have paid it and why; a person confirms or takes back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.billing.actions.correcting import dismiss_line, receive_repeated
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation, uses_of
from sekisho.apps.billing.actions.receiving import enter_receipt, import_bank_file
from sekisho.apps.billing.matching import Candidate
from sekisho.apps.billing.models import Receipt, ReceiptFile, ReceiptFileLine
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
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import contract_by_id, contract_by_number
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ...acting import Ask, Consequences, Tile, asked, posted, trial
from ...entering import enters_with
from ...forms import fields
from ...forms.money import CounterForm, MatchForm
from .. import asked as request_asked
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
        messages.error(request, request_asked.refusal(refused))
    return redirect("console:receipts")


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("receipts.import")
def enter(request: HttpRequest) -> HttpResponse:
    """A payment that no file tells of."""
    form = CounterForm(posted(request))

    def act() -> object:
        return enter_receipt(request.user, **form.cleaned_data)

    def consequences() -> Consequences:
        _entered, refusals = trial(act)
        return Consequences(
            tiles=(
                Tile(_("Amount in yen"), yen=form.cleaned_data["yen"]),
                Tile(_("Paid on"), day=form.cleaned_data["paid_on"]),
            ),
            notes=(_("It is booked now and waits to be matched; such a payment is undone by a return alone."),),
            refusals=refusals,
        )

    return asked(
        request,
        Ask(
            title=_("A payment that no file tells of"),
            button=_("Record it"),
            done=_("The payment is recorded."),
            place="money",
            back=reverse("console:receipts"),
            about=_("Receipts"),
            form=form,
            consequences=consequences,
            act=act,
        ),
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


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("receipts.match")
def confirm(request: HttpRequest, receipt_number: str) -> HttpResponse:
    """Use the receipt as the chosen candidate says. A candidate that has changed meanwhile is refused."""
    found, form = _or_404(receipt_number), MatchForm(posted(request))
    candidates = candidates_for(request.scope, found)
    if not form.is_bound or not form.is_valid() or not _is_as_seen(form.cleaned_data, candidates):
        messages.warning(request, _("The proposals have changed meanwhile. Please look again."))
        return redirect("console:receipt", receipt_number)
    chosen = candidates[form.cleaned_data["candidate"]]
    keep_for = _keeper(request, form.cleaned_data["keep_for"], chosen)

    def act() -> object:
        return confirm_receipt(request.user, receipt=found, uses=uses_of(chosen, keep_for), candidate=chosen)

    def consequences() -> Consequences:
        _matched, refusals = trial(act)
        over = rest_of(found) - sum(share.yen for share in chosen.shares)
        tiles = [Tile(share.item.number, yen=share.yen, beside=_("is paid")) for share in chosen.shares]
        if over and keep_for:
            tiles.append(Tile(_("Kept for the contractor"), yen=over, beside=keep_for.number))
        return Consequences(tiles=tuple(tiles), refusals=refusals)

    back = reverse("console:receipt", args=[receipt_number])
    return asked(request, _ask(found, _("Match the payment"), _("Confirm it"), _MATCHED, back, form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("receipts.match")
def undo(request: HttpRequest, allocation_id: int) -> HttpResponse:
    """A payment is taken back from what it was used for."""
    allocation = living_allocations(request.scope).filter(pk=allocation_id).select_related("receipt", "invoice").first()
    if allocation is None or allocation.receipt is None:
        raise Http404
    found, form = allocation.receipt, fields.ReasonForm(posted(request))

    def act() -> object:
        return undo_allocation(request.user, allocation=allocation, reason=form.cleaned_data["reason"])

    def consequences() -> Consequences:
        _undone, refusals = trial(act)
        about = allocation.invoice.number if allocation.invoice else ""
        return Consequences(
            tiles=(Tile(_("Free again"), yen=allocation.yen, beside=about),),
            notes=(_("The invoice is open again, and late interest counts as if this had not been paid."),),
            refusals=refusals,
        )

    back = reverse("console:receipt", args=[found.number])
    return asked(
        request, _ask(found, _("Take the match back"), _("Take it back"), _UNDONE, back, form, consequences, act)
    )


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
        lambda: dismiss_line(request.user, line=line, note=request_asked.text(request, "note")),
        _("The line is settled."),
        "console:receipts",
    )


def _ask(found: Receipt, title: str, button: str, done: Any, back: str, form: Any, consequences: Any, act: Any) -> Ask:
    return Ask(
        title=title,
        button=button,
        done=done,
        place="money",
        back=back,
        about=f"{found.number} {found.payer_name}",
        form=form,
        consequences=consequences,
        act=act,
    )


def _is_as_seen(told: dict[str, Any], candidates: list[Candidate]) -> bool:
    place = told["candidate"]
    return place < len(candidates) and told["seen"] == _seen(candidates[place])


def _keeper(request: HttpRequest, number: str, chosen: Candidate) -> Contract | None:
    """The contract that keeps what is over: the one that was named, or that of the last share."""
    named = contract_by_number(request.scope, number) if number else None
    if named is None and chosen.shares:
        return contract_by_id(request.scope, chosen.shares[-1].item.contract_id)
    return named


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


_MATCHED = gettext_lazy("The payment is matched.")
_UNDONE = gettext_lazy("Taken back: the payment is free again, the invoice open again.")
