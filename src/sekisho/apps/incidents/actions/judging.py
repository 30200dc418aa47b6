"""Judging groups of events. Each act: may you, does it fit, change, audit row.

``determine_level`` is the act the whole service turns on (R004, R028): it is the only thing that opens
an incident, and the instant it is saved starts the notice clock.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection, transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.queries import entitlements_of
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date, whole_second

from ..clocks import judge
from ..kinds import KIND_WORDS, kind_of
from ..models import (
    Clock,
    EventGroup,
    GroupState,
    IncidentCounter,
    IncidentState,
    Level,
    LevelDetermination,
    SecurityIncident,
)
from ..notifying import notify, withdraw_calls
from ..queries import subject_of

INCIDENT_LEVELS = frozenset({Level.HIGH, Level.MEDIUM})
NOTE_CHARACTERS_MAX = 4_000


class Determined(NamedTuple):
    """``incident`` is None below Medium. ``clock`` is the one this act started, if it started one."""

    determination: LevelDetermination
    incident: SecurityIncident | None
    clock: Clock | None


@transaction.atomic
def determine_level(
    actor: Person,
    *,
    level: Level,
    group: EventGroup | None = None,
    incident: SecurityIncident | None = None,
    note: str = "",
) -> Determined:
    """An analyst's judgement of an open group, or a new judgement of an incident (R032).

    With both, the group joins the incident. High and Medium open an incident, start its clock and make
    its notices; Low and Informational only judge the group (R033).
    """
    require(actor, "incidents.determine")
    level, note = Level(level), clean_note(note)
    group, incident = _locked(group, incident)
    contract = (group or incident).contract
    if not entitlements_of(contract, clock.now()).monitored:
        raise Refused(
            "contract.no_operations",
            "この契約にはセキュリティ運用管理がないため、レベル判定は行いません。",
            "This contract has no security operations, so nobody determines levels for it.",
            "6-1(1)",
        )
    if incident is not None:
        _check_not_at_once(incident, level)
    elif level in INCIDENT_LEVELS:
        incident = _open_incident(group, level)
    determination = _determine(actor, level, note, group, incident)
    if group is not None:
        _settle_group(group, level, incident)
    started = _follow_up(actor, incident, determination) if incident is not None else None
    return Determined(determination, incident, started)


def _locked(
    group: EventGroup | None, incident: SecurityIncident | None
) -> tuple[EventGroup | None, SecurityIncident | None]:
    """Both rows, read again under a lock, so that two analysts can't decide the same thing twice."""
    if group is None and incident is None:
        raise ValueError("determine_level needs a group or an incident")
    if incident is not None:
        locked = SecurityIncident.objects.select_for_update(of=("self",)).select_related("contract")
        incident = locked.get(pk=incident.pk)
        if incident.state == IncidentState.CLOSED:
            raise Refused("incident.closed", "このインシデントは完了しています。", "This incident is closed.")
    if group is not None:
        locked_groups = EventGroup.objects.select_for_update(of=("self",)).select_related("contract")
        group = locked_groups.get(pk=group.pk)
        _check_open(group)
        if incident is not None and incident.contract_id != group.contract_id:
            raise Refused("incident.other_contract", "契約が異なります。", "That incident is under another contract.")
    return group, incident


def _check_open(group: EventGroup) -> None:
    if group.state != GroupState.OPEN:
        raise Refused(
            "group.not_open",
            "このイベントは既に判定またはアーカイブされています。",
            "This group has been determined or archived already.",
        )


def _check_not_at_once(incident: SecurityIncident, level: Level) -> None:
    """Clocks count whole seconds: two different levels within one second would start one clock twice."""
    last = incident.determinations.order_by("-at", "-id").first()
    if last is not None and last.level != level and whole_second(last.at) == whole_second(clock.now()):
        raise Refused(
            "incident.just_determined",
            "たった今、別のレベルに判定されました。内容を確認してからやり直してください。",
            "Another level was determined this very second: look at it, then try again.",
        )


def _determine(
    actor: Person, level: Level, note: str, group: EventGroup | None, incident: SecurityIncident | None
) -> LevelDetermination:
    contract = (group or incident).contract
    determination = LevelDetermination.objects.create(
        contract=contract,
        group=group,
        incident=incident,
        level=level,
        at=clock.now(),
        by=actor,
        note=note,
        proposed_level=group.proposed_level if group else "",
        proposed_score=group.score if group else None,
        proposed_reasons=group.proposed_reasons if group else [],
        terms_version=contract.terms_version,
    )
    record(
        actor,
        act="incidents.determine_level",
        object=subject_of(incident) if incident else f"group:{group.pk}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details={
            "level": level,
            "proposed": determination.proposed_level,
            "determination": determination.pk,
            "group": group and group.pk,
        },
    )
    return determination


def _open_incident(group: EventGroup, level: Level) -> SecurityIncident:
    now = clock.now()
    kind = kind_of(tactic=group.tactic, rule_family=group.rule_family, rule_title=group.rule_title)
    return SecurityIncident.objects.create(
        number=_next_number(tokyo_date(now)),
        contract=group.contract,
        level=level,
        kind=kind,
        title_ja=KIND_WORDS[kind].ja,
        title_en=KIND_WORDS[kind].en,
        detected_at=group.first_at,
        opened_at=now,
    )


def _next_number(day: dt.date) -> str:
    """INyyyymmdd-nnnn: the day in Tokyo and a count without gaps, even for two analysts at once."""
    table = IncidentCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (day, last) VALUES (%s, 1) "  # noqa: S608 - our own table's name
            f"ON CONFLICT (day) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            [day],
        )
        return f"IN{day:%Y%m%d}-{cursor.fetchone()[0]:04d}"


def _settle_group(group: EventGroup, level: Level, incident: SecurityIncident | None) -> None:
    group.state, group.determined_level, group.incident = GroupState.DETERMINED, level, incident
    group.save(update_fields=("state", "determined_level", "incident"))


def _follow_up(actor: Person, incident: SecurityIncident, determination: LevelDetermination) -> Clock | None:
    """The incident takes its new level; clocks start, run on or become void; notices follow the clocks."""
    incident.level = determination.level
    incident.save(update_fields=("level",))
    clocks = judge(incident)
    started = next((c for c in clocks if c.determination_id == determination.pk and c.verdict is None), None)
    if started is not None:
        notify(actor, incident, determination)
    elif determination.level != Level.HIGH:
        withdraw_calls(actor, incident)
    return started


@transaction.atomic
def archive_group(actor: Person, *, group: EventGroup, note: str) -> EventGroup:
    """Put a group aside as not worth a level. The note says why; its events stay and are counted."""
    require(actor, "groups.archive")
    group = EventGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    _check_open(group)
    if not note.strip():
        raise Refused("group.no_note", "アーカイブの理由を入力してください。", "Say why this group is put aside.")
    group.state, group.archived_at, group.archived_by = GroupState.ARCHIVED, clock.now(), actor
    group.archive_note = clean_note(note)
    group.save(update_fields=("state", "archived_at", "archived_by", "archive_note"))
    record(
        actor,
        act="incidents.archive_group",
        object=f"group:{group.pk}",
        contract_id=group.contract_id,
        details={"group": group.pk, "rule": group.rule_id, "count": group.count},
    )
    return group


def clean_note(text: str) -> str:
    """A person's words as they are kept: without NUL, cut to NOTE_CHARACTERS_MAX."""
    return text.replace("\0", "").strip()[:NOTE_CHARACTERS_MAX]
