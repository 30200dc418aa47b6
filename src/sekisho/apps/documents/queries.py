"""Finding documents by date, amount and counterparty, with ranges and together; and asking the chain if it is whole."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now, TruncDate

from sekisho.apps.audit.queries import last_news
from sekisho.apps.scope import Scope, entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import TOKYO, tokyo_date

from .chain import FIRST_LINK, LINKED, hidden, link
from .models import Content, Counterparty, Document
from .text import search_key

PAGE_DOCUMENTS = 50
PAGE_DOCUMENTS_MAX = 500
VERIFIED_AT_ONCE_DOCUMENTS = 500


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


# ---- the chain ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain doesn't hold. ``what``: missing, changed, content, name, cut or noted."""

    position: int
    what: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """``documents`` were looked at, ``expired`` of them without content; ``hash`` is the last good link's."""

    documents: int
    expired: int
    position: int
    hash: bytes
    broken: Break | None


def chain_head() -> tuple[int, bytes]:
    """Position and hash of the last document, within a scope that sees all."""
    last = Document.objects.order_by("-position").values_list("position", "hash").first()
    return (last[0], bytes(last[1])) if last else (0, FIRST_LINK)


def verify_chain(noted: tuple[int, bytes] | None = None) -> ChainReport:
    """Go through all documents and compute every hash anew, of rows, contents and names, up to the first break.

    ``noted``: position and hash that somebody wrote down outside the database; without it, whoever owns the database
    could have made the whole chain anew. The audit's last row about a document must be in the chain, too.
    """
    walk = _Walk(noted)
    with entered(system_scope("documents")):
        for row, content in _rows_with_contents():
            if (broken := walk.step(row, content)) is not None:
                return walk.report(broken)
        return walk.report(walk.end())


class _Walk:
    """Goes along the chain; knows the last good link."""

    def __init__(self, noted: tuple[int, bytes] | None) -> None:
        self.position, self.hash, self.expired = 0, FIRST_LINK, 0
        self.noted = noted
        self.today = tokyo_date(clock.now(), "now")

    def step(self, row: Document, content: bytes | None) -> Break | None:
        position = self.position + 1
        if row.position != position:
            return Break(position, "missing")
        linked = link(self.hash, {name: getattr(row, name) for name in LINKED})
        if linked != bytes(row.hash):
            return Break(position, "changed")
        if self.noted is not None and self.noted[0] == position and self.noted[1] != linked:
            return Break(position, "noted")
        if (what := self._contents_differ(row, content)) is not None:
            return Break(position, what)
        self.position, self.hash = position, linked
        return None

    def _contents_differ(self, row: Document, content_hash: bytes | None) -> str | None:
        over = row.keep_until < self.today
        if content_hash is None and over:
            self.expired += 1
        elif content_hash != bytes(row.content_hash):
            return "content"
        name = row.counterparty
        if name is None or not name.salt:
            return None if over else "name"
        return None if hidden(name.name, bytes(name.salt)) == bytes(row.counterparty_hash) else "name"

    def end(self) -> Break | None:
        """Whether as many are there as the audit and the note know of."""
        news = last_news("documents.keep")
        known = max(news.payload["position"] if news else 0, self.noted[0] if self.noted else 0)
        return Break(self.position + 1, "cut") if known > self.position else None

    def report(self, broken: Break | None) -> ChainReport:
        return ChainReport(self.position, self.expired, self.position, self.hash, broken)


def _rows_with_contents() -> Iterator[tuple[Document, bytes | None]]:
    """All documents in order, each with its content's hash computed now."""
    at = -1
    while rows := list(
        Document.objects.select_related("counterparty")
        .filter(position__gt=at)
        .order_by("position")[:VERIFIED_AT_ONCE_DOCUMENTS]
    ):
        at = rows[-1].position
        hashes = _content_hashes(rows[0].position, at)
        yield from ((row, hashes.get(row.position)) for row in rows)


def _content_hashes(first: int, last: int) -> dict[int, bytes]:
    found = Content.objects.filter(pk__gte=first, pk__lte=last).values_list("pk", "content").iterator(chunk_size=20)
    return {position: hashlib.sha256(content).digest() for position, content in found}


# ---- for actions --------------------------------------------------------------------------------------------------


def taken_numbers(wanted: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Those of (kind, number, language) that a document has."""
    numbers = {number for _, number, _ in wanted}
    rows = Document.objects.filter(number__in=numbers).values_list("kind", "number", "language")
    return set(rows) & set(wanted)


def is_replaced(document: Document) -> bool:
    return Document.objects.filter(replaces_id=document.pk).exists()


def counterparties(wanted: Collection[tuple[int | None, str]]) -> dict[tuple[int | None, str], Counterparty]:
    """The known ones of these (contract, name) pairs."""
    rows = Counterparty.objects.filter(name__in={name for _, name in wanted})
    return {(row.contract_id, row.name): row for row in rows if (row.contract_id, row.name) in wanted}


def contents_to_expire(documents_max: int) -> list[Document]:
    """Documents whose content may go by the database's own day, oldest first; a scene's clock opens no books."""
    rows = Document.objects.filter(keep_until__lt=TruncDate(Now(), tzinfo=TOKYO), content__isnull=False)
    return list(rows.order_by("position")[:documents_max])


def names_without_contents(names: Collection[int | None]) -> list[int]:
    """Those of these names on which no document with a content rests."""
    needed = Document.objects.filter(counterparty__in=[n for n in names if n], content__isnull=False)
    return list({name for name in names if name} - set(needed.values_list("counterparty", flat=True)))
