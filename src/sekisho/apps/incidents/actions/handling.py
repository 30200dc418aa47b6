"""Telephoning about an incident, and closing it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.queries import contact_by_id
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices import queries as notices_queries
from sekisho.apps.notices.models import CallResult, NoticeAttempt
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.gateways import clock

from ..clocks import judge
from ..models import IncidentState, SecurityIncident
from ..notifying import withdraw_calls
from ..queries import subject_of
from .judging import INCIDENT_LEVELS, clean_note


@transaction.atomic
def record_call_attempt(
    actor: Person,
    *,
    incident: SecurityIncident,
    contact_id: int,
    result: CallResult,
    started_at: dt.datetime | None = None,
    note: str = "",
) -> NoticeAttempt:
    """One dial to a contact (R030). The first one stops the High clock, answered or not.

    ``started_at`` left out is now; it can't lie in the future or before the call was asked for.
    """
    require(actor, "incidents.call")
    task = notices_queries.call_about(current(), subject_of(incident))
    contact = contact_by_id(current(), contact_id)
    if task is None or contact is None or contact.contract_id != incident.contract_id or not contact.phone:
        raise Refused("call.no_task", "この電話連絡の依頼はありません。", "There is no such call to make.", "6-1(3)")
    started_at = started_at or clock.now()
    if not task.created_at.replace(microsecond=0) <= started_at <= clock.now():
        raise Refused("call.time", "発信時刻が正しくありません。", "The call can't have started then.", "6-1(3)")
    attempt = notices.record_call(
        actor,
        notice=task,
        number=contact.phone,
        contact_name=contact.name,
        started_at=started_at,
        result=CallResult(result),
        note=clean_note(note),
    )
    judge(incident)
    return attempt


@transaction.atomic
def close_incident(actor: Person, *, incident: SecurityIncident, note: str) -> SecurityIncident:
    """R016: High and Medium are not closed without a countermeasure proposal, nor while a notice is due."""
    require(actor, "incidents.close")
    judge(incident)
    incident = SecurityIncident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    _check_closable(incident)
    incident.state, incident.closed_at, incident.closing_note = IncidentState.CLOSED, clock.now(), clean_note(note)
    incident.save(update_fields=("state", "closed_at", "closing_note"))
    withdraw_calls(actor, incident)
    record(
        actor,
        act="incidents.close",
        object=subject_of(incident),
        contract_id=incident.contract_id,
        details={"incident": incident.pk},
    )
    return incident


def _check_closable(incident: SecurityIncident) -> None:
    if incident.state == IncidentState.CLOSED:
        raise Refused("incident.closed", "このインシデントは完了しています。", "This incident is closed.")
    if incident.level in INCIDENT_LEVELS and not incident.proposals.exists():
        raise Refused(
            "incident.no_countermeasure",
            "対策案を提示していないインシデントは終結できません。",
            "An incident is not closed before a countermeasure has been proposed.",
            "6-1(1)",
        )
    if incident.clocks.filter(verdict=None).exists():
        raise Refused(
            "incident.notice_due",
            "通知が済んでいないインシデントは終結できません。",
            "An incident is not closed while its notice is still due.",
            "6-1(3)",
        )
