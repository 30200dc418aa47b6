"""Writing a measure and its steps down: row, audit, news, letter. Called by the acts of this package only."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.notices.models import Notice
from sekisho.apps.refusals import Refused
from sekisho.apps.turns import next_number
from sekisho.gateways import clock

from ...letters import MeasureLetter, body, subject
from ...models import Contract, Measure, MeasureAct, MeasureStep
from ...notifying import write_to
from ...queries.measures import MeasureState, state_of, subject_of
from ...queries.parties import addressee_on
from ...queries.standing import terms_of
from .plan import Plan, check_plan, ground_words


def add(actor: Actor, contract: Contract, plan: Plan, *, evidence: str = "", urgent_reason: str = "") -> Measure:
    """A checked measure with its number; what happens to it are its steps."""
    return Measure.objects.create(
        number=next_number("MS"),
        contract=contract,
        kind=plan.kind,
        basis=plan.basis,
        ground=plan.ground,
        article=check_plan(plan, terms_of(contract)),
        fact=plan.fact.strip(),
        reason=plan.reason.strip(),
        period=plan.period.strip(),
        evidence=evidence.strip(),
        urgent_reason=urgent_reason.strip(),
        functions=sorted(plan.functions),
        arrears_due_on=plan.arrears_due_on,
        starts_at=plan.starts_at,
        until_at=plan.until_at,
        work=plan.work,
        cause=plan.cause,
        terms_version=contract.terms_version,
        decided_at=clock.now(),
        decided_by_id=actor.pk,
    )


def step(
    actor: Actor, measure: Measure, act: MeasureAct, *, verb: str, note: str = "", at: dt.datetime | None = None
) -> MeasureStep:
    """One step with its audit row; ``verb`` names the act, as "contracts.<verb>"."""
    made = MeasureStep.objects.create(
        measure=measure,
        contract_id=measure.contract_id,
        act=act,
        at=at or clock.now(),
        by_id=actor.pk,
        note=note.strip(),
    )
    record(
        actor,
        act=f"contracts.{verb}",
        object=subject_of(measure),
        contract_id=measure.contract_id,
        terms_version=measure.terms_version,
        details={
            "measure": measure.number,
            "kind": measure.kind,
            "article": measure.article,
            "ground": measure.ground,
            "at": made.at.isoformat(),
            "cause": measure.cause,
        },
    )
    return made


def write(actor: Actor, measure: Measure, occasion: str) -> list[Notice]:
    """The letter about a measure, as mails to the contractor."""
    told = letter(measure, occasion)
    return write_to(
        actor,
        measure.contract,
        subject_of(measure),
        lambda language: subject(told, language),
        lambda language: body(told, language),
    )


def letter(measure: Measure, occasion: str) -> MeasureLetter:
    contract = measure.contract
    return MeasureLetter(
        occasion=occasion,
        number=measure.number,
        kind=measure.kind,
        contract=contract.number,
        contractor=addressee_on(contract, clock.now()).name,
        article=measure.article,
        ground=ground_words(measure.basis, measure.ground),
        fact=measure.fact,
        reason=measure.reason,
        period=measure.period,
        starts_at=measure.starts_at,
        until_at=measure.until_at,
        functions=tuple(measure.functions),
        urgent_reason=measure.urgent_reason,
    )


def locked(measure: Measure, *states: MeasureState) -> Measure:
    """The measure, for this transaction alone; refused unless it stands in one of these states."""
    found = Measure.objects.select_for_update(of=("self",)).select_related("contract").get(pk=measure.pk)
    if state_of(found) not in states:
        raise Refused(
            "measure.state",
            f"この措置は「{state_of(found)}」のため、この操作はできません。",
            f"The measure is {state_of(found)}: this cannot be done to it.",
            found.article,
        )
    return found
