"""Taking a measure and lifting it: a person's decision each time, told to the contract's history."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.history import DatedFact, FactKind

from ...models import Contract, Measure, MeasureAct, MeasureKind
from ...queries.measures import MeasureState, notice_given_at
from ...queries.standing import contract_at, history_of, terms_of
from .. import facts
from . import keeping
from .plan import OVERLAYS, Plan, check_in_service, check_may_begin, check_plan, notice_of, plan_of


@transaction.atomic
def take(actor: Actor, *, measure: Measure, paid: bool = False) -> Measure:
    """Take an announced restriction, suspension or interruption from its start on, or from now if that is past.

    Refused while the notice has not gone out before the start (``notice.missing``, ``notice.too_late``), outside
    service, and for arrears that are ``paid`` meanwhile.
    """
    measure = keeping.locked(measure, MeasureState.ANNOUNCED)
    _begin(actor, measure, check_taking(measure, paid=paid))
    return measure


def check_taking(measure: Measure, *, paid: bool) -> dt.datetime:
    """From when an announced measure would hold if it were taken now; refused as ``take`` refuses it."""
    _check_overlay(measure)
    if measure.arrears_due_on is not None and paid:
        raise Refused("suspension.paid", "未払いは解消しています。", "What was owed has been paid.", "21-1(1)")
    starts_at = max(measure.starts_at, clock.now())
    notice = notice_of(measure, notice_given_at(current(), measure))
    check_may_begin(plan_of(measure), starts_at, notice, "", terms_of(measure.contract))
    return starts_at


@transaction.atomic
def take_urgently(actor: Actor, *, contract: Contract, plan: Plan, urgent_reason: str) -> Measure:
    """Take a measure now, without notice; refused without a reason for the urgency. The contractor is told at once."""
    plan = replace(plan, starts_at=clock.now())
    check_urgent(contract, plan, urgent_reason)
    measure = keeping.add(actor, contract, plan, urgent_reason=urgent_reason)
    _check_overlay(measure)
    _begin(actor, measure, plan.starts_at)
    keeping.write(actor, measure, "taken")
    return measure


def check_urgent(contract: Contract, plan: Plan, urgent_reason: str) -> None:
    """Refused as ``take_urgently`` refuses a measure that begins with its plan's start, without notice."""
    terms = terms_of(contract)
    check_plan(plan, terms)
    check_may_begin(plan, plan.starts_at, None, urgent_reason, terms)
    check_in_service(contract_at(current(), contract, plan.starts_at).state, MeasureKind(plan.kind), terms)


@transaction.atomic
def lift(actor: Actor, *, measure: Measure, reason: str) -> Measure:
    """The measure ends now: the service resumes, the functions work, the work is done. The contractor is told."""
    measure = keeping.locked(measure, MeasureState.TAKEN)
    _check_overlay(measure)
    fact = _fact_of(measure)
    facts.end_fact(actor, measure.contract, fact, max(fact.from_at, _earlier(fact.until_at, clock.now())))
    keeping.step(actor, measure, MeasureAct.ENDED, verb=f"end_{measure.kind}", note=reason)
    keeping.write(actor, measure, "ended")
    return measure


def _begin(actor: Actor, measure: Measure, starts_at: dt.datetime) -> None:
    contract, kind = measure.contract, MeasureKind(measure.kind)
    check_in_service(contract_at(current(), contract, starts_at).state, kind, terms_of(contract))
    facts.tell(
        actor, contract, _kind_of(measure), _value(measure), starts_at, measure.until_at, thread=_thread_of(measure)
    )
    keeping.step(actor, measure, MeasureAct.TAKEN, verb=_VERBS[kind], at=starts_at)


def _value(measure: Measure) -> dict:
    """What the history says: codes and the measure's number; its words stay where erasure reaches them."""
    value: dict = {"ground": measure.ground, "article": measure.article, "measure": measure.number}
    if measure.kind == MeasureKind.RESTRICTION:
        value["functions"] = measure.functions
    return value


def _fact_of(measure: Measure) -> DatedFact:
    thread = _thread_of(measure)
    found = history_of(current(), measure.contract).of_kind(_kind_of(measure))
    return next(fact for fact in found if fact.thread == thread)


def _kind_of(measure: Measure) -> FactKind:
    return FactKind(OVERLAYS[MeasureKind(measure.kind)].value)


def _thread_of(measure: Measure) -> str:
    return f"measure.{measure.number}"


def _check_overlay(measure: Measure) -> None:
    if MeasureKind(measure.kind) not in OVERLAYS:
        raise ValueError(f"a {measure.kind} is neither taken nor lifted here")


def _earlier(until_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    return now if until_at is None else min(until_at, now)


_VERBS = {
    MeasureKind.INTERRUPTION: "interrupt",
    MeasureKind.RESTRICTION: "restrict",
    MeasureKind.SUSPENSION: "suspend",
}
