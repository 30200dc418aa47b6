"""What people do in the story, by the actions that their clicks would call. Needs Django.

The analyst and the desk operator are scripted; their determination, their call and their proposal
are checked, audited and timed like anybody's.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from sekisho.apps.accounts.models import Person
from sekisho.apps.contracts import queries as contracts
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.incidents import actions
from sekisho.apps.incidents import queries as incidents
from sekisho.apps.incidents.models import EventGroup, Level, SecurityEvent, SecurityIncident
from sekisho.apps.notices.models import CallResult
from sekisho.apps.scope import entered, system_scope
from sekisho.lake import Lake, LakeSettings

A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Cast:
    """Who plays: the partner's analyst, the carrier's desk, the contractor whose line is attacked."""

    analyst: str
    desk: str
    contractor: str
    contractor_password: str
    contract: str


def cast() -> Cast:
    """From the demonstration's seed; KeyError or FileNotFoundError when this database has none."""
    people = json.loads((Path(os.environ["SEKISHO_VAR"]) / "demo-people.json").read_text())["people"]
    by_part = {person["part"]: person for person in people}
    contractor = by_part["story_contractor"]
    return Cast(
        analyst=by_part["analyst"]["email"],
        desk=by_part["desk"]["email"],
        contractor=contractor["email"],
        contractor_password=contractor["password"],
        contract=contractor["contract"],
    )


@dataclass(frozen=True)
class Detected:
    """The group that matters and its first event since the attack began."""

    group_id: int
    title: str
    score: float
    proposed_level: str
    reasons: list[dict]
    factors: list[dict]
    first_recorded_at: dt.datetime


def first_event_recorded_at(contract: str, since: dt.datetime) -> dt.datetime | None:
    """When the first event of the attack became a row, or None so far."""
    with entered(system_scope("story")):
        rows = SecurityEvent.objects.filter(contract__number=contract, recorded_at__gte=since)
        return rows.order_by("recorded_at").values_list("recorded_at", flat=True).first()


def gravest_group(contract: str, since: dt.datetime) -> Detected | None:
    """The open group with evidence of success that triage proposes as High, once there is one."""
    with entered(system_scope("story")):
        rows = EventGroup.objects.filter(
            contract__number=contract, received_at__gte=since, state="open", proposed_level=Level.HIGH, success=True
        )
        group = rows.order_by("-score").first()
        if group is None:
            return None
        first = group.events.order_by("recorded_at").values_list("recorded_at", flat=True).first()
        return Detected(
            group.pk,
            group.rule_title,
            group.score,
            group.proposed_level,
            group.proposed_reasons,
            group.factors,
            first or group.received_at,
        )


@dataclass(frozen=True)
class Opened:
    number: str
    determined_at: dt.datetime
    due_at: dt.datetime


def determine_high(cast: Cast, group_id: int, note: str) -> Opened:
    """The analyst's judgement: the act that opens the incident and starts the clock."""
    analyst = Person.objects.get(email=cast.analyst)
    with entered(scope_of(analyst)) as scope:
        group = incidents.group_by_id(scope, group_id)
        done = actions.determine_level(analyst, level=Level.HIGH, group=group, note=note)
    assert done.incident is not None  # noqa: S101  High always opens one
    assert done.clock is not None  # noqa: S101
    return Opened(done.incident.number, done.determination.at, done.clock.due_at)


def close_earlier(cast: Cast) -> int:
    """The analyst closes what an earlier telling left open, so that this attack is news again; how many."""
    analyst = Person.objects.get(email=cast.analyst)
    with entered(scope_of(analyst)) as scope:
        still_open = incidents.incidents_of(scope, states=("with_soc", "with_contractor"))
        mine = [incident for incident in still_open if incident.contract.number == cast.contract]
        for incident in mine:
            actions.close_incident(analyst, incident=incident, note="前回の実演を終了。 The earlier telling is over.")
    return len(mine)


def join_rest(cast: Cast, number: str, since: dt.datetime) -> int:
    """The analyst puts the other groups of the same attack into the incident; how many."""
    analyst = Person.objects.get(email=cast.analyst)
    joined = 0
    with entered(scope_of(analyst)) as scope:
        incident = incidents.incident_by_number(scope, number)
        for group in incidents.triage_queue(scope):
            if group.contract.number == cast.contract and group.received_at >= since:
                actions.determine_level(analyst, level=Level.HIGH, group=group, incident=incident)
                joined += 1
    return joined


def call_first_contact(cast: Cast, number: str) -> str:
    """The desk dials the first contact, who answers; the contact's name."""
    operator = Person.objects.get(email=cast.desk)
    with entered(scope_of(operator)) as scope:
        incident = incidents.incident_by_number(scope, number)
        contact = next(c for c in contracts.contacts_of(scope, incident.contract) if c.phone)
        actions.record_call_attempt(operator, incident=incident, contact_id=contact.pk, result=CallResult.ANSWERED)
        return contact.name


def propose(cast: Cast, number: str) -> int:
    """The analyst proposes what suits this kind of attack; how many proposals."""
    analyst = Person.objects.get(email=cast.analyst)
    with entered(scope_of(analyst)) as scope:
        incident = incidents.incident_by_number(scope, number)
        drafts = actions.drafts_for(incident)
        for draft in drafts:
            actions.propose_countermeasure(analyst, incident=incident, draft=draft)
        return len(drafts)


def clock_verdict(number: str) -> str | None:
    """The verdict on the incident's High clock, once it is given."""
    with entered(system_scope("story")) as scope:
        incident = incidents.incident_by_number(scope, number)
        clocks = [c for c in incidents.clocks_of(scope, incident) if c.level == Level.HIGH]
        return clocks[0].verdict if clocks else None


@dataclass(frozen=True)
class Totals:
    """What one telling left behind."""

    source_lines: int
    unparsed: int
    events: int
    incidents: int
    lake_rows: int


def totals(contract: str, since: dt.datetime, source_lines: int) -> Totals:
    """Counted, not remembered: the lake by reading its files, the rest in the database."""
    with Lake(LakeSettings.from_environment()) as lake:
        # By time of receipt: a recording's lines are older than their telling, and an earlier telling's don't count.
        span = {"contracts": [contract], "since": since - A_DAY, "until": dt.datetime.now(dt.UTC) + A_DAY}
        received = f"received_at >= {since.isoformat()}"
        rows = lake.count(**span, where=received)
        unparsed = lake.count(**span, where=received, table="unparsed")
    with entered(system_scope("story")):
        events = SecurityEvent.objects.filter(contract__number=contract, recorded_at__gte=since).count()
        opened = SecurityIncident.objects.filter(contract__number=contract, opened_at__gte=since).count()
    return Totals(source_lines, unparsed, events, opened, rows)


def portal_url(number: str) -> str:
    from django.urls import reverse

    return settings.BASE_URL + reverse("portal:incident", args=[number])
