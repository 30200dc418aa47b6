"""Reminders and proposals as the desk sees them, and what each party of a contract answers for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.contracts.queries.parties import liable_on, parties_on
from sekisho.apps.scope import Scope
from sekisho.terms.parties import joint_exposure

from ..debts import Debt
from ..dunning_steps import Level, Reached
from ..models import DunningLetter, DunningLevel, Invoice, ProposalDecision, SuspensionProposal
from .receivables import open_debts, overdue_debts

LETTERS_MAX = 500


def dunning_levels() -> list[Level]:
    """The levels as they are set now, lowest first."""
    return [Level(row.level, row.days_late, row.pay_within_days) for row in DunningLevel.objects.order_by("level")]


def letters_to_decide(scope: Scope, limit: int = LETTERS_MAX) -> list[DunningLetter]:
    """Letters that wait for a person, the oldest first."""
    rows = DunningLetter.objects.filter(decided_at=None).select_related("contract", "addressee", "oldest")
    return list(scope.admit(rows).order_by("made_at", "id")[:limit])


def letters_of(scope: Scope, contract: Contract) -> list[DunningLetter]:
    rows = DunningLetter.objects.filter(contract=contract).select_related("addressee")
    return list(scope.admit(rows).order_by("id"))


def letter_by_number(scope: Scope, number: str) -> DunningLetter | None:
    rows = DunningLetter.objects.filter(number=number).select_related("contract", "addressee", "oldest")
    return scope.admit(rows).first()


def reached_levels(scope: Scope, invoice_ids: Iterable[int]) -> dict[int, list[Reached]]:
    """Oldest overdue invoice -> the levels that were reached for it."""
    found: dict[int, list[Reached]] = defaultdict(list)
    rows = scope.admit(DunningLetter.objects.filter(oldest_id__within=set(invoice_ids)))
    for invoice_id, level, decided_at, pay_by_on in rows.values_list("oldest_id", "level", "decided_at", "pay_by_on"):
        found[invoice_id].append(Reached(level, decided_at is not None, pay_by_on))
    return found


def proposals_to_decide(scope: Scope, limit: int = LETTERS_MAX) -> list[SuspensionProposal]:
    """Suspensions that wait for a person, the longest overdue first."""
    rows = SuspensionProposal.objects.filter(decided_at=None).select_related("contract__contractor", "oldest")
    return list(scope.admit(rows).order_by("due_on", "id")[:limit])


def suspensions_to_lift(scope: Scope, on: dt.date) -> list[SuspensionProposal]:
    """Announced suspensions whose arrears have been paid: a person lifts or withdraws the measure they name."""
    rows = SuspensionProposal.objects.filter(decision=ProposalDecision.ANNOUNCED).select_related("contract")
    announced = list(scope.admit(rows).order_by("decided_at", "id"))
    late = overdue_debts(scope, on, {proposal.contract_id for proposal in announced})
    return [proposal for proposal in announced if proposal.contract_id not in late][:LETTERS_MAX]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one party owes of a contract's open debts, each in full (Art. 33-1); yen."""

    organisation: Organisation
    is_party: bool
    yen: int


def exposures(scope: Scope, contract: Contract, on: dt.date) -> list[Exposure]:
    """Every party that answers for something open, also one that has left; a contract without a register has one."""
    owed: dict[int, int] = defaultdict(int)
    organisations = {contract.contractor_id: contract.contractor}
    debts, terms = open_debts(scope, [contract.pk]), terms_of(contract)
    answering = _liable(scope, contract, debts)
    for debt in debts:
        liable = answering[debt.key]
        organisations |= {organisation.pk: organisation for organisation in liable}
        for organisation in liable:
            owed[organisation.pk] += joint_exposure(debt.yen, debt.yen - debt.open_yen, terms=terms).value
    present = {found.party.organisation_id for found in parties_on(scope, contract, on)} or {contract.contractor_id}
    return [Exposure(organisations[key], key in present, yen) for key, yen in sorted(owed.items())]


def _liable(scope: Scope, contract: Contract, debts: list[Debt]) -> dict[int, list[Organisation]]:
    """Of each debt, whoever was a party when the invoice's supply began."""
    invoices = Invoice.objects.filter(pk__within={debt.key for debt in debts})
    incurred_on = dict(invoices.values_list("pk", "supplied_from"))
    liable = liable_on(scope, contract, set(incurred_on.values()))
    return {
        key: [party.organisation for party in liable[day]] or [contract.contractor] for key, day in incurred_on.items()
    }
