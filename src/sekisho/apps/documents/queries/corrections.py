"""The log of corrections that the electronic books law knows, read from what replaced what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.apps.scope import Scope

from ..models import Document


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of the log of corrections that the electronic books law knows."""

    requested_on: dt.date
    corrected_at: dt.datetime
    number: str
    kind: str
    counterparty: str
    changes: tuple[str, ...]
    reason: str
    person: str


def corrections(scope: Scope, since: dt.date, until: dt.date) -> list[Correction]:
    """Corrections asked for from ``since`` through ``until``, oldest first; ``changes`` as "yen: 1 -> 2"."""
    rows = Document.objects.filter(replaces__isnull=False, requested_on__range=(since, until))
    rows = scope.admit(rows.select_related("counterparty", "replaces", "replaces__counterparty")).order_by("position")
    return [_correction(row) for row in rows]


def _correction(row: Document) -> Correction:
    before = row.replaces
    assert before is not None and row.requested_on is not None  # noqa: S101 - the query asked for such rows
    name = row.counterparty.name if row.counterparty else ""
    return Correction(
        row.requested_on, row.kept_at, row.number, row.kind, name, _changes(before, row), row.reason, row.kept_by
    )


def _changes(before: Document, after: Document) -> tuple[str, ...]:
    columns = ("number", "dated", "yen", "counterparty")
    changed = [(c, getattr(before, c), getattr(after, c)) for c in columns if getattr(before, c) != getattr(after, c)]
    content = () if bytes(before.content_hash) == bytes(after.content_hash) else ("content",)
    return (*(f"{column}: {old} -> {new}" for column, old, new in changed), *content)
