"""Telling the contractor beforehand: what is done, why, for how long (Arts. 20-2, 21-2, 26-2)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.enforcement import PriorNotice

from ...models import Contract, Measure, MeasureAct, MeasureKind
from ...queries.measures import MeasureState
from ...queries.standing import contract_at, terms_of
from . import keeping
from .plan import OVERLAYS, Plan, check_in_service, check_may_begin, check_plan


@transaction.atomic
def announce(actor: Actor, *, contract: Contract, plan: Plan) -> Measure:
    """Announce a restriction, suspension or interruption. Taking it is another act, of a person.

    Refused at once where the notice would be incomplete or its start is not ahead. Whoever has no mail address
    gets it on paper: ``note_letter`` says when it arrived.
    """
    if MeasureKind(plan.kind) not in OVERLAYS:
        raise ValueError(f"a {plan.kind} is not announced here")
    check_announcement(contract, plan)
    measure = keeping.add(actor, contract, plan)
    keeping.step(actor, measure, MeasureAct.ANNOUNCED, verb=f"announce_{measure.kind}")
    keeping.write(actor, measure, "announced")
    return measure


def check_announcement(contract: Contract, plan: Plan) -> None:
    """Refused as ``announce`` refuses a notice that would go out now."""
    terms = terms_of(contract)
    check_plan(plan, terms)
    check_in_service(contract_at(current(), contract, plan.starts_at).state, MeasureKind(plan.kind), terms)
    period = plan.period or (plan.until_at.isoformat() if plan.until_at else "")
    check_may_begin(plan, plan.starts_at, PriorNotice(clock.now(), plan.fact, plan.reason, period), "", terms)


@transaction.atomic
def note_letter(actor: Actor, *, measure: Measure, arrived_at: dt.datetime, note: str) -> Measure:
    """The notice arrived by another way than mail, such as registered post; ``note`` says which and the proof."""
    measure = keeping.locked(measure, MeasureState.ANNOUNCED)
    if arrived_at > clock.now():
        raise Refused("notice.not_yet", "到達日時が未来です。", "That is still to come.", measure.article)
    keeping.step(actor, measure, MeasureAct.LETTER, verb="note_letter", note=note, at=arrived_at)
    return measure


@transaction.atomic
def withdraw(actor: Actor, *, measure: Measure, reason: str) -> Measure:
    """An announced measure will not be taken; the contractor hears of it."""
    measure = keeping.locked(measure, MeasureState.ANNOUNCED)
    keeping.step(actor, measure, MeasureAct.WITHDRAWN, verb=f"withdraw_{measure.kind}", note=reason)
    if measure.kind != MeasureKind.TERMINATION:
        keeping.write(actor, measure, "withdrawn")
    return measure
