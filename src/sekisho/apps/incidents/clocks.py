"""Keeping the notice clocks of one incident. The rules are ``sekisho.terms.clocks``; here they are remembered.

``judge`` replays the incident's whole history through the rules and writes down what they say: a row
for each clock, its warning, and its verdict, once. It may be called at any time and any number of
times; timers, notices and a periodic sweep all call it, so that no lost timer loses a verdict.
"""

from __future__ import annotations

import datetime as dt

from procrastinate.contrib.django import app as queue

from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts.queries import contacts_of, terms_of
from sekisho.apps.notices import queries as notices
from sekisho.apps.scope import system_scope
from sekisho.gateways import clock
from sekisho.terms import clocks as rules
from sekisho.terms.moments import tokyo_date
from sekisho.terms.redetermination import notice_clocks

from .breaching import arise
from .models import Clock, LevelDetermination, SecurityIncident
from .queries import subject_of

JUDGE_JOB = "incidents.judge_clocks"
CONTACT_STALE_DAYS = 183
"""R034: a contact list that nobody confirmed for half a year is noted on the verdict."""

TIMER = SystemActor("timer")
_SCOPE = system_scope("timers")


def judge(incident: SecurityIncident) -> list[Clock]:
    """Bring the incident's clocks up to date and return them. Needs a scope that holds the incident."""
    incident = SecurityIncident.objects.select_for_update(of=("self",)).select_related("contract").get(pk=incident.pk)
    determinations = list(LevelDetermination.objects.filter(incident=incident).order_by("at", "id"))
    states = notice_clocks(
        [rules.Determination(rules.Level(d.level), d.at) for d in determinations],
        notices.clock_stops(_SCOPE, subject_of(incident)),
        now=clock.now(),
        terms=terms_of(incident.contract),
    )
    return [_remember(incident, determinations, state) for state in states]


def _remember(incident: SecurityIncident, determinations: list[LevelDetermination], state: rules.ClockState) -> Clock:
    row = Clock.objects.filter(
        incident=incident, level=state.clock.level, started_at=state.clock.started_at
    ).first() or _start(incident, determinations, state.clock)
    if row.verdict is None:
        _update(row, incident, state)
    return row


def _start(incident: SecurityIncident, determinations: list[LevelDetermination], ran: rules.Clock) -> Clock:
    """The row of a clock that has just been started, and its two timers."""
    by = next(d for d in determinations if d.level == ran.level and d.at.replace(microsecond=0) == ran.started_at)
    row = Clock.objects.create(
        contract_id=incident.contract_id,
        incident=incident,
        determination=by,
        level=ran.level,
        channel=ran.channel,
        started_at=ran.started_at,
        warn_at=ran.warn_at,
        due_at=ran.due_at,
        rule=rules.ARTICLE,
        terms_version=incident.contract.terms_version,
    )
    for at in (ran.warn_at, ran.breach_known_at):
        set_timer(incident.number, at)
    return row


def set_timer(incident_number: str, at: dt.datetime) -> None:
    """Judge the incident's clocks again at ``at``. Kept in the database, in the caller's transaction."""
    queue.configure_task(JUDGE_JOB, schedule_at=at).defer(incident_number=incident_number)


def _update(row: Clock, incident: SecurityIncident, state: rules.ClockState) -> None:
    now = clock.now()
    if state.warned and row.warned_at is None:
        row.warned_at = now
        _record("incidents.clock_warned", row, incident)
    if state.verdict != "open":
        row.verdict, row.judged_at = state.verdict, now
        row.stopped_at, row.superseded = state.stopped_at, state.superseded
        row.contact_stale = _is_stale(incident, row.started_at)
        _record(f"incidents.clock_{state.verdict}", row, incident)
    row.save()
    if row.verdict == "breached":
        arise(row)


def _is_stale(incident: SecurityIncident, at: dt.datetime) -> bool:
    first = next(iter(contacts_of(_SCOPE, incident.contract)), None)
    return first is None or (tokyo_date(at) - first.confirmed_on).days > CONTACT_STALE_DAYS


def _record(act: str, row: Clock, incident: SecurityIncident) -> None:
    record(
        TIMER,
        act=act,
        object=subject_of(incident),
        contract_id=row.contract_id,
        terms_version=row.terms_version,
        details={
            "level": row.level,
            "rule": row.rule,
            "due_at": row.due_at.isoformat(),
            "stopped_at": row.stopped_at.isoformat() if row.stopped_at else None,
        },
    )
