"""What a measure is meant to do, and whether the terms allow it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sekisho.apps.refusals import Refused, refuse
from sekisho.terms.contract_states import ContractState, Overlay, overlay_check
from sekisho.terms.enforcement import (
    Measure as LawfulMeasure,
)
from sekisho.terms.enforcement import (
    PriorNotice,
    arrears_suspendable,
    interruption_check,
    measures_check,
    suspension_check,
)
from sekisho.terms.grounds import Catalogue, Ground, ground_check, ground_named
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import SecurityFunction
from sekisho.terms.values import BadParameter, Refusal, Value
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from ...models import Basis, Measure, MeasureKind

CATALOGUES = {
    Basis.TERMINATION: Catalogue.TERMINATION,
    Basis.INTERRUPTION: Catalogue.INTERRUPTION,
    Basis.SUSPENSION: Catalogue.SUSPENSION,
    Basis.BREACH: Catalogue.PROHIBITED_ACT,
}
KINDS: dict[Basis, frozenset[MeasureKind]] = {
    Basis.TERMINATION: frozenset({MeasureKind.TERMINATION}),
    Basis.INTERRUPTION: frozenset({MeasureKind.INTERRUPTION}),
    Basis.SUSPENSION: frozenset({MeasureKind.SUSPENSION}),
    Basis.LIMITS: frozenset({MeasureKind.RESTRICTION}),
    Basis.BREACH: frozenset(
        {MeasureKind.DEMAND, MeasureKind.RESTRICTION, MeasureKind.SUSPENSION, MeasureKind.TERMINATION}
    ),
}
OVERLAYS = {
    MeasureKind.INTERRUPTION: Overlay.INTERRUPTED,
    MeasureKind.RESTRICTION: Overlay.RESTRICTED,
    MeasureKind.SUSPENSION: Overlay.SUSPENDED,
}
_NO_GROUND = Words("", "")
_OPERATIONS = Words("運営上の必要", "needed by the operations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One measure as it is decided on. ``ground``: a code of the basis' catalogue; "" where 24 or 26 has none.

    ``fact``, ``reason``, ``period``: the three things of a notice. ``arrears_due_on``: the due date that passed.
    """

    kind: MeasureKind | LawfulMeasure
    basis: Basis
    ground: str
    fact: str
    reason: str
    period: str
    starts_at: dt.datetime
    until_at: dt.datetime | None = None
    functions: frozenset[SecurityFunction] = field(default_factory=frozenset)
    arrears_due_on: dt.date | None = None
    work: str = ""
    cause: str = ""


def plan_of(measure: Measure) -> Plan:
    """The plan that a measure was announced with."""
    return Plan(
        kind=MeasureKind(measure.kind),
        basis=Basis(measure.basis),
        ground=measure.ground,
        fact=measure.fact,
        reason=measure.reason,
        period=measure.period,
        starts_at=measure.starts_at,
        until_at=measure.until_at,
        functions=frozenset(map(SecurityFunction, measure.functions)),
        arrears_due_on=measure.arrears_due_on,
        work=measure.work,
        cause=measure.cause,
    )


def check_plan(plan: Plan, terms: Terms) -> str:
    """The article that the plan rests on. Refused where its ground says too little, or nothing is restricted."""
    if MeasureKind(plan.kind) not in KINDS[plan.basis]:
        raise BadParameter("kind", f"{plan.kind} is not a measure of Article {plan.basis}")
    if plan.until_at is not None and plan.until_at <= plan.starts_at:
        raise BadParameter("until_at", "is not after starts_at")
    if plan.kind == MeasureKind.RESTRICTION and not plan.functions:
        raise Refused("restriction.no_function", "制限する機能を選んでください。", "Choose what is restricted.", "24-1")
    if plan.ground == "arrears" and plan.basis == Basis.SUSPENSION:
        _check_arrears(plan, terms)
    return _check_ground(plan, terms)


def check_may_begin(
    plan: Plan, starts_at: dt.datetime, notice: PriorNotice | None, urgent_reason: str, terms: Terms
) -> None:
    """Refused unless announced before, with what, why and for how long, or urgent for a reason on record."""
    answer = _may_begin(plan, starts_at, notice, urgent_reason, terms)
    if isinstance(answer, Refusal):
        refuse(answer)


def check_in_service(state: ContractState, kind: MeasureKind, terms: Terms) -> None:
    """Refused unless there is a service to lay the measure over."""
    answer = overlay_check(state, OVERLAYS[kind], terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)


def notice_of(measure: Measure, given_at: dt.datetime | None) -> PriorNotice | None:
    """What the contractor was told and when, as the terms look at it."""
    if given_at is None:
        return None
    return PriorNotice(given_at, measure.fact, measure.reason, measure.period or _end_named(measure))


def ground_of(basis: str, code: str) -> Ground | None:
    catalogue = CATALOGUES.get(Basis(basis))
    return ground_named(catalogue, code) if catalogue and code else None


def ground_words(basis: str, code: str) -> Words:
    """The ground, to be read by people."""
    found = ground_of(basis, code)
    if found is not None:
        return found.words
    return _OPERATIONS if basis == Basis.BREACH else _NO_GROUND


def _check_ground(plan: Plan, terms: Terms) -> str:
    if not plan.ground and plan.basis in (Basis.BREACH, Basis.LIMITS):
        _check_reason(plan)
        return "24-1" if plan.basis == Basis.LIMITS else "26-1"
    answer = ground_check(CATALOGUES[plan.basis], plan.ground, plan.fact, terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    return "26-1" if plan.basis == Basis.BREACH else answer.article


def _check_reason(plan: Plan) -> None:
    if not plan.reason.strip():
        raise Refused("measure.no_reason", "理由の記載が必要です。", "The measure needs its reason.", "26-2")


def _check_arrears(plan: Plan, terms: Terms) -> None:
    due_on = plan.arrears_due_on
    if due_on is None or not arrears_suspendable(due_on, tokyo_date(plan.starts_at), paid=False, terms=terms).value:
        raise Refused(
            "suspension.not_in_arrears",
            "開始日の時点で支払期日を経過した未払いがありません。",
            "On the day it would start, nothing is past its due date.",
            "21-1(1)",
        )


def _may_begin(
    plan: Plan, starts_at: dt.datetime, notice: PriorNotice | None, urgent_reason: str, terms: Terms
) -> Value[bool] | Refusal:
    if plan.basis == Basis.INTERRUPTION:
        return interruption_check(plan.ground, starts_at, notice, urgent_reason, plan.fact, terms=terms)
    if plan.basis == Basis.SUSPENSION:
        return suspension_check(plan.ground, starts_at, notice, urgent_reason, plan.fact, terms=terms)
    if plan.basis == Basis.BREACH:
        return measures_check([LawfulMeasure(plan.kind)], starts_at, notice, urgent_reason, terms=terms)
    return Value(True, "24-1" if plan.basis == Basis.LIMITS else "18-1", terms.version)


def _end_named(measure: Measure) -> str:
    return measure.until_at.isoformat() if measure.until_at else ""
