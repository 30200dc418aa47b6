"""Countermeasures: proposed by us, answered by the contractor, carried out, reported (register 4.4)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.actions.reading_only import check_may_act
from sekisho.apps.fleet.actions import add_block
from sekisho.apps.fleet.models import Block, SecurityDevice
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock

from ..countermeasures import Draft, suggested
from ..kinds import AttackKind
from ..models import Answer, CountermeasureProposal, IncidentState, Performer, SecurityIncident
from ..queries import subject_of

TEXT_CHARACTERS_MAX = 4_000


def drafts_for(incident: SecurityIncident) -> tuple[Draft, ...]:
    """What to propose at first, filled with the addresses of the incident's gravest group."""
    group = incident.groups.order_by("-score").first()
    internal, external = (group.internal, group.external) if group else ("", "")
    return suggested(AttackKind(incident.kind), internal=internal, external=external)


@transaction.atomic
def propose_countermeasure(
    actor: Person, *, incident: SecurityIncident, draft: Draft, answer_due_at: dt.datetime | None = None
) -> CountermeasureProposal:
    """Put a proposal before the contractor, who is the next to move."""
    require(actor, "countermeasures.propose")
    incident = _open(incident)
    proposal = CountermeasureProposal.objects.create(
        contract_id=incident.contract_id,
        incident=incident,
        target=_text(draft.target),
        recommendation_ja=_text(draft.recommendation.ja),
        recommendation_en=_text(draft.recommendation.en),
        reason_ja=_text(draft.reason.ja),
        reason_en=_text(draft.reason.en),
        performer=draft.performer,
        urgency=draft.urgency,
        impact_ja=_text(draft.impact.ja),
        impact_en=_text(draft.impact.en),
        answer_due_at=answer_due_at,
        proposed_at=clock.now(),
        proposed_by=actor,
    )
    _move(incident, IncidentState.WITH_CONTRACTOR)
    _record(actor, "propose", proposal, {"performer": proposal.performer})
    return proposal


@transaction.atomic
def answer_countermeasure(
    actor: Person, *, proposal: CountermeasureProposal, answer: Answer, note: str = ""
) -> CountermeasureProposal:
    """The contractor's word (R009: the consent before anything is blocked). A word once given stands.

    ``on_hold`` may still become a yes or a no.
    """
    require(actor, "countermeasures.answer")
    proposal = _locked(proposal)
    check_may_act(actor, proposal.contract)
    incident = _open(proposal.incident)
    if proposal.answer in (Answer.ACCEPTED, Answer.DECLINED):
        raise Refused("proposal.answered", "この対策案には回答済みです。", "This proposal has been answered already.")
    proposal.answer, proposal.answered_at, proposal.answered_by = Answer(answer), clock.now(), actor
    proposal.answer_note = _text(note)
    proposal.save(update_fields=("answer", "answered_at", "answered_by", "answer_note"))
    if not incident.proposals.filter(answer__in=("", Answer.ON_HOLD)).exists():
        _move(incident, IncidentState.WITH_SOC)
    _record(actor, "answer", proposal, {"answer": proposal.answer})
    return proposal


@transaction.atomic
def report_result(actor: Person, *, proposal: CountermeasureProposal, result: str) -> CountermeasureProposal:
    """What came of an accepted proposal. Refused without the contractor's consent (R009)."""
    require(actor, "countermeasures.report")
    proposal = _locked(proposal)
    if proposal.answer != Answer.ACCEPTED:
        raise Refused(
            "proposal.no_consent",
            "承諾されていない対策案の結果は登録できません。",
            "A proposal that was not accepted has no result.",
            "3",
        )
    proposal.result, proposal.result_at = _text(result), clock.now()
    proposal.save(update_fields=("result", "result_at"))
    _record(actor, "report", proposal, {})
    return proposal


@transaction.atomic
def block_target(
    actor: Person, *, proposal: CountermeasureProposal, device: SecurityDevice, until_at: dt.datetime | None = None
) -> Block:
    """Have the contractor's device refuse what an accepted proposal of ours is about; it stands within seconds.

    Refused: ``proposal.no_consent`` (R009), ``proposal.not_ours`` (the contractor itself carries it out, or the device
    is on another contract), and whatever ``fleet.add_block`` refuses.
    """
    require(actor, "blocks.manage")
    proposal = _locked(proposal)
    if proposal.answer != Answer.ACCEPTED:
        raise Refused(
            "proposal.no_consent", "承諾されていない対策案です。", "The contractor has not accepted this proposal.", "3"
        )
    if proposal.performer != Performer.SOC or device.contract_id != proposal.contract_id:
        raise Refused("proposal.not_ours", "この装置で実施する対策ではありません。", "Nothing to do on this device.")
    why = f"incident {proposal.incident.number}"
    consent = f"proposal:{proposal.pk}"
    block = add_block(actor, device=device, address=proposal.target, why=why, consent=consent, until_at=until_at)
    _record(actor, "enforce", proposal, {"device": device.device_id, "block": block.pk})
    return block


def _locked(proposal: CountermeasureProposal) -> CountermeasureProposal:
    rows = CountermeasureProposal.objects.select_for_update(of=("self",)).select_related("incident")
    return rows.get(pk=proposal.pk)


def _open(incident: SecurityIncident) -> SecurityIncident:
    incident = SecurityIncident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if incident.state == IncidentState.CLOSED:
        raise Refused("incident.closed", "このインシデントは完了しています。", "This incident is closed.")
    return incident


def _move(incident: SecurityIncident, state: IncidentState) -> None:
    incident.state = state
    incident.save(update_fields=("state",))


def _record(actor: Person, verb: str, proposal: CountermeasureProposal, details: dict) -> None:
    record(
        actor,
        act=f"incidents.{verb}_countermeasure",
        object=subject_of(proposal.incident),
        contract_id=proposal.contract_id,
        details={"proposal": proposal.pk, **details},
    )


def _text(text: str) -> str:
    return text.replace("\0", "").strip()[:TEXT_CHARACTERS_MAX]
