"""Interruptions (Art. 20): one piece of work, several contracts, each told before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.enforcement import maintenance_notice_due
from sekisho.terms.moments import tokyo_date

from ...models import Basis, Contract, Measure, MeasureAct, MeasureKind
from ...queries.measures import MeasureState, measures_of_work, state_of
from ...queries.standing import terms_of
from . import keeping
from .announcing import announce
from .plan import Plan
from .taking import lift, take, take_urgently

FIRST_WORK = 100_001


@transaction.atomic
def announce_interruption(
    actor: Actor,
    *,
    contracts: Sequence[Contract],
    ground: str,
    fact: str,
    reason: str,
    starts_at: dt.datetime,
    until_at: dt.datetime,
    short_notice_reason: str = "",
) -> list[Measure]:
    """Announce work to every contract it touches. ``ground``: one of the five codes of Art. 20-1.

    Refused after the house's last day for it (switch ``maintenance_notice_days``), unless ``short_notice_reason``
    says why it cannot wait so long.
    """
    work = _next_work()
    announced = []
    for contract in contracts:
        _check_lead_time(contract, starts_at, short_notice_reason)
        plan = _plan(ground, fact, _with(reason, short_notice_reason), starts_at, until_at, work)
        announced.append(announce(actor, contract=contract, plan=plan))
    return announced


@transaction.atomic
def interrupt(actor: Actor, *, work: str) -> list[Measure]:
    """The work is on as announced: every contract that was told and is not yet interrupted."""
    waiting = [m for m in measures_of_work(current(), work) if state_of(m) is MeasureState.ANNOUNCED]
    return [take(actor, measure=measure) for measure in waiting]


@transaction.atomic
def interrupt_urgently(
    actor: Actor,
    *,
    contracts: Sequence[Contract],
    ground: str,
    fact: str,
    reason: str,
    urgent_reason: str,
    until_at: dt.datetime | None = None,
) -> list[Measure]:
    """Interrupt at once, without notice, for a recorded urgent reason."""
    work = _next_work()
    plan = _plan(ground, fact, reason, clock.now(), until_at, work)
    return [take_urgently(actor, contract=contract, plan=plan, urgent_reason=urgent_reason) for contract in contracts]


@transaction.atomic
def end_interruption(actor: Actor, *, work: str, reason: str) -> list[Measure]:
    """The work is done: the service is back for everyone it touched, and everyone is told."""
    running = [m for m in measures_of_work(current(), work) if state_of(m) is MeasureState.TAKEN]
    return [lift(actor, measure=measure, reason=reason) for measure in running]


@transaction.atomic
def note_relocation(actor: Actor, *, measure: Measure, note: str) -> None:
    """Equipment was moved during the interruption (Art. 20-3): which, from where, to where."""
    measure = keeping.locked(measure, MeasureState.TAKEN)
    keeping.step(actor, measure, MeasureAct.RELOCATED, verb="note_relocation", note=note)


def _plan(ground: str, fact: str, reason: str, starts_at: dt.datetime, until_at: dt.datetime | None, work: str) -> Plan:
    return Plan(
        kind=MeasureKind.INTERRUPTION,
        basis=Basis.INTERRUPTION,
        ground=ground,
        fact=fact,
        reason=reason,
        period="",
        starts_at=starts_at,
        until_at=until_at,
        work=work,
    )


def _with(reason: str, short_notice_reason: str) -> str:
    return f"{reason} ({short_notice_reason})" if short_notice_reason.strip() else reason


def _check_lead_time(contract: Contract, starts_at: dt.datetime, short_notice_reason: str) -> None:
    last = maintenance_notice_due(starts_at, terms=terms_of(contract))
    if tokyo_date(clock.now()) > last.value and not short_notice_reason.strip():
        raise Refused(
            "interruption.short_notice",
            f"計画工事の通知期限は{last.value}でした。短期通知の理由を記載してください。",
            f"Planned work had to be announced by {last.value}: say why it cannot wait.",
            last.article,
        )


def _next_work() -> str:
    take_turn("work numbers")
    last = Measure.objects.exclude(work="").order_by("-work").values_list("work", flat=True).first()
    return f"WK{int(last[2:]) + 1 if last else FIRST_WORK}"
