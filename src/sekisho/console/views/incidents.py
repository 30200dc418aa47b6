"""Incidents: the list, one incident, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.contracts.queries import contacts_of
from sekisho.apps.incidents import actions, queries, story
from sekisho.apps.incidents.countermeasures import Draft
from sekisho.apps.incidents.models import IncidentState, Level, Performer, SecurityIncident, Urgency
from sekisho.apps.notices.models import CallResult
from sekisho.apps.notices.queries import call_about, notices_about
from sekisho.apps.refusals import Refused
from sekisho.terms.words import Words

from ..entering import enters
from . import asked

PROPOSAL_FIELDS = (
    ("recommendation", gettext_lazy("Recommendation")),
    ("reason", gettext_lazy("Reason")),
    ("impact", gettext_lazy("Effect")),
)


@require_safe
@enters
def incidents(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    before = request.GET.get("before")
    rows = queries.incidents_of(
        request.scope,
        states=[state] if state in IncidentState.values else (),
        contract_id=asked.contract_id(request),
        after=queries.incident_by_number(request.scope, before) if before else None,
        limit=queries.PAGE_ROWS + 1,
    )
    shown = rows[: queries.PAGE_ROWS]
    page = {
        "place": "incidents",
        "state": state,
        "incidents": shown,
        "counts": queries.incident_counts(request.scope),
        "first": bool(before),
        "following": shown[-1].number if len(rows) > len(shown) else "",
    }
    return render(request, "console/incidents.html", page)


@require_safe
@enters
def incident(request: HttpRequest, number: str) -> HttpResponse:
    found = asked.incident_or_404(request, number)
    return render(request, "console/incident.html", {"place": "incidents", **_told(request, found)})


@require_POST
@enters
def determine_again(request: HttpRequest, number: str) -> HttpResponse:
    found = asked.incident_or_404(request, number)
    level = asked.choice(request, "level", Level)

    def act() -> None:
        actions.determine_level(request.user, level=level, incident=found, note=asked.text(request, "note"))

    return _once(request, found, act, _("Your determination is recorded."))


@require_POST
@enters
def record_call(request: HttpRequest, number: str) -> HttpResponse:
    found = asked.incident_or_404(request, number)
    result = asked.choice(request, "result", CallResult)
    contact_id = asked.whole_number(request.POST.get("contact")) or 0

    def act() -> None:
        note = asked.text(request, "note")
        actions.record_call_attempt(request.user, incident=found, contact_id=contact_id, result=result, note=note)

    return _once(request, found, act, _("The call is recorded."))


@require_POST
@enters
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """One of the drafts that fit the kind of attack (``draft`` is its place), or the analyst's own words."""
    found = asked.incident_or_404(request, number)
    draft = _draft(request, found)

    def act() -> None:
        actions.propose_countermeasure(request.user, incident=found, draft=draft)

    return _once(request, found, act, _("The countermeasure is on the portal."))


@require_POST
@enters
def report_result(request: HttpRequest, proposal_id: int) -> HttpResponse:
    proposal = queries.proposal_by_id(request.scope, proposal_id)
    if proposal is None:
        raise Http404

    def act() -> None:
        actions.report_result(request.user, proposal=proposal, result=asked.text(request, "result"))

    return _acted(request, proposal.incident, act, _("The result is recorded."))


@require_POST
@enters
def close(request: HttpRequest, number: str) -> HttpResponse:
    found = asked.incident_or_404(request, number)

    def act() -> None:
        actions.close_incident(request.user, incident=found, note=asked.text(request, "note"))

    return _acted(request, found, act, _("The incident is closed."))


def _once(request: HttpRequest, found: SecurityIncident, act: Callable[[], None], done: str) -> HttpResponse:
    """A form that adds something names the state it was drawn in; sent again, it changes nothing."""
    if request.POST.get("once") != _state_of(request, found):
        messages.warning(request, _("The incident had changed meanwhile; nothing was added. Please look again."))
        return redirect("console:incident", found.number)
    return _acted(request, found, act, done)


def _acted(request: HttpRequest, found: SecurityIncident, act: Callable[[], None], done: str) -> HttpResponse:
    try:
        act()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
    return redirect("console:incident", found.number)


def _state_of(request: HttpRequest, found: SecurityIncident) -> str:
    """How much has been said about an incident: determinations, attempts, proposals."""
    scope = request.scope
    attempts = sum(
        len(n.attempts.all()) for n in notices_about(scope, queries.subject_of(found)) if n.channel == "phone"
    )
    return f"{len(queries.determinations_of(scope, found))}.{attempts}.{len(queries.proposals_of(scope, found))}"


def _draft(request: HttpRequest, found: SecurityIncident) -> Draft:
    place = asked.whole_number(request.POST.get("draft"))
    if place is not None:
        drafts = actions.drafts_for(found)
        if place >= len(drafts):
            raise Http404
        return drafts[place]
    words = {
        name: Words(asked.text(request, f"{name}_ja"), asked.text(request, f"{name}_en"))
        for name, _t in PROPOSAL_FIELDS
    }
    return Draft(
        target=asked.text(request, "target"),
        performer=asked.choice(request, "performer", Performer),
        urgency=asked.choice(request, "urgency", Urgency),
        **words,
    )


def _told(request: HttpRequest, found: SecurityIncident) -> dict[str, object]:
    scope = request.scope
    groups, proposals = queries.groups_of(scope, found), queries.proposals_of(scope, found)
    notices = notices_about(scope, queries.subject_of(found))
    clocks, determinations = queries.clocks_of(scope, found), queries.determinations_of(scope, found)
    proposed = {proposal.recommendation_ja for proposal in proposals}
    return {
        "incident": found,
        "groups": groups,
        "proposals": proposals,
        "proposal_fields": PROPOSAL_FIELDS,
        "drafts": [(n, d) for n, d in enumerate(actions.drafts_for(found)) if d.recommendation.ja not in proposed],
        "notices": notices,
        "clocks": clocks,
        "determinations": determinations,
        "events": queries.evidence_of(scope, found),
        "contacts": contacts_of(scope, found.contract),
        "call": call_about(scope, queries.subject_of(found)),
        "may_report": allowed(request.user, "countermeasures.report"),
        "once": _state_of(request, found),
        "happened": story.what_happened(found, groups),
        "stopped": story.is_it_stopped(found, groups, proposals),
        "act": story.what_must_i_do(found, proposals),
        "moments": story.moments(
            found, groups=groups, determinations=determinations, notices=notices, proposals=proposals, clocks=clocks
        ),
    }
