"""Asking the chain if it is whole: every hash is computed anew, of rows, contents and names, to the first break."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sekisho.apps.audit.queries import last_news
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..chain import FIRST_LINK, LINKED, hidden, link
from ..models import Content, Document

VERIFIED_AT_ONCE_DOCUMENTS = 500
CONTENTS_AT_ONCE_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain doesn't hold. ``what``: changed, content, cut, missing, name or noted."""

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


def verify_chain(noted: tuple[int, bytes] | None = None) -> ChainReport:
    """Go through all documents to the first break. Others may keep meanwhile.

    ``noted``: position and hash that somebody wrote down outside the database; without it, whoever owns the database
    could have made the whole chain anew. What the audit knew at the beginning must be in the chain, too.
    """
    with entered(system_scope("documents")):
        walk = _Walk(noted, _audited_position())
        for row, content_hash in _rows_with_content_hashes():
            if (broken := walk.step(row, content_hash)) is not None:
                return walk.report(broken)
        return walk.report(walk.end())


def _audited_position() -> int:
    news = last_news("documents.keep")
    return news.payload["position"] if news else 0


class _Walk:
    """Goes along the chain; knows the last good link."""

    def __init__(self, noted: tuple[int, bytes] | None, audited_position: int) -> None:
        self.position, self.hash, self.expired = 0, FIRST_LINK, 0
        self.noted, self.audited_position = noted, audited_position
        self.today = tokyo_date(clock.now(), "now")

    def step(self, row: Document, content_hash: bytes | None) -> Break | None:
        position = self.position + 1
        if row.position != position:
            return Break(position, "missing")
        linked = link(self.hash, {name: getattr(row, name) for name in LINKED})
        if linked != bytes(row.hash):
            return Break(position, "changed")
        if self.noted is not None and self.noted[0] == position and self.noted[1] != linked:
            return Break(position, "noted")
        if (what := self._difference(row, content_hash)) is not None:
            return Break(position, what)
        self.position, self.hash = position, linked
        return None

    def _difference(self, row: Document, content_hash: bytes | None) -> str | None:
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
        known = max(self.audited_position, self.noted[0] if self.noted else 0)
        return Break(self.position + 1, "cut") if known > self.position else None

    def report(self, broken: Break | None) -> ChainReport:
        return ChainReport(self.position, self.expired, self.position, self.hash, broken)


def _rows_with_content_hashes() -> Iterator[tuple[Document, bytes | None]]:
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
    rows = Content.objects.filter(pk__gte=first, pk__lte=last).values_list("pk", "content")
    contents = rows.iterator(chunk_size=CONTENTS_AT_ONCE_DOCUMENTS)
    return {position: hashlib.sha256(content).digest() for position, content in contents}
