"""Termination by the carrier: on a ground, with evidence, by two people (Arts. 18, 26; R079, R083).

By Article 18 it needs no notice; by Article 26 one goes out with the proposal. One person proposes, another
approves; the approval is the decision, and its instant is the effect.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor
from sekisho.apps.refusals import refuse
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState, transition_check
from sekisho.terms.ending import termination_check, termination_effect
from sekisho.terms.enforcement import PriorNotice
from sekisho.terms.history import FactKind, History
from sekisho.terms.values import Refusal

from ...models import Basis, Contract, Measure, MeasureAct, MeasureKind
from ...queries.measures import MeasureState, measures_of, notice_given_at, state_of
from ...queries.standing import history_of, terms_of
from .. import facts
from . import keeping
from .plan import Plan, check_may_begin, check_plan, notice_of, plan_of

APPROVER_TO_COME = "another person"
_ENDED_WITH_SERVICE = (
    FactKind.SERVICE,
    FactKind.BILLING,
    FactKind.INTERRUPTED,
    FactKind.RESTRICTED,
    FactKind.SUSPENDED,
)


@transaction.atomic
def propose_termination(
    actor: Person,
    *,
    contract: Contract,
    ground: str,
    fact: str,
    evidence: str,
    basis: Basis = Basis.TERMINATION,
    reason: str = "",
    starts_at: dt.datetime | None = None,
    period: str = "",
    cause: str = "",
) -> Measure:
    """The first person's half. ``ground``: a code of Art. 18-1, or with ``Basis.BREACH`` of Art. 19-1.

    By Article 26 ``starts_at`` and what a notice has to say are needed, and the notice goes out now.
    """
    require(actor, "contracts.terminate")
    terms, now = terms_of(contract), clock.now()
    answer = termination_check(evidence, _known_as(actor), APPROVER_TO_COME, terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    plan = Plan(
        kind=MeasureKind.TERMINATION,
        basis=basis,
        ground=ground,
        fact=fact,
        reason=reason,
        period=period,
        starts_at=starts_at or now,
        cause=cause,
    )
    check_plan(plan, terms)
    _check_may_end(contract, now)
    if basis == Basis.BREACH:
        check_may_begin(plan, plan.starts_at, PriorNotice(now, fact, reason, period), "", terms)
    measure = keeping.add(actor, contract, plan, evidence=evidence)
    keeping.step(actor, measure, MeasureAct.ANNOUNCED, verb="propose_termination")
    if basis == Basis.BREACH:
        keeping.write(actor, measure, "announced")
    return measure


@transaction.atomic
def approve_termination(actor: Person, *, measure: Measure) -> Measure:
    """Another person's half: the contract ends, by Article 18 now, by 26 not before the announced instant.

    Refused for the proposer (``termination.needs_two``), and by Article 26 while the notice has not gone out.
    """
    require(actor, "contracts.terminate")
    measure = keeping.locked(measure, MeasureState.ANNOUNCED)
    effect = check_approval(actor, measure)
    _end_contract(actor, measure.contract, effect)
    keeping.step(actor, measure, MeasureAct.TAKEN, verb="terminate", at=effect)
    keeping.write(actor, measure, "taken")
    return measure


def check_approval(actor: Person, measure: Measure) -> dt.datetime:
    """When the contract would end if this person approved now; refused as ``approve_termination`` refuses it."""
    if measure.kind != MeasureKind.TERMINATION:
        raise ValueError(f"a {measure.kind} is not approved here")
    contract, terms = measure.contract, terms_of(measure.contract)
    answer = termination_check(measure.evidence, _proposer(measure), _known_as(actor), terms=terms)
    if isinstance(answer, Refusal):
        refuse(answer)
    effect = termination_effect(max(clock.now(), measure.starts_at), terms=terms).value
    notice = notice_of(measure, notice_given_at(current(), measure))
    check_may_begin(plan_of(measure), effect, notice, "", terms)
    _check_may_end(contract, effect)
    return effect


@transaction.atomic
def reject_termination(actor: Person, *, measure: Measure, reason: str) -> Measure:
    """The second person says no, or the first takes it back; what was announced is withdrawn in a letter."""
    measure = keeping.locked(measure, MeasureState.ANNOUNCED)
    keeping.step(actor, measure, MeasureAct.WITHDRAWN, verb="reject_termination", note=reason)
    if measure.basis == Basis.BREACH:
        keeping.write(actor, measure, "withdrawn")
    return measure


def _check_may_end(contract: Contract, at: dt.datetime) -> None:
    state = history_of(current(), contract).at(at).state
    answer = transition_check(state, ContractState.ENDED, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)


def _end_contract(actor: Actor, contract: Contract, at: dt.datetime) -> None:
    """The service, its billing and whatever lies over them end at an instant; before service, the contract does."""
    history = history_of(current(), contract)
    for kind in _ENDED_WITH_SERVICE:
        for fact in history.of_kind(kind):
            if fact.from_at >= at:
                facts.void_fact(actor, contract, fact)
            elif fact.until_at is None or fact.until_at > at:
                facts.end_fact(actor, contract, fact, at)
    if not _in_service(history, at):
        facts.tell(actor, contract, FactKind.STATE, ContractState.ENDED.value, at)
    for measure in measures_of(current(), contract):
        if state_of(measure) is MeasureState.TAKEN and measure.kind not in _DONE_AT_ONCE:
            keeping.step(actor, measure, MeasureAct.ENDED, verb=f"end_{measure.kind}", at=at)


def _in_service(history: History, at: dt.datetime) -> bool:
    return any(fact.from_at < at for fact in history.of_kind(FactKind.SERVICE))


def _proposer(measure: Measure) -> str:
    return f"person:{measure.decided_by_id}"


def _known_as(person: Person) -> str:
    return f"person:{person.pk}"


_DONE_AT_ONCE = (MeasureKind.DEMAND, MeasureKind.TERMINATION)
