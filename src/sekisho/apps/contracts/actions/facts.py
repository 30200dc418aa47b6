"""Telling facts: the only writer of a contract's history.

These are no acts by themselves: the act that tells them checks, and writes its audit row with its news. What
was told is never changed; ``end_fact`` and ``void_fact`` tell a new last word of the same thread.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from sekisho.apps.audit.actions import Actor
from sekisho.apps.audit.models import kept_name
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.applications import AncillaryService
from sekisho.terms.history import DatedFact, FactKind
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from ..models import Contract, ContractFact

ONE_THREAD = frozenset({FactKind.SERVICE, FactKind.BILLING, FactKind.NOTICE})
"""Kinds of which a contract has one thread, named like the kind: to tell again is to correct."""

_SHAPES: dict[FactKind, Callable[[Any], Any]] = {
    FactKind.PLAN: lambda value: Plan(value).value,
    FactKind.ACCESS_ITEM: lambda value: AccessItem(value).value,
    FactKind.ANCILLARY: lambda value: AncillaryService(value).value,
    FactKind.FUNCTIONS: lambda value: sorted(SecurityFunction(each).value for each in value),
}


class Telling(NamedTuple):
    """A fact that is about to be told. ``thread`` None: a new one, or the kind's only one."""

    kind: FactKind
    value: Any
    from_at: dt.datetime
    until_at: dt.datetime | None = None
    thread: str | None = None
    void: bool = False


def tell(
    actor: Actor,
    contract: Contract,
    kind: FactKind,
    value: Any,
    from_at: dt.datetime,
    until_at: dt.datetime | None = None,
    thread: str | None = None,
) -> DatedFact:
    """Tell one fact; ``thread`` of an earlier one makes this the last word on the same thing.

    ValueError for a value that the kind does not have, or a thread that speaks of another kind.
    """
    return tell_all(actor, contract, [Telling(kind, value, from_at, until_at, thread)])[0]


def end_fact(actor: Actor, contract: Contract, fact: DatedFact, until_at: dt.datetime | None) -> DatedFact:
    """The same fact with another end; None: it has none."""
    return tell(actor, contract, fact.kind, fact.value, fact.from_at, until_at, fact.thread)


def void_fact(actor: Actor, contract: Contract, fact: DatedFact) -> DatedFact:
    """The fact never held; what was known of it before stays readable by ``known_at``."""
    telling = Telling(fact.kind, fact.value, fact.from_at, fact.until_at, fact.thread, void=True)
    return tell_all(actor, contract, [telling])[0]


@transaction.atomic
def tell_all(actor: Actor, contract: Contract, tellings: Sequence[Telling]) -> list[DatedFact]:
    """Tell several facts at once, in their order."""
    take_turn("contract facts", contract.pk)
    kinds = _kinds_of_threads(contract)
    now, numbers = clock.now(), range(len(kinds) + 1, len(kinds) + 1 + len(tellings))
    facts = [_dated(telling, number, now) for number, telling in zip(numbers, tellings, strict=True)]
    for fact in facts:
        _check_thread(kinds, fact)
    ContractFact.objects.bulk_create(_row(actor, contract, fact) for fact in facts)
    return facts


def _kinds_of_threads(contract: Contract) -> list[tuple[str, str]]:
    return list(ContractFact.objects.filter(contract=contract).values_list("thread", "kind"))


def _dated(telling: Telling, number: int, now: dt.datetime) -> DatedFact:
    kind, shape = FactKind(telling.kind), _SHAPES.get(FactKind(telling.kind))
    own = kind.value if kind in ONE_THREAD else f"{kind.value}.{number}"
    return DatedFact(
        number=number,
        thread=telling.thread or own,
        kind=kind,
        value=shape(telling.value) if shape else telling.value,
        from_at=telling.from_at,
        until_at=telling.until_at,
        recorded_at=now,
        void=telling.void,
    )


def _check_thread(kinds: list[tuple[str, str]], fact: DatedFact) -> None:
    for thread, kind in kinds:
        if thread == fact.thread and kind != fact.kind:
            raise ValueError(f"thread {thread} speaks of {kind}, not of {fact.kind}")


def _row(actor: Actor, contract: Contract, fact: DatedFact) -> ContractFact:
    return ContractFact(
        contract=contract,
        number=fact.number,
        thread=fact.thread,
        kind=fact.kind,
        value=fact.value,
        from_at=fact.from_at,
        until_at=fact.until_at,
        recorded_at=fact.recorded_at,
        void=fact.void,
        actor_id=actor.pk,
        actor_name=kept_name(actor.pk, actor.name),
    )
