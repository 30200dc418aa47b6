"""Who is late: the aging list, letters that wait for a person, and suspensions that are proposed."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.billing.actions.dunning import drop_letter, send_letter
from sekisho.apps.billing.actions.suspending import announce_suspension, decline_suspension
from sekisho.apps.billing.debts import Age
from sekisho.apps.billing.models import SuspensionProposal
from sekisho.apps.billing.queries.dunning import (
    letter_by_number,
    letters_to_decide,
    proposals_to_decide,
    suspensions_to_lift,
)
from sekisho.apps.billing.queries.receivables import aging
from sekisho.gateways import clock
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date

from ...entering import enters_with
from .. import asked
from .answering import acted

ROWS_MAX = 200


@require_safe
@enters_with("dunning.decide")
def arrears(request: HttpRequest) -> HttpResponse:
    today = tokyo_date(clock.now())
    rows = aging(request.scope, today, ROWS_MAX)
    page = {
        "place": "money",
        "rows": [(row, [row.ages.get(age, 0) for age in Age]) for row in rows],
        "letters": letters_to_decide(request.scope),
        "proposals": proposals_to_decide(request.scope),
        "to_lift": suspensions_to_lift(request.scope, today),
        "today": today,
    }
    return render(request, "console/arrears.html", page)


@require_POST
@enters_with("dunning.decide")
def decide_letter(request: HttpRequest, letter_number: str) -> HttpResponse:
    letter = letter_by_number(request.scope, letter_number)
    if letter is None:
        raise Http404
    if request.POST.get("what") == "send":
        return acted(
            request, lambda: send_letter(request.user, letter=letter), _("The letter is sent."), "console:arrears"
        )
    return acted(
        request,
        lambda: drop_letter(request.user, letter=letter, reason=asked.text(request, "reason")),
        _("The letter does not go out."),
        "console:arrears",
    )


@require_POST
@enters_with("dunning.decide")
def decide_suspension(request: HttpRequest, proposal_id: int) -> HttpResponse:
    proposal = _proposal_or_404(request, proposal_id)
    if request.POST.get("what") != "announce":
        return acted(
            request,
            lambda: decline_suspension(request.user, proposal=proposal, reason=asked.text(request, "reason")),
            _("The service goes on."),
            "console:arrears",
        )
    try:
        starts_at = at_start_of(dt.date.fromisoformat(request.POST.get("starts_on", "")))
    except ValueError:
        messages.error(request, _("Write the day on which the suspension begins."))
        return redirect("console:arrears")
    return acted(
        request,
        lambda: announce_suspension(
            request.user,
            proposal=proposal,
            starts_at=starts_at,
            reason=asked.text(request, "reason"),
            period=asked.text(request, "period"),
        ),
        _("The contractor is given notice. Taking the suspension on its day is another act."),
        "console:arrears",
    )


def _proposal_or_404(request: HttpRequest, proposal_id: int) -> SuspensionProposal:
    found = next((one for one in proposals_to_decide(request.scope) if one.pk == proposal_id), None)
    if found is None:
        raise Http404
    return found
