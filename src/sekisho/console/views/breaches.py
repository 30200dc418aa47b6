"""The carrier's queue of missed service levels: claims on paper, whose fault each was, and undoing a wrong review."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.models import Breach
from sekisho.apps.refusals import Refused
from sekisho.terms.credit import Fault
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.moments import TOKYO

from ..entering import enters
from . import asked

SCAN_BYTES_MAX = 20_000_000


@require_safe
@enters
def breaches(request: HttpRequest) -> HttpResponse:
    _check_may(request)
    waiting = queries.breaches_to_review(request.scope)
    page = {
        "place": "breaches",
        "waiting": [
            (queries.standing_of(row), *hint)
            for row, hint in zip(waiting, queries.fault_hints(request.scope, waiting), strict=True)
        ],
        "rows": [queries.standing_of(row) for row in queries.breaches_of(request.scope)],
        "faults": [fault.value for fault in Fault],
        "grounds": GROUNDS[Catalogue.FORCE_MAJEURE].values(),
    }
    return render(request, "console/breaches.html", page)


@require_POST
@enters
def review(request: HttpRequest, breach_id: int) -> HttpResponse:
    breach, fault = _breach(request, breach_id), asked.choice(request, "fault", Fault)
    reason, ground = asked.text(request, "reason"), asked.text(request, "ground")
    return _done(
        request, lambda: actions.review_fault(request.user, breach=breach, fault=fault, reason=reason, ground=ground)
    )


@require_POST
@enters
def withdraw(request: HttpRequest, breach_id: int) -> HttpResponse:
    """``what`` is "review" or "claim"."""
    breach, reason = _breach(request, breach_id), asked.text(request, "reason")
    act = {"review": actions.withdraw_review, "claim": actions.withdraw_claim}.get(request.POST.get("what", ""))
    if act is None:
        raise Http404
    return _done(request, lambda: act(request.user, breach=breach, reason=reason))


@require_POST
@enters
def record_claim(request: HttpRequest, breach_id: int) -> HttpResponse:
    """A claim on paper: its arrival in Tokyo's time, and the paper itself if it was scanned."""
    breach, at = _breach(request, breach_id), _instant(request.POST.get("arrived_at", ""))
    sent = request.FILES.get("scan")
    if sent is not None and sent.size > SCAN_BYTES_MAX:
        messages.error(request, _("The scan may have at most 20 MB."))
        return redirect("console:breaches")
    words, scan = asked.text(request, "words"), sent.read() if sent else b""
    return _done(
        request,
        lambda: actions.record_claim(request.user, breach=breach, arrived_at=at, words=words, scan=scan),
    )


def _done(request: HttpRequest, act) -> HttpResponse:
    try:
        act()
        messages.success(request, _("It is done."))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect("console:breaches")


def _breach(request: HttpRequest, breach_id: int) -> Breach:
    _check_may(request)
    found = queries.breach_by_id(request.scope, breach_id)
    if found is None:
        raise Http404
    return found


def _check_may(request: HttpRequest) -> None:
    if not allowed(request.user, "breaches.review"):
        raise Http404


def _instant(text: str) -> dt.datetime:
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    return read if read.tzinfo else read.replace(tzinfo=TOKYO)
