"""Cases of prohibited acts, and the measures taken from them (Arts. 19, 26; R080-R083).

The measures themselves are the contract's (``contracts.actions.measures``): they are checked, announced and told
to its history there. Here stands why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.models import Contract, Measure
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.enforcement import Measure as MeasureKind
from sekisho.terms.grounds import Catalogue, ground_check, ground_named
from sekisho.terms.plans import SecurityFunction
from sekisho.terms.values import Refusal

from ..models import CaseEntry, CaseEntryKind, CaseMeasure, EndUser, EnforcementCase

NEEDED_BY_OPERATIONS = "26-1"
"""The article of a case without a breach: the operations need a measure."""


@transaction.atomic
def open_case(
    actor: Actor,
    *,
    contract: Contract,
    ground: str,
    facts: str,
    occurred_at: dt.datetime,
    end_user: EndUser | None = None,
) -> EnforcementCase:
    """A prohibited act (``ground``: a code of Art. 19-1), or with an empty one a need of the operations.

    What an end user did opens the case on the contractor that resells to it.
    """
    article = _article(contract, ground, facts)
    if end_user is not None:
        _check_end_user(contract, end_user, occurred_at)
    case = EnforcementCase.objects.create(
        number=next_number("EC"),
        contract=contract,
        end_user=end_user,
        ground=ground,
        article=article,
        facts=facts.strip(),
        occurred_at=occurred_at,
        opened_at=clock.now(),
        opened_by_id=actor.pk,
    )
    details = {"ground": ground, "article": article, "end_user": end_user.pk if end_user else None}
    _record(actor, "registers.open_case", case, details)
    return case


@transaction.atomic
def note(actor: Actor, *, case: EnforcementCase, kind: CaseEntryKind, text: str, yen: int | None = None) -> CaseEntry:
    """A fact, a damage or the contractor's responsibility, added to an open case."""
    _check_open(case)
    if kind == CaseEntryKind.CLOSED:
        raise ValueError("a case is closed by close_case")
    return _add(actor, case, kind, text, yen)


@transaction.atomic
def demand(actor: Actor, *, case: EnforcementCase, reason: str) -> CaseMeasure:
    """Demand that the act stops: needs no notice, takes effect with its letter."""
    _check_open(case)
    taken = measures.demand(
        actor, contract=case.contract, ground=case.ground, fact=case.facts, reason=reason, cause=_cause(case)
    )
    return _attach(actor, case, taken)


@transaction.atomic
def announce_measures(
    actor: Actor,
    *,
    case: EnforcementCase,
    kinds: Collection[MeasureKind],
    reason: str,
    period: str,
    starts_at: dt.datetime,
    until_at: dt.datetime | None = None,
    functions: Collection[SecurityFunction] = (),
) -> list[CaseMeasure]:
    """Announce measures, alone or combined, to the contractor (Art. 26-2); a demand among them is made at once.

    Each is taken by ``contracts.actions.measures.take`` afterwards. A termination has ``propose_termination``.
    """
    _check_open(case)
    _check_no_termination(kinds)
    announced = []
    for kind in _in_order(kinds):
        if kind is MeasureKind.DEMAND:
            announced.append(demand(actor, case=case, reason=reason))
            continue
        measure = measures.announce(
            actor,
            contract=case.contract,
            plan=measures.Plan(
                kind=kind,
                basis=measures.Basis.BREACH,
                ground=case.ground,
                fact=case.facts,
                reason=reason,
                period=period,
                starts_at=starts_at,
                until_at=until_at,
                functions=frozenset(functions) if kind is MeasureKind.RESTRICTION else frozenset(),
                cause=_cause(case),
            ),
        )
        announced.append(_attach(actor, case, measure))
    return announced


@transaction.atomic
def take_measures_urgently(
    actor: Actor,
    *,
    case: EnforcementCase,
    kinds: Collection[MeasureKind],
    reason: str,
    period: str,
    urgent_reason: str,
    functions: Collection[SecurityFunction] = (),
) -> list[CaseMeasure]:
    """Restrict or suspend at once, without notice, for a recorded urgent reason; refused without one.

    A termination is never urgent here: it takes two people, and Art. 18 needs no notice at all.
    """
    _check_open(case)
    _check_no_termination(kinds)
    taken = []
    for kind in _in_order(kinds):
        if kind is MeasureKind.DEMAND:
            taken.append(demand(actor, case=case, reason=reason))
            continue
        measure = measures.take_urgently(
            actor,
            contract=case.contract,
            plan=measures.Plan(
                kind=kind,
                basis=measures.Basis.BREACH,
                ground=case.ground,
                fact=case.facts,
                reason=reason,
                period=period,
                starts_at=clock.now(),
                functions=frozenset(functions) if kind is MeasureKind.RESTRICTION else frozenset(),
                cause=_cause(case),
            ),
            urgent_reason=urgent_reason,
        )
        taken.append(_attach(actor, case, measure))
    return taken


@transaction.atomic
def propose_termination(
    actor: Person, *, case: EnforcementCase, evidence: str, reason: str, period: str, starts_at: dt.datetime
) -> CaseMeasure:
    """Propose to end the contract for the case, with the notice of Art. 26-2; another person approves it."""
    _check_open(case)
    measure = measures.propose_termination(
        actor,
        contract=case.contract,
        basis=measures.Basis.BREACH,
        ground=case.ground,
        fact=case.facts,
        evidence=evidence,
        reason=reason,
        period=period,
        starts_at=starts_at,
        cause=_cause(case),
    )
    return _attach(actor, case, measure)


@transaction.atomic
def close_case(actor: Actor, *, case: EnforcementCase, text: str) -> CaseEntry:
    """The case is over; measures that still run are lifted by themselves."""
    _check_open(case)
    return _add(actor, case, CaseEntryKind.CLOSED, text, None)


def _article(contract: Contract, ground: str, facts: str) -> str:
    if not facts.strip():
        raise Refused("case.no_facts", "事実の記載が必要です。", "A case needs its facts.", "19-1")
    if not ground:
        return NEEDED_BY_OPERATIONS
    answer = ground_check(Catalogue.PROHIBITED_ACT, ground, facts, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    return ground_named(Catalogue.PROHIBITED_ACT, ground).article


def _check_end_user(contract: Contract, end_user: EndUser, occurred_at: dt.datetime) -> None:
    if end_user.contract_id != contract.pk:
        raise Refused(
            "case.end_user_of_other_contract",
            "この利用者は、この契約の再販売先ではありません。",
            "This end user does not belong to this contract.",
            "15-3",
        )


def _check_no_termination(kinds: Collection[MeasureKind]) -> None:
    if MeasureKind.TERMINATION in kinds:
        raise Refused(
            "measure.termination_apart",
            "解除は他の措置とは別に、証拠を添えて提案してください。",
            "A termination is proposed by itself, with its evidence; another person approves it.",
            "26-2",
        )


def _check_open(case: EnforcementCase) -> None:
    if case.entries.filter(kind=CaseEntryKind.CLOSED).exists():
        raise Refused("case.closed", "この案件は終了しています。", "This case is closed.", "26-1")


def _add(actor: Actor, case: EnforcementCase, kind: CaseEntryKind, text: str, yen: int | None) -> CaseEntry:
    entry = CaseEntry.objects.create(
        case=case, contract_id=case.contract_id, at=clock.now(), by_id=actor.pk, kind=kind, text=text.strip(), yen=yen
    )
    act = "registers.close_case" if kind == CaseEntryKind.CLOSED else "registers.note_case"
    _record(actor, act, case, {"kind": kind, "yen": yen})
    return entry


def _attach(actor: Actor, case: EnforcementCase, measure: Measure) -> CaseMeasure:
    taken = CaseMeasure.objects.create(
        case=case, contract_id=case.contract_id, kind=measure.kind, measure=measure.number, at=clock.now()
    )
    _record(actor, "registers.attach_measure", case, {"kind": measure.kind, "measure": measure.number})
    return taken


def _in_order(kinds: Collection[MeasureKind]) -> list[MeasureKind]:
    """In the order of Art. 26-1's list."""
    return [kind for kind in MeasureKind if kind in kinds]


def _cause(case: EnforcementCase) -> str:
    return f"case:{case.number}"


def _record(actor: Actor, act: str, case: EnforcementCase, details: dict) -> None:
    record(
        actor,
        act=act,
        object=f"case:{case.number}",
        contract_id=case.contract_id,
        terms_version=case.contract.terms_version,
        details=details,
    )
