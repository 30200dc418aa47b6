"""Triage: the queue, one group, its look inside the row, and the two verbs: determine and set aside."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.models import GroupState, Level
from sekisho.apps.refusals import Refused

from ..entering import enters
from . import asked

PEEK_EVENTS = 3
SET_ASIDE_GROUPS_MAX = 200


@require_safe
@enters
def queue(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state") if request.GET.get("state") in GroupState.values else GroupState.OPEN
    search = request.GET.get("q", "").strip()[: asked.SEARCH_CHARACTERS_MAX]
    before = asked.whole_number(request.GET.get("before"))
    rows = queries.triage_queue(
        request.scope,
        state=state,
        contract_id=asked.contract_id(request),
        search=search,
        after=queries.group_by_id(request.scope, before) if before else None,
        limit=queries.PAGE_ROWS + 1,
    )
    shown = rows[: queries.PAGE_ROWS]
    page = {
        "place": "triage",
        "state": str(state),
        "search": search,
        "groups": shown,
        "numbers": queries.queue_numbers(request.scope),
        "first": bool(before),
        "following": shown[-1].pk if len(rows) > len(shown) else "",
    }
    return render(request, "console/triage.html", page)


@require_safe
@enters
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    found = asked.group_or_404(request, group_id)
    page = {
        "place": "triage",
        "group": found,
        "chosen": request.GET.get("level", ""),
        "events": queries.events_of(request.scope, found),
        "precedents": queries.precedents_of(request.scope, found),
        "same_host": queries.groups_of_host(request.scope, found),
    }
    return render(request, "console/group.html", page)


@require_safe
@enters
def peek(request: HttpRequest, group_id: int) -> HttpResponse:
    """Reasons and a few log lines, for the row itself."""
    found = asked.group_or_404(request, group_id)
    events = queries.events_of(request.scope, found, limit=PEEK_EVENTS)
    return render(request, "console/peek.html", {"group": found, "events": events})


@require_POST
@enters
def determine(request: HttpRequest, group_id: int) -> HttpResponse:
    """The act that starts a clock. Sent twice it happens once: the second time the group is no longer open."""
    found = asked.group_or_404(request, group_id)
    level = asked.choice(request, "level", Level)
    try:
        done = actions.determine_level(request.user, level=level, group=found, note=asked.text(request, "note"))
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
        return redirect("console:group", group_id)
    messages.success(request, _("Your determination is recorded."))
    if done.incident is not None:
        return redirect("console:incident", done.incident.number)
    return redirect("console:triage")


@require_POST
@enters
def set_aside(request: HttpRequest) -> HttpResponse:
    """The selected groups, each with the same reason; one that somebody else has decided meanwhile is left alone."""
    done = 0
    for chosen in request.POST.getlist("group")[:SET_ASIDE_GROUPS_MAX]:
        found = asked.group_or_404(request, asked.whole_number(chosen) or 0)
        try:
            actions.archive_group(request.user, group=found, note=asked.text(request, "note"))
            done += 1
        except Refused as refused:
            messages.error(request, asked.refusal(refused))
    if done:
        said = ngettext("%(n)d group was set aside.", "%(n)d groups were set aside.", done)
        messages.success(request, said % {"n": done})
    return redirect("console:triage")
