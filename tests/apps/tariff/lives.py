"""Short lives of contracts, told as facts, for tests of prices."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sekisho.terms.history import DatedFact, FactKind, History, at_start_of, through

EVERYTHING_CHOSEN = ["firewall", "ids_ips"]


class Life:
    """Facts told one after the other; ``history`` is what they come to."""

    def __init__(self) -> None:
        self._told: list[DatedFact] = []

    def tell(
        self,
        kind: FactKind,
        value: Any,
        first: dt.date,
        last: dt.date | None = None,
        *,
        thread: str = "",
        known_on: dt.date | None = None,
    ) -> Life:
        fact = DatedFact(
            number=len(self._told) + 1,
            thread=thread or f"{kind}-{len(self._told)}",
            kind=kind,
            value=value,
            from_at=at_start_of(first),
            until_at=through(last) if last else None,
            recorded_at=at_start_of(known_on or first),
        )
        self._told.append(fact)
        return self

    @property
    def history(self) -> History:
        return History(tuple(self._told))


def life(start: dt.date, plan: str = "basic", access_item: str = "best_effort_1g", operations: bool = True) -> Life:
    """A contract in service and billed from ``start``."""
    told = Life()
    told.tell(FactKind.PLAN, plan, start, thread="plan")
    told.tell(FactKind.FUNCTIONS, EVERYTHING_CHOSEN, start, thread="functions")
    told.tell(FactKind.ACCESS_ITEM, access_item, start, thread="access_item")
    if operations:
        told.tell(FactKind.OPERATIONS, None, start, thread="operations")
    told.tell(FactKind.SERVICE, None, start, thread="service")
    return told.tell(FactKind.BILLING, None, start, thread="billing")
