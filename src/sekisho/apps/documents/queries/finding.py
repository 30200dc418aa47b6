"""Finding documents by date, amount and counterparty, with ranges and together, and reading what was found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from sekisho.apps.scope import Scope

from ..models import Content, Counterparty, Document
from ..text import search_key

PAGE_DOCUMENTS = 50
PAGE_DOCUMENTS_MAX = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first. ``after``: hand it to ``find`` for the next page; None: this was the last."""

    documents: tuple[Document, ...]
    after: tuple[dt.date, int] | None


def find(
    scope: Scope,
    *,
    kind: str | None = None,
    number: str | None = None,
    contract_id: int | None = None,
    dated_from: dt.date | None = None,
    dated_to: dt.date | None = None,
    yen_from: int | None = None,
    yen_to: int | None = None,
    counterparty: str = "",
    current_only: bool = False,
    after: tuple[dt.date, int] | None = None,
    limit: int = PAGE_DOCUMENTS,
) -> Page:
    """Documents that match all that is given; ends of ranges are inside. ``counterparty``: any part of the name.

    ``current_only`` leaves out what was replaced.
    """
    exact = {"kind": kind, "number": number, "contract_id": contract_id}
    ranges = {"dated__gte": dated_from, "dated__lte": dated_to, "yen__gte": yen_from, "yen__lte": yen_to}
    rows = scope.admit(Document.objects.select_related("counterparty"))
    rows = rows.filter(**{name: value for name, value in (exact | ranges).items() if value is not None})
    if counterparty.strip():
        rows = rows.filter(counterparty__within=_named(scope, counterparty))
    if current_only:
        rows = rows.filter(replaced_by__isnull=True)
    limit = min(limit, PAGE_DOCUMENTS_MAX)
    found = list(_beyond(rows, after).order_by("-dated", "-position")[: limit + 1])
    shown = tuple(found[:limit])
    return Page(shown, (shown[-1].dated, shown[-1].position) if len(found) > limit else None)


def _beyond(rows: QuerySet[Document], after: tuple[dt.date, int] | None) -> QuerySet[Document]:
    if after is None:
        return rows
    dated, position = after
    # The first condition lets an index start at the day; the second takes the day itself apart.
    return rows.filter(dated__lte=dated).filter(Q(dated__lt=dated) | Q(position__lt=position))


def _named(scope: Scope, counterparty: str) -> frozenset[int]:
    names = scope.admit(Counterparty.objects.filter(key__contains=search_key(counterparty)))
    return frozenset(names.values_list("pk", flat=True))


def kept_until(scope: Scope, contract_id: int, on: dt.date) -> list[tuple[str, dt.date]]:
    """(kind, last day) of a contract's documents that have to be kept on a day."""
    rows = scope.admit(Document.objects.filter(contract_id=contract_id, keep_until__gte=on))
    return list(rows.order_by("kind", "keep_until").values_list("kind", "keep_until").distinct())


def document_at(scope: Scope, position: int) -> Document | None:
    return scope.admit(Document.objects.select_related("counterparty").filter(pk=position)).first()


def content_of(scope: Scope, document: Document) -> bytes | None:
    """The file; None once it has expired, or out of scope."""
    found = scope.admit(Content.objects.filter(pk=document.pk)).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def versions_of(scope: Scope, document: Document) -> list[Document]:
    """What the document replaced, itself, and what replaced it; oldest first."""
    rows = scope.admit(Document.objects.select_related("counterparty"))
    found = [document]
    while (before := found[0].replaces_id) and (older := rows.filter(pk=before).first()):
        found.insert(0, older)
    while newer := rows.filter(replaces_id=found[-1].pk).first():
        found.append(newer)
    return found
