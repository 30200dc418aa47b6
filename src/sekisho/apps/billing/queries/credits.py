"""Reductions that wait for a second person."""

from __future__ import annotations

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import GoodwillProposal

GOODWILL_SHOWN_MAX = 200


def goodwill_to_decide(scope: Scope, contract: Contract | None = None) -> list[GoodwillProposal]:
    """Proposed reductions that nobody has decided on, of one contract or of all, the oldest first."""
    rows = GoodwillProposal.objects.select_related("contract__contractor", "proposed_by").filter(decided_at=None)
    if contract is not None:
        rows = rows.filter(contract=contract)
    return list(scope.admit(rows).order_by("proposed_at", "id")[:GOODWILL_SHOWN_MAX])
