"""Claims for damages."""

from __future__ import annotations

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import DamageClaim


def claims_of(scope: Scope, contract: Contract) -> list[DamageClaim]:
    """Every claim under a contract, newest first."""
    return list(scope.admit(DamageClaim.objects.filter(contract=contract)).order_by("-claimed_at", "-id"))


def claim_by_number(scope: Scope, number: str) -> DamageClaim | None:
    return scope.admit(DamageClaim.objects.select_related("contract").filter(number=number)).first()
