"""Short ways to incidents, calls and missed clocks, through the real actions."""

from __future__ import annotations

from sekisho.apps.contracts.queries import contacts_of
from sekisho.apps.incidents import actions, jobs, queries
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Breach, Level, SecurityIncident
from sekisho.apps.notices.models import CallResult
from sekisho.gateways import clock
from sekisho.gateways.clock import StandingClock

from ..world import EVERYTHING, World, finding


def opened(world: World, level: Level, **changes: object) -> SecurityIncident:
    """An incident that has just been determined, on the first contract."""
    record_findings([finding(time=clock.now(), received_at=clock.now(), **changes)])
    group = queries.triage_queue(EVERYTHING)[0]
    return actions.determine_level(world.analyst, group=group, level=level).incident


def missed(world: World, hand: StandingClock, level: Level = Level.HIGH, **changes: object) -> Breach:
    """A breach: nobody was told, and the deadline passed a second ago."""
    incident = opened(world, level, **changes)
    hand.move_to(queries.clocks_of(EVERYTHING, incident)[0].due_at)
    hand.advance(seconds=1)
    jobs.judge_clocks(incident_number=incident.number)
    return queries.breach_by_id(EVERYTHING, Breach.objects.get(incident=incident).pk)


def dial(world: World, incident: SecurityIncident, result: CallResult = CallResult.NO_ANSWER) -> None:
    contact = contacts_of(EVERYTHING, world.contract)[0]
    actions.record_call_attempt(world.carrier, incident=incident, contact_id=contact.pk, result=result)
