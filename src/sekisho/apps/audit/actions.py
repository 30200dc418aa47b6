"""Writing down an act and its news. Called by every action of every app, inside its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from sekisho.gateways import clock

from .models import AuditRow, OutboxReading, OutboxRow, kept_name


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
) -> AuditRow:
    """One audit row and one piece of news about the same act.

    ``act`` is "app.verb", ``object`` is "kind:identifier". ``details`` must be JSON without personal data: these
    rows are for ever, so name a person, a contact or a party by its key.
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
    payload = {"object": object, "actor": name, **details}
    OutboxRow.objects.create(at=at, topic=act, contract_id=contract_id, payload=payload)
    return row


def take_news(reader: str, rows: Iterable[OutboxRow]) -> None:
    """The reader has dealt with these rows, in the same transaction as what it did about them."""
    at = clock.now()
    taken = [OutboxReading(reader=reader, row=row, at=at) for row in rows]
    OutboxReading.objects.bulk_create(taken, ignore_conflicts=True)
