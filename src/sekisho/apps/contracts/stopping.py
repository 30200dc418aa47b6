"""What stops when an option does: a whole thread, or so many of its units. Pure.

A thread has one last word, so a part that stops becomes a thread of its own, begun on the same day: together they
are what there was until the stop, and each keeps the minimum term that began with it (Art. 12-3).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sekisho.apps.refusals import Refused
from sekisho.terms.history import DatedFact, FactKind, History, through

from .queries.options import Running

IN_PARTS = frozenset({FactKind.EXTRA_ACCOUNTS, FactKind.RETENTION_YEARS})


def part_of(one: Running, count: int | None) -> Running:
    """So many units of what runs; None: all of it. Refused for more than there are, and for what has no units."""
    if count is None or count == one.quantity:
        return one
    if one.fact.kind not in IN_PARTS or not 1 <= count < one.quantity:
        raise Refused(
            "option.no_such_part",
            f"停止できる数量は1から{one.quantity}までです。",
            f"Between 1 and {one.quantity} of it can stop.",
            "12-5",
        )
    return one._replace(quantity=count)


def stopped(one: Running, part: Running, on: dt.date) -> list[DatedFact]:
    """The facts that tell it, ``on`` being the last day; of a part the thread is "", for it is a new one."""
    until_at = through(on)
    if part.quantity == one.quantity:
        return [replace(one.fact, until_at=until_at)]
    kept = replace(one.fact, value=one.fact.value - part.quantity)
    going = part.quantity if one.fact.kind is FactKind.EXTRA_ACCOUNTS else one.fact.value
    return [kept, replace(one.fact, thread="", value=going, until_at=until_at)]


def after_stop(told: History, facts: list[DatedFact]) -> History:
    """The history as it would be."""
    named = (replace(fact, thread=fact.thread or f"part.{turn}") for turn, fact in enumerate(facts))
    return History((*told.told, *named))
