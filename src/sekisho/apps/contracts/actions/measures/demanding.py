"""Demanding that a breach stops (Art. 26-1(1)): needs no notice, changes nothing of the service."""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.gateways import clock

from ...models import Basis, Contract, Measure, MeasureAct, MeasureKind
from . import keeping
from .plan import Plan


@transaction.atomic
def demand(actor: Actor, *, contract: Contract, ground: str, fact: str, reason: str, cause: str = "") -> Measure:
    """Write to the contractor to stop what it does; ``ground``: a code of Art. 19-1, or "" for the operations."""
    plan = Plan(
        kind=MeasureKind.DEMAND,
        basis=Basis.BREACH,
        ground=ground,
        fact=fact,
        reason=reason,
        period="",
        starts_at=clock.now(),
        cause=cause,
    )
    measure = keeping.add(actor, contract, plan)
    keeping.step(actor, measure, MeasureAct.TAKEN, verb="demand")
    keeping.write(actor, measure, "demanded")
    return measure
