"""Reading groups, incidents, clocks and proposals. Every query starts from the scope of who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Count, Max, Min, Q

from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import Notice
from sekisho.apps.scope import Scope

from ..models import (
    Clock,
    CountermeasureProposal,
    EventGroup,
    GroupState,
    IncidentState,
    Level,
    LevelDetermination,
    SecurityEvent,
    SecurityIncident,
)

PAGE_ROWS = 50
EVENTS_SHOWN_MAX = 200
HOST_WINDOW_HOURS = 24
PRECEDENTS_MAX = 20
HOST_GROUPS_MAX = 12


def subject_of(incident: SecurityIncident) -> str:
    """How notices and audit rows name the incident."""
    return f"incident:{incident.number}"


def triage_queue(
    scope: Scope,
    *,
    state: str = GroupState.OPEN,
    contract_id: int | None = None,
    search: str = "",
    after: EventGroup | None = None,
    limit: int = PAGE_ROWS,
) -> list[EventGroup]:
    """Groups in one state, the highest score first; ``after`` is the last row of the page before.

    ``search`` is a part of the rule's title, or a whole address, rule or device.
    """
    rows = scope.admit(EventGroup.objects.select_related("contract__contractor", "incident").filter(state=state))
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    if search:
        exactly = Q(internal=search) | Q(external=search) | Q(rule_id=search) | Q(device=search)
        rows = rows.filter(exactly | Q(rule_title__icontains=search))
    if after is not None:
        rows = rows.filter(Q(score__lt=after.score) | Q(score=after.score, id__lt=after.pk))
    return list(rows.order_by("-score", "-id")[:limit])


def group_by_id(scope: Scope, group_id: int) -> EventGroup | None:
    rows = EventGroup.objects.select_related("contract__contractor", "incident").filter(pk=group_id)
    return scope.admit(rows).first()


def events_of(scope: Scope, group: EventGroup, limit: int = EVENTS_SHOWN_MAX) -> list[SecurityEvent]:
    """The latest events of a group, newest first."""
    return list(scope.admit(SecurityEvent.objects.filter(group=group)).order_by("-time", "-id")[:limit])


def sample_events(scope: Scope, group: EventGroup) -> list[SecurityEvent]:
    """The few events that stand for a group: its first ones."""
    return list(scope.admit(SecurityEvent.objects.filter(key__in=group.samples)).order_by("time", "id"))


def evidence_of(scope: Scope, incident: SecurityIncident, limit: int = EVENTS_SHOWN_MAX) -> list[SecurityEvent]:
    """Events of all groups of an incident, oldest first."""
    rows = scope.admit(SecurityEvent.objects.filter(group__incident=incident))
    return list(rows.order_by("time", "id")[:limit])


def groups_of_host(scope: Scope, group: EventGroup) -> list[EventGroup]:
    """The gravest other groups of the same internal host within a day of this one: its context."""
    if not group.internal:
        return []
    since = group.last_at - dt.timedelta(hours=HOST_WINDOW_HOURS)
    rows = EventGroup.objects.filter(contract_id=group.contract_id, internal=group.internal, last_at__gte=since)
    return list(scope.admit(rows).exclude(pk=group.pk).order_by("-score", "-last_at")[:HOST_GROUPS_MAX])


def precedents_of(scope: Scope, group: EventGroup) -> list[EventGroup]:
    """How groups of the same rule under the same contract were decided before, latest first."""
    decided = EventGroup.objects.filter(contract_id=group.contract_id, rule_id=group.rule_id)
    decided = decided.exclude(state=GroupState.OPEN).exclude(pk=group.pk)
    return list(scope.admit(decided).select_related("incident").order_by("-last_at")[:PRECEDENTS_MAX])


def determined_groups(scope: Scope, limit: int = PAGE_ROWS) -> list[EventGroup]:
    """Groups that an analyst has judged, Low and Informational too (R033): what a contractor may read of events."""
    rows = scope.admit(EventGroup.objects.filter(state=GroupState.DETERMINED))
    return list(rows.select_related("incident").order_by("-last_at")[:limit])


def incidents_of(
    scope: Scope,
    *,
    states: Collection[str] = (),
    levels: Collection[str] = (),
    contract_id: int | None = None,
    after: SecurityIncident | None = None,
    limit: int = PAGE_ROWS,
) -> list[SecurityIncident]:
    """Incidents, newest first; empty filters mean all. ``after`` is the last row of the page before."""
    rows = scope.admit(SecurityIncident.objects.select_related("contract__contractor"))
    if states:
        rows = rows.filter(state__in=states)
    if levels:
        rows = rows.filter(level__in=levels)
    if contract_id is not None:
        rows = rows.filter(contract_id=contract_id)
    if after is not None:
        rows = rows.filter(id__lt=after.pk)
    return list(rows.order_by("-id")[:limit])


def incident_counts(scope: Scope) -> dict[str, int]:
    """Incidents in each state, and "total"."""
    rows = scope.admit(SecurityIncident.objects.all()).values_list("state").annotate(n=Count("pk"))
    counts = dict.fromkeys(IncidentState.values, 0) | dict(rows)
    return {**counts, "total": sum(counts.values())}


def incident_by_number(scope: Scope, number: str) -> SecurityIncident | None:
    rows = SecurityIncident.objects.select_related("contract__contractor").filter(number=number)
    return scope.admit(rows).first()


def groups_of(scope: Scope, incident: SecurityIncident) -> list[EventGroup]:
    return list(scope.admit(EventGroup.objects.filter(incident=incident)).order_by("first_at"))


def determinations_of(scope: Scope, incident: SecurityIncident) -> list[LevelDetermination]:
    """In the order they were made."""
    rows = scope.admit(LevelDetermination.objects.filter(incident=incident))
    return list(rows.select_related("by__organisation").order_by("at", "id"))


def proposals_of(scope: Scope, incident: SecurityIncident) -> list[CountermeasureProposal]:
    rows = scope.admit(CountermeasureProposal.objects.filter(incident=incident))
    return list(rows.select_related("proposed_by", "answered_by").order_by("id"))


def proposal_by_id(scope: Scope, proposal_id: int) -> CountermeasureProposal | None:
    rows = CountermeasureProposal.objects.select_related("incident", "contract").filter(pk=proposal_id)
    return scope.admit(rows).first()


def clocks_of(scope: Scope, incident: SecurityIncident) -> list[Clock]:
    return list(scope.admit(Clock.objects.filter(incident=incident)).order_by("started_at", "id"))


def running_clocks(scope: Scope) -> list[Clock]:
    """Clocks without a verdict, the next to be due first."""
    rows = scope.admit(Clock.objects.select_related("incident__contract__contractor").filter(verdict=None))
    return list(rows.order_by("due_at", "id"))


def latest_verdicts(scope: Scope, limit: int = PAGE_ROWS) -> list[Clock]:
    rows = scope.admit(Clock.objects.select_related("incident__contract").exclude(verdict=None))
    return list(rows.order_by("-judged_at", "-id")[:limit])


def calls_to_make(scope: Scope) -> list[tuple[Notice, SecurityIncident]]:
    """The carrier desk's telephone tasks, oldest first, each with its incident."""
    tasks = notices.calls_to_make(scope)
    numbers = {task.subject_of.partition(":")[2] for task in tasks}
    rows = scope.admit(SecurityIncident.objects.select_related("contract__contractor").filter(number__in=numbers))
    incidents = {incident.number: incident for incident in rows}
    found = ((task, incidents.get(task.subject_of.partition(":")[2])) for task in tasks)
    return [(task, incident) for task, incident in found if incident is not None]


def queue_numbers(scope: Scope) -> dict[str, object]:
    """How the queue stands: groups open, the oldest one's receipt, groups proposed High, clocks running."""
    rows = scope.admit(EventGroup.objects.filter(state=GroupState.OPEN))
    numbers = rows.aggregate(
        open=Count("pk"), high=Count("pk", filter=Q(proposed_level=Level.HIGH)), oldest_at=Min("received_at")
    )
    clocks = scope.admit(Clock.objects.filter(verdict=None))
    return {**numbers, "clocks": clocks.count(), "next_due_at": clocks.aggregate(at=Min("due_at"))["at"]}


def latest_event_at(scope: Scope) -> dt.datetime | None:
    """When the newest event happened, by its log."""
    return scope.admit(SecurityEvent.objects.all()).aggregate(at=Max("time"))["at"]
