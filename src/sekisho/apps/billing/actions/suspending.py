"""From arrears to suspension: the machine proposes from the first day on, a person announces, nothing is automatic.

A proposal that a person takes up becomes a suspension with prior notice among the contract's measures (Art. 21-2);
taking it on its day is again a person's act, over there.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.actions.measures import Basis, Plan, announce
from sekisho.apps.contracts.models import Contract, MeasureKind
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.enforcement import arrears_suspendable
from sekisho.terms.moments import ONE_DAY, tokyo_date

from ..models import ProposalDecision, SuspensionProposal
from ..queries.receivables import overdue_debts
from .allocating import given_reason

GROUND = "arrears"


@transaction.atomic
def propose_suspension(actor: Actor, *, contract: Contract) -> SuspensionProposal | None:
    """Put a contract's arrears before a person, once for each oldest overdue invoice; the job asks this every day."""
    today = tokyo_date(clock.now())
    take_turn("billing.dunning", contract.pk)
    debts = overdue_debts(current(), today, [contract.pk]).get(contract.pk)
    if not debts or SuspensionProposal.objects.filter(oldest_id=debts[0].key).exists():
        return None
    if SuspensionProposal.objects.filter(contract=contract, decided_at=None).exists():
        return None
    suspendable = arrears_suspendable(debts[0].due_on, today, paid=False, terms=terms_of(contract))
    if not suspendable.value:
        return None
    proposal = SuspensionProposal.objects.create(
        contract=contract,
        oldest_id=debts[0].key,
        due_on=debts[0].due_on,
        eligible_on=debts[0].due_on + ONE_DAY,
        open_yen=sum(debt.open_yen for debt in debts),
        article=suspendable.article,
        terms_version=suspendable.terms_version,
        proposed_at=clock.now(),
    )
    _record(actor, "propose_suspension", proposal)
    return proposal


@transaction.atomic
def announce_suspension(
    actor: Person, *, proposal: SuspensionProposal, starts_at: dt.datetime, reason: str, period: str
) -> SuspensionProposal:
    """Give the contractor prior notice that its service will be suspended from ``starts_at`` for ``period``.

    Refused when it has paid meanwhile, and by whatever the terms say against the notice itself.
    """
    require(actor, "dunning.decide")
    reason = given_reason(reason)
    proposal = _undecided(proposal)
    if not _is_still_late(proposal):
        raise Refused("suspension.paid", "延滞は解消しています。", "The arrears have been paid.", "21-1(1)")
    plan = Plan(
        kind=MeasureKind.SUSPENSION,
        basis=Basis.SUSPENSION,
        ground=GROUND,
        fact=_FACT.format(number=proposal.oldest.number, yen=proposal.open_yen, due_on=proposal.due_on),
        reason=reason,
        period=period,
        starts_at=starts_at,
        arrears_due_on=proposal.due_on,
        cause=f"suspension_proposal:{proposal.pk}",
    )
    measure = announce(actor, contract=proposal.contract, plan=plan)
    proposal.measure = measure.number
    return _decide(actor, proposal, ProposalDecision.ANNOUNCED, reason)


@transaction.atomic
def decline_suspension(actor: Person, *, proposal: SuspensionProposal, reason: str) -> SuspensionProposal:
    """The service goes on, for a reason."""
    require(actor, "dunning.decide")
    reason = given_reason(reason)
    return _decide(actor, _undecided(proposal), ProposalDecision.DECLINED, reason)


@transaction.atomic
def close_paid_proposal(actor: Actor, *, proposal: SuspensionProposal) -> bool:
    """Take a proposal off the desk when nothing is late any more; the job asks this of every open one."""
    proposal = _undecided(proposal)
    if _is_still_late(proposal):
        return False
    _decide(actor, proposal, ProposalDecision.PAID, "")
    return True


def _is_still_late(proposal: SuspensionProposal) -> bool:
    today = tokyo_date(clock.now())
    return bool(overdue_debts(current(), today, [proposal.contract_id]))


def _undecided(proposal: SuspensionProposal) -> SuspensionProposal:
    rows = SuspensionProposal.objects.select_for_update(of=("self",)).select_related("contract__contractor", "oldest")
    found = rows.get(pk=proposal.pk)
    if found.decided_at is not None:
        raise Refused("suspension.decided", "この提案は処理済みです。", "This proposal has been decided on already.")
    return found


def _decide(
    actor: Actor, proposal: SuspensionProposal, decision: ProposalDecision, reason: str
) -> SuspensionProposal:  # fmt: skip
    proposal.decision, proposal.reason = decision, reason
    proposal.decided_at, proposal.decided_by_id = clock.now(), actor.pk
    proposal.save()
    _record(actor, f"suspension_proposal_{decision.value}", proposal)
    return proposal


def _record(actor: Actor, verb: str, proposal: SuspensionProposal) -> None:
    record(
        actor,
        act=f"billing.{verb}",
        object=f"suspension_proposal:{proposal.pk}",
        contract_id=proposal.contract_id,
        terms_version=proposal.terms_version,
        details={"open_yen": proposal.open_yen, "due_on": proposal.due_on.isoformat(), "measure": proposal.measure},
    )


_FACT = "請求書{number}ほか、支払期日{due_on}経過、未払額{yen:,}円 / invoice {number}, due {due_on}, open {yen:,} yen"
