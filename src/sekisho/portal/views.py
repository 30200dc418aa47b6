"""The contractor's pages. A view reads the request, calls one action or asks queries, and renders."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts.queries import contract_by_number, contracts_of, entitlements_of, histories
from sekisho.apps.contracts.queries.accounts import may_act_under
from sekisho.apps.incidents import actions, queries, story
from sekisho.apps.incidents.models import Answer, IncidentState, SecurityIncident
from sekisho.apps.notices.queries import notices_about
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import Scope
from sekisho.gateways import clock

from .entering import enters

NOTE_CHARACTERS_MAX = 2_000


@require_safe
def first_page(request: HttpRequest) -> HttpResponse:
    """The address without a path: each person's own door."""
    if request.user.is_authenticated and allowed(request.user, "console.enter"):
        return redirect("console:overview")
    return incidents(request)


@enters
def incidents(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    rows = queries.incidents_of(
        request.scope,
        states=[state] if state in IncidentState.values else (),
        contract_id=_contract_id(request),
        after=_last_of_page_before(request),
        limit=queries.PAGE_ROWS + 1,
    )
    shown = rows[: queries.PAGE_ROWS]
    page = {
        "place": "incidents",
        "state": state,
        "incidents": shown,
        "counts": queries.incident_counts(request.scope),
        "monitored": _is_monitored(request.scope),
        "first": "before" in request.GET,
        "following": shown[-1].number if len(rows) > len(shown) else "",
    }
    return render(request, "portal/incidents.html", page)


@require_safe
@enters
def incident(request: HttpRequest, number: str) -> HttpResponse:
    found = queries.incident_by_number(request.scope, number)
    if found is None:
        raise Http404
    return render(request, "portal/incident.html", {"place": "incidents", **_told(request, found)})


@require_POST
@enters
def answer(request: HttpRequest, proposal_id: int) -> HttpResponse:
    proposal = queries.proposal_by_id(request.scope, proposal_id)
    said = request.POST.get("answer", "")
    if proposal is None or said not in Answer.values:
        raise Http404
    try:
        note = request.POST.get("note", "")[:NOTE_CHARACTERS_MAX]
        actions.answer_countermeasure(request.user, proposal=proposal, answer=Answer(said), note=note)
        messages.success(request, _("Thank you. Your answer has reached the security operations centre."))
    except Refused as refused:
        messages.error(request, refused.said(get_language() or "ja"))
    return redirect("portal:incident", proposal.incident.number)


def _told(request: HttpRequest, found: SecurityIncident) -> dict[str, object]:
    """One incident with everything its contractor may read about it."""
    scope = request.scope
    groups = queries.groups_of(scope, found)
    proposals = queries.proposals_of(scope, found)
    notices = notices_about(scope, queries.subject_of(found))
    clocks = queries.clocks_of(scope, found)
    determinations = queries.determinations_of(scope, found)
    return {
        "incident": found,
        "groups": groups,
        "proposals": proposals,
        "notices": notices,
        "clocks": clocks,
        "events": queries.evidence_of(scope, found),
        "happened": story.what_happened(found, groups),
        "stopped": story.is_it_stopped(found, groups, proposals),
        "act": story.what_must_i_do(found, proposals),
        "may_answer": allowed(request.user, "countermeasures.answer") and may_act_under(scope, found.contract),
        "moments": story.moments(
            found, groups=groups, determinations=determinations, notices=notices, proposals=proposals, clocks=clocks
        ),
    }


def _contract_id(request: HttpRequest) -> int | None:
    """The contract chosen in the header. One that the person may not see does not exist."""
    number = request.GET.get("contract")
    if not number:
        return None
    contract = contract_by_number(request.scope, number)
    if contract is None:
        raise Http404
    return contract.pk


def _is_monitored(scope: Scope) -> bool:
    """Whether anybody watches the logs of any contract of this person: only then may a page promise it."""
    now, told = clock.now(), histories(scope)
    known = (contract for contract in contracts_of(scope) if contract.pk in told)
    return any(entitlements_of(contract, now, told[contract.pk]).monitored for contract in known)


def _last_of_page_before(request: HttpRequest) -> SecurityIncident | None:
    number = request.GET.get("before")
    return queries.incident_by_number(request.scope, number) if number else None
