"""Keeping documents, and letting their contents go when the time of keeping is over.

Everything that keeps waits for its turn at the chain until the transaction's end, so a long run keeps in one go and
late. Refused: a number that is taken, a correction without a reason, a document of a contract out of scope.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import connection

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current, entered, system_scope
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.books import BOOKS_YEARS, books_kept_until
from sekisho.terms.moments import tokyo_date

from . import queries
from .chain import hidden, link
from .kinds import DocumentKind
from .models import Content, Counterparty, Document
from .text import search_key

CONTENT_BYTES_MAX = 20_000_000
BATCH_DOCUMENTS = 500
EXPIRY_DOCUMENTS_MAX = 1_000
SALT_BYTES = 16
PDF = "application/pdf"
_SCOPE = system_scope("documents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is to be kept. ``yen``: the amount with tax. ``replaces``: what this corrects, and then ``reason`` says why.

    ``requested_on``: the day on which the correction was asked for, by default today.
    """

    kind: DocumentKind
    number: str
    contract_id: int | None
    language: str
    dated: dt.date
    counterparty: str
    content: bytes
    yen: int | None = None
    media_type: str = PDF
    replaces: Document | None = None
    reason: str = ""
    requested_on: dt.date | None = None


def keep(actor: Actor, **facts: Any) -> Document:
    """Keep one document (the fields of ``Keeping``); the row that stands in the chain for it."""
    kept = _chained(actor, [_checked(Keeping(**facts))])[0]
    record(
        actor,
        act="documents.keep",
        object=f"document:{kept.position}",
        contract_id=kept.contract_id,
        details={"kind": kept.kind, "number": kept.number, "position": kept.position, "hash": kept.hash.hex()},
    )
    return kept


def keep_many(actor: Actor, keepings: Iterable[Keeping]) -> list[Document]:
    """Keep many in one go, in the caller's transaction; contents pass in batches and needn't be in memory at once."""
    waiting = iter(keepings)
    kept: list[Document] = []
    while batch := [_checked(keeping) for keeping in islice(waiting, BATCH_DOCUMENTS)]:
        kept += _chained(actor, batch)
    if kept:
        first, last = kept[0], kept[-1]
        details = {"documents": len(kept), "position": last.position, "hash": last.hash.hex()}
        record(actor, act="documents.keep", object=f"documents:{first.position}-{last.position}", details=details)
    return kept


def expire(actor: Actor, documents_max: int = EXPIRY_DOCUMENTS_MAX) -> int:
    """Remove contents, and names that nothing needs any more, where the time of keeping is over; how many contents.

    The rows of the chain stay. The database refuses whatever must still be kept by its own date.
    """
    with entered(_SCOPE):
        over = queries.contents_to_expire(documents_max)
        if not over:
            return 0
        names = {document.counterparty_id for document in over}
        Content.objects.filter(pk__in=[document.pk for document in over]).delete()
        Counterparty.objects.filter(pk__in=queries.names_without_contents(names)).delete()
        details = {"documents": len(over), "positions": [document.position for document in over]}
        record(actor, act="documents.expire", object="documents:expired", details=details)
    return len(over)


def _checked(keeping: Keeping) -> Keeping:
    if keeping.contract_id is not None and keeping.contract_id not in current():
        raise Refused("unknown_contract", "契約が見つかりません。", "There is no such contract.")
    if not 0 < len(keeping.content) <= CONTENT_BYTES_MAX:
        raise Refused(
            "document_size",
            f"文書の大きさは1バイト以上{CONTENT_BYTES_MAX}バイト以下です。",
            f"A document has 1 to {CONTENT_BYTES_MAX} bytes.",
        )
    if keeping.replaces is None:
        return keeping
    if not keeping.reason.strip():
        raise Refused("correction_reason", "訂正の理由を記入してください。", "Say why the document is corrected.")
    asked_on = keeping.requested_on or tokyo_date(clock.now(), "now")
    return replace(keeping, requested_on=asked_on)


def _chained(actor: Actor, batch: Sequence[Keeping]) -> list[Document]:
    take_turn("documents")
    # The chain runs through all contracts; what the caller may touch was checked before.
    with entered(_SCOPE):
        _refuse_taken(batch)
        parties = _counterparties(batch)
        position, before = queries.chain_head()
        # These rows are for ever: a person stands in them by key, as in the audit.
        at, by = clock.now(), actor.name if actor.pk is None else f"person:{actor.pk}"
        rows = []
        for keeping in batch:
            position += 1
            party = parties[keeping.contract_id, keeping.counterparty]
            row = _row(keeping, position, party, at, by)
            row.hash = before = link(before, vars(row))
            rows.append(row)
        _insert(rows, batch)
    return rows


def _row(keeping: Keeping, position: int, party: Counterparty, at: dt.datetime, by: str) -> Document:
    before = keeping.replaces
    same_number = before is not None and before.number == keeping.number
    return Document(
        position=position,
        kind=str(keeping.kind),
        number=keeping.number,
        version=before.version + 1 if before is not None and same_number else 1,
        language=str(keeping.language),
        contract_id=keeping.contract_id,
        dated=keeping.dated,
        yen=keeping.yen,
        counterparty=party,
        counterparty_hash=hidden(party.name, bytes(party.salt)),
        media_type=keeping.media_type,
        content_hash=hashlib.sha256(keeping.content).digest(),
        content_bytes=len(keeping.content),
        kept_at=at,
        kept_by=by,
        keep_until=books_kept_until(keeping.dated, years=BOOKS_YEARS),
        replaces_id=before.position if before is not None else None,
        requested_on=keeping.requested_on,
        reason=keeping.reason,
    )


def _refuse_taken(batch: Sequence[Keeping]) -> None:
    for before in (keeping.replaces for keeping in batch if keeping.replaces is not None):
        if queries.is_replaced(before):
            raise Refused("already_replaced", "この文書は訂正済みです。", "This document was corrected already.")
    new = [keeping for keeping in batch if keeping.replaces is None or keeping.replaces.number != keeping.number]
    numbers = Counter((str(keeping.kind), keeping.number, str(keeping.language)) for keeping in new)
    taken = queries.taken_numbers(numbers.keys()) | {number for number, times in numbers.items() if times > 1}
    if taken:
        _, number, _ = min(taken)
        raise Refused("number_taken", f"番号{number}は使用済みです。", f"The number {number} is taken.")


def _counterparties(batch: Sequence[Keeping]) -> dict[tuple[int | None, str], Counterparty]:
    """The names of the batch, those that are new written down."""
    wanted = {(keeping.contract_id, keeping.counterparty) for keeping in batch}
    known = queries.counterparties(wanted)
    new = [
        Counterparty(contract_id=contract_id, name=name, key=search_key(name), salt=os.urandom(SALT_BYTES))
        for contract_id, name in sorted(wanted - known.keys(), key=lambda pair: (pair[0] or 0, pair[1]))
    ]
    Counterparty.objects.bulk_create(new)
    return known | {(party.contract_id, party.name): party for party in new}


def _insert(rows: Sequence[Document], batch: Sequence[Keeping]) -> None:
    """Bind on the server: contents travel as bytes and not as text, ten thousand of them in one pipeline."""
    columns = [field.column for field in Document._meta.concrete_fields]
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join(["%s"] * len(columns))
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO documents_document ({names}) VALUES ({marks})",  # noqa: S608 - names of our own columns
            [[getattr(row, field.attname) for field in Document._meta.concrete_fields] for row in rows],
        )
        cursor.executemany(
            "INSERT INTO documents_content (document_id, contract_id, content) VALUES (%b, %b, %b)",
            [(row.position, row.contract_id, keeping.content) for row, keeping in zip(rows, batch, strict=True)],
        )
