"""Writing down an act and its news. Called by every action of every app, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sekisho.gateways import clock

from .models import ActWords, AuditRow, OutboxReading, OutboxRow, kept_name


class Actor(Protocol):
    """A person, or a part of the platform (``SystemActor``)."""

    @property
    def pk(self) -> int | None: ...

    @property
    def name(self) -> str: ...


def record(
    actor: Actor,
    *,
    act: str,
    object: str,
    contract_id: int | None = None,
    terms_version: str = "",
    details: dict[str, Any] | None = None,
    words: dict[str, str] | None = None,
) -> AuditRow:
    """One audit row and one piece of news about the same act.

    ``act`` is "app.verb", ``object`` is "kind:identifier". ``details`` must be JSON without personal data: these
    rows are for ever, so name a person, a contact or a party by its key. What somebody wrote is in ``words``, which
    an erasure of the contract's party empties (``erase_words``); an act under no contract can have none.
    """
    at, details, name = clock.now(), details or {}, kept_name(actor.pk, actor.name)
    row = AuditRow.objects.create(
        at=at,
        actor_id=actor.pk,
        actor_name=name,
        act=act,
        object=object,
        contract_id=contract_id,
        terms_version=terms_version,
        details=details,
    )
    said = {name: text for name, text in (words or {}).items() if text}
    if said and contract_id is None:
        raise ValueError(f"{act} is under no contract: nothing would ever erase its words")
    if said and contract_id is not None:
        ActWords.objects.create(row=row, contract_id=contract_id, words=said)
    payload = {"object": object, "actor": name, **details}
    OutboxRow.objects.create(at=at, topic=act, contract_id=contract_id, payload=payload)
    return row


def take_news(reader: str, rows: Iterable[OutboxRow]) -> None:
    """The reader has dealt with these rows, in the same transaction as what it did about them."""
    at = clock.now()
    taken = [OutboxReading(reader=reader, row=row, at=at) for row in rows]
    OutboxReading.objects.bulk_create(taken, ignore_conflicts=True)


def erase_words(contract_id: int) -> int:
    """Empty what was written about a contract's acts; how many rows. Needs its party's erasure on record."""
    return ActWords.objects.filter(contract_id=contract_id).exclude(words={}).update(words={})
