"""How measures stand, and which are open."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

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


def open_measures(scope: Scope, kind: MeasureKind | None = None) -> list[Measure]:
    """Announced or running measures, of one kind or all, soonest first. A demand is done as it is made."""
    rows = Measure.objects.exclude(kind=MeasureKind.DEMAND).select_related("contract").prefetch_related("steps")
    over = scope.admit(MeasureStep.objects.filter(act__in=(MeasureAct.ENDED, MeasureAct.WITHDRAWN)))
    rows = rows.exclude(pk__in=over.values("measure_id"))
    if kind is not None:
        rows = rows.filter(kind=kind)
    return list(scope.admit(rows).order_by("starts_at", "id")[:MEASURES_SHOWN_MAX])


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
