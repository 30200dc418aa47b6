"""Which debts together come to an amount: payers pay several invoices at once."""

from __future__ import annotations

from collections.abc import Sequence

from .values import OpenItem

SUMS_MAX = 20_000
"""Distinct sums that are looked at; beyond, the search stops and finds nothing rather than taking long."""


def items_that_sum_to(yen: int, items: Sequence[OpenItem]) -> tuple[OpenItem, ...]:
    """The fewest items whose open amounts are exactly ``yen`` together, the oldest of them; empty if there are none."""
    reached: dict[int, tuple[OpenItem, ...]] = {0: ()}
    for item in sorted(items, key=lambda item: (item.due_on, item.key)):
        for total, chosen in list(reached.items()):
            following = total + item.open_yen
            if following > yen:
                continue
            known = reached.get(following)
            if known is None or len(chosen) + 1 < len(known):
                reached[following] = (*chosen, item)
        if len(reached) > SUMS_MAX:
            return ()
    return reached.get(yen, ()) if yen else ()
