"""Everything that the desk can do with one contract; each act has a page that shows its consequences first."""

from __future__ import annotations

from sekisho.apps.contracts.models import Contract
from sekisho.terms.history import Standing

from . import ending, measures, money, parties, registers, starting
from .act import Act, Subject

ACTS: dict[str, Act] = {
    act.slug: act for module in (starting, ending, measures, parties, money, registers) for act in module.ACTS
}


def offered(contract: Contract, standing: Standing) -> dict[str, list[Act]]:
    """Section -> the acts that its state allows; whether the details do is said when one is asked for."""
    found: dict[str, list[Act]] = {}
    for act in ACTS.values():
        if standing.state in act.states:
            found.setdefault(act.section, []).append(act)
    return found


__all__ = ["ACTS", "Act", "Subject", "offered"]
