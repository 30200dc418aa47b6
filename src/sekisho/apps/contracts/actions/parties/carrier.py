"""The carrier itself passes a contract on (Art. 15-2, R072): with the contractor's written consent, or by merger."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.parties import Transfer as TransferKind
from sekisho.terms.parties import transfer_check
from sekisho.terms.values import Refusal

from ...models import CarrierAssignment, Contract
from ...queries.standing import terms_of


@transaction.atomic
def ask_carrier_assignment(
    actor: Actor, *, contract: Contract, kind: TransferKind, assignee: str, effective_on: dt.date
) -> CarrierAssignment:
    """The plan to pass a contract to another company; the contractor is asked unless it is a merger or split."""
    assignment = CarrierAssignment.objects.create(
        number=next_number("CA"),
        contract=contract,
        kind=kind,
        assignee=assignee.strip(),
        effective_on=effective_on,
        asked_at=clock.now(),
    )
    _record(actor, "contracts.ask_carrier_assignment", assignment)
    return assignment


@transaction.atomic
def note_carrier_consent(
    actor: Actor, *, assignment: CarrierAssignment, document: str, consented_on: dt.date
) -> CarrierAssignment:
    """The contractor's written consent arrived; ``document`` names it."""
    assignment = _locked(assignment)
    if not document.strip():
        raise Refused("consent.no_document", "同意書が必要です。", "The consent's document is needed.", "15-2")
    assignment.consent_document, assignment.consented_on = document.strip(), consented_on
    assignment.save(update_fields=("consent_document", "consented_on"))
    _record(actor, "contracts.note_carrier_consent", assignment)
    return assignment


@transaction.atomic
def pass_to_assignee(actor: Actor, *, assignment: CarrierAssignment) -> CarrierAssignment:
    """The contract passes to the other company; refused without consent (``transfer.needs_consent``)."""
    assignment = _locked(assignment)
    answer = transfer_check(
        TransferKind(assignment.kind),
        assignment.consented_on is not None,
        by_carrier=True,
        terms=terms_of(assignment.contract),
    )
    if isinstance(answer, Refusal):
        refuse(answer)
    assignment.passed_at = clock.now()
    assignment.save(update_fields=("passed_at",))
    _record(actor, "contracts.pass_to_assignee", assignment)
    return assignment


def _locked(assignment: CarrierAssignment) -> CarrierAssignment:
    found = CarrierAssignment.objects.select_for_update(of=("self",)).select_related("contract").get(pk=assignment.pk)
    if found.passed_at is not None:
        raise Refused("assignment.passed", "既に承継済みです。", "It has been passed on already.", "15-2")
    return found


def _record(actor: Actor, act: str, assignment: CarrierAssignment) -> None:
    record(
        actor,
        act=act,
        object=f"carrier_assignment:{assignment.number}",
        contract_id=assignment.contract_id,
        details={"kind": assignment.kind, "effective_on": assignment.effective_on.isoformat()},
    )
