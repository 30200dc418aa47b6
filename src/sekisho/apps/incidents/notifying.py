"""From a determination to the notices that it calls for (R028-R031, R110a). Called by actions only.

High: a call for the carrier's desk and a mail. Medium: a mail. One mail a language; which contract has
notices at all is the entitlements' answer. The jobs that send them are made in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict

from django.conf import settings
from procrastinate.contrib.django import app as queue

from sekisho.apps.accounts.models import Person
from sekisho.apps.contracts.models import Contact
from sekisho.apps.contracts.queries import contacts_in_force, entitlements_of
from sekisho.apps.contracts.queries.parties import addressee_on
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices import queries as notices_queries
from sekisho.apps.notices.models import Channel, NoticeState
from sekisho.apps.scope import current
from sekisho.terms.words import Words

from .countermeasures import suggested
from .kinds import AttackKind
from .letters import IncidentFacts, body, subject
from .models import EventGroup, Level, LevelDetermination, SecurityIncident
from .queries import proposals_of, subject_of

DELIVER_JOB = "incidents.deliver_mail"


def notify(actor: Person, incident: SecurityIncident, determination: LevelDetermination) -> None:
    """Make the notices of a level that has just been determined."""
    if not entitlements_of(incident.contract, determination.at).noticed:
        return
    contacts = contacts_in_force(current(), incident.contract, determination.at)
    if determination.level == Level.HIGH:
        _ask_for_call(actor, incident, contacts)
    by_language: dict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if contact.mail:
            by_language[contact.language].append(contact)
    for language, readers in by_language.items():
        _mail(actor, incident, determination, language, readers)


def withdraw_calls(actor: Person, incident: SecurityIncident) -> None:
    """Nobody needs to be called any more."""
    for notice in notices_queries.notices_about(current(), subject_of(incident)):
        if notice.channel == Channel.PHONE and notice.state == NoticeState.WAITING:
            notices.withdraw(actor, notice=notice, reason=incident.level)


def queue_delivery(notice_id: int) -> None:
    """Have a worker hand the mail over. One at a time for each mail, whoever asks however often."""
    queue.configure_task(DELIVER_JOB, lock=f"notice-{notice_id}").defer(notice_id=notice_id)


def _ask_for_call(actor: Person, incident: SecurityIncident, contacts: list[Contact]) -> None:
    notices.add_call(
        actor,
        contract_id=incident.contract_id,
        subject_of=subject_of(incident),
        level=incident.level,
        numbers=[contact.phone for contact in contacts if contact.phone],
    )


def _mail(
    actor: Person,
    incident: SecurityIncident,
    determination: LevelDetermination,
    language: str,
    readers: list[Contact],
) -> None:
    facts = _facts(incident, determination)
    notice = notices.add_mail(
        actor,
        contract_id=incident.contract_id,
        subject_of=subject_of(incident),
        level=incident.level,
        addresses=[contact.mail for contact in readers],
        language=language,
        subject=subject(facts, language),
        body=body(facts, language),
    )
    queue_delivery(notice.pk)


def _facts(incident: SecurityIncident, determination: LevelDetermination) -> IncidentFacts:
    group = incident.groups.order_by("-score").first() or determination.group
    return IncidentFacts(
        number=incident.number,
        level=incident.level,
        title=Words(incident.title_ja, incident.title_en),
        contract=incident.contract.number,
        contractor=addressee_on(incident.contract, determination.at).name,
        device=group.device,
        detected_at=incident.detected_at,
        determined_at=determination.at,
        internal=group.internal,
        external=group.external,
        rule_title=group.rule_title,
        outcome=group.outcome,
        count=group.count,
        recommendations=_recommendations(incident, group),
        portal_url=f"{settings.BASE_URL}/incidents/{incident.number}",
    )


def _recommendations(incident: SecurityIncident, group: EventGroup) -> tuple[Words, ...]:
    """What has been proposed; before that, what we propose at first for this kind of attack."""
    made = [Words(p.recommendation_ja, p.recommendation_en) for p in proposals_of(current(), incident)]
    drafts = suggested(AttackKind(incident.kind), internal=group.internal, external=group.external)
    return tuple(made) or tuple(draft.recommendation for draft in drafts)
