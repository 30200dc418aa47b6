"""The contractor's missed service levels: until when each can be claimed, the claim, and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts.queries.accounts import acted_under
from sekisho.apps.incidents import actions, queries
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from .entering import enters


@require_safe
@enters
def breaches(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    standings = [queries.standing_of(breach) for breach in queries.breaches_of(request.scope)]
    acted = acted_under(request.scope, (standing.breach.contract for standing in standings))
    page = {
        "place": "breaches",
        "rows": [(one, one.claimable(now), one.breach.contract_id in acted) for one in standings],
        "credits": queries.credits_of(request.scope),
        "may_claim": allowed(request.user, "breaches.claim"),
    }
    return render(request, "portal/breaches.html", page)


@require_POST
@enters
def claim(request: HttpRequest, breach_id: int) -> HttpResponse:
    breach = queries.breach_by_id(request.scope, breach_id)
    if breach is None:
        raise Http404
    try:
        actions.claim_credit(request.user, breach=breach, words=request.POST.get("words", ""))
        messages.success(request, _("Your claim has arrived and is kept as a document."))
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:breaches")
