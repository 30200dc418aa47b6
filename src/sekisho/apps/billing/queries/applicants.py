"""What the desk is warned of at an application: arrears, and what came of earlier contracts (Art. 11-2(3), (5)).

Computed whenever it is asked, so that it is as of now; a warning is for a person to weigh and refuses nothing.
"""

from __future__ import annotations

from sekisho.apps.contracts.models import Application
from sekisho.apps.contracts.queries.past import (
    ApplicantWarning,
    contracts_of_party,
    corporate_number_of,
    past_of,
    same_party,
)
from sekisho.apps.scope import Scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words, Yen

from ..debts import Debt
from .receivables import overdue_debts


def warnings_for(scope: Scope, application: Application) -> list[ApplicantWarning]:
    """Arrears, the oldest first; then suspensions and terminations, predecessors' too. Only for who sees all."""
    if not scope.sees_all:
        return []
    party = same_party(application.applicant, corporate_number_of(application))
    return [*_arrears(scope, party), *past_of(scope, party)]


def _arrears(scope: Scope, party: set[int]) -> list[ApplicantWarning]:
    contracts = {contract.pk: contract.number for contract in contracts_of_party(scope, party)}
    late = overdue_debts(scope, tokyo_date(clock.now()), contracts)
    debts = sorted((debt for debts in late.values() for debt in debts), key=lambda debt: (debt.due_on, debt.key))
    return [_warning(debt, contracts[debt.contract_id]) for debt in debts]


def _warning(debt: Debt, contract: str) -> ApplicantWarning:
    words = _OVERDUE.with_facts(debt.number, debt.due_on, Yen(debt.open_yen))
    return ApplicantWarning("credit_risk", debt.contract_id, contract, debt.due_on, words)


_OVERDUE = Words("請求書{0}(支払期日{1})の{2}が未払いです。", "{2} of invoice {0}, due on {1}, is unpaid.")
