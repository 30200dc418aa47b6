"""How measures stand, and which are open."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import NamedTuple

from django.db.models import QuerySet

from sekisho.apps.notices.queries import attempts_about
from sekisho.apps.scope import Scope

from ..models import Contract, Measure, MeasureAct, MeasureKind, MeasureStep

MEASURES_SHOWN_MAX = 200


class MeasureState(StrEnum):
    ANNOUNCED = "announced"
    TAKEN = "taken"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


def measure_by_number(scope: Scope, number: str) -> Measure | None:
    rows = Measure.objects.select_related("contract").prefetch_related("steps").filter(number=number)
    return scope.admit(rows).first()


def measures_of(scope: Scope, contract: Contract) -> list[Measure]:
    """Every measure of a contract, newest first."""
    rows = Measure.objects.filter(contract=contract).prefetch_related("steps")
    return list(scope.admit(rows).order_by("-starts_at", "-id")[:MEASURES_SHOWN_MAX])


def measures_of_work(scope: Scope, work: str) -> list[Measure]:
    """The interruptions of one piece of work, by contract."""
    rows = Measure.objects.filter(work=work).select_related("contract").prefetch_related("steps")
    return list(scope.admit(rows).order_by("contract__number"))


class Work(NamedTuple):
    """Work that isn't over: one of its interruptions, how many contracts it touches, and how many stand still now."""

    measure: Measure
    contracts: int
    interrupted: int


def open_works(scope: Scope) -> list[Work]:
    """Work that is announced or going on, by when it begins."""
    by_work: dict[str, list[Measure]] = {}
    for measure in _open(scope).filter(kind=MeasureKind.INTERRUPTION).exclude(work=""):
        by_work.setdefault(measure.work, []).append(measure)
    return [
        Work(of_one[0], len(of_one), sum(state_of(measure) is MeasureState.TAKEN for measure in of_one))
        for of_one in by_work.values()
    ]


def open_measures(scope: Scope, kind: MeasureKind | None = None) -> list[Measure]:
    """Announced or running measures, of one kind or all, soonest first. A demand is done as it is made."""
    rows = _open(scope)
    return list((rows.filter(kind=kind) if kind is not None else rows)[:MEASURES_SHOWN_MAX])


def _open(scope: Scope) -> QuerySet[Measure]:
    rows = Measure.objects.exclude(kind=MeasureKind.DEMAND).select_related("contract").prefetch_related("steps")
    over = scope.admit(MeasureStep.objects.filter(act__in=(MeasureAct.ENDED, MeasureAct.WITHDRAWN)))
    return scope.admit(rows.exclude(pk__in=over.values("measure_id"))).order_by("starts_at", "id")


def state_of(measure: Measure) -> MeasureState:
    acts = {step.act for step in measure.steps.all()}
    for act, state in _STATES.items():
        if act in acts:
            return state
    return MeasureState.ANNOUNCED


_STATES = {
    MeasureAct.WITHDRAWN: MeasureState.WITHDRAWN,
    MeasureAct.ENDED: MeasureState.ENDED,
    MeasureAct.TAKEN: MeasureState.TAKEN,
}


def notice_given_at(scope: Scope, measure: Measure) -> dt.datetime | None:
    """When the notice of a measure went out: the first mail our server took, or the first letter that arrived."""
    mails = [a.handed_over_at for a in attempts_about(scope, subject_of(measure)) if a.handed_over_at is not None]
    letters = [step.at for step in measure.steps.all() if step.act == MeasureAct.LETTER]
    return min([*mails, *letters], default=None)


def subject_of(measure: Measure) -> str:
    """What notices about a measure are filed under."""
    return f"measure:{measure.number}"
