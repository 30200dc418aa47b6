"""The papers that are kept: found by date, amount and counterparty, with ranges, and fetched byte for byte."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.contracts import queries as contracts
from sekisho.apps.documents import queries
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document

from .answers import Content
from .contract_shapes import Day, Instant, code_of
from .invoice_shapes import Yen
from .operation import Call, operation
from .paging import Page, PageQuery, page
from .problems import Problem

POSITION_DIGITS_MAX = 18
PDF = "application/pdf"
KindCode = code_of(DocumentKind)


class DocumentsQuery(PageQuery):
    """Ranges include both their ends; `counterparty` is any part of the name."""

    contract: Annotated[str, msgspec.Meta(max_length=40, description="The number of a contract.")] | None = None
    kind: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    number: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    dated_from: Day | None = None
    dated_until: Day | None = None
    yen_from: Yen | None = None
    yen_until: Yen | None = None
    counterparty: Annotated[str, msgspec.Meta(max_length=100)] = ""


class DocumentShape(msgspec.Struct, frozen=True, kw_only=True):
    """A kept paper. `position` is its place in the chain and names it; `counterparty` is empty once it was erased."""

    position: int
    kind: KindCode
    number: str
    version: int
    language: str
    dated: dt.date
    yen: int | None
    counterparty: str
    media_type: str
    content_bytes: int
    content_sha256: str
    kept_at: Instant
    keep_until: dt.date
    replaces: int | None


@operation(
    "GET",
    "/documents",
    ja="保存文書の一覧",
    en="Kept documents",
    scope=TokenScope.DOCUMENTS_READ,
    permission="billing.view",
    query=DocumentsQuery,
    answers=Page[DocumentShape],
)
def list_documents(call: Call) -> Page[DocumentShape]:
    """Papers by contract, kind, number, day, amount and counterparty, the newest first."""
    contract_id = _contract_id(call)
    if contract_id == 0:
        return Page([], None)

    def before(key: list | None, limit: int) -> tuple[Document, ...]:
        after = (dt.date.fromisoformat(key[0]), key[1]) if key else None
        return queries.find(call.scope, contract_id=contract_id, after=after, limit=limit, **_asked(call)).documents

    return page(call, before, key=lambda found: [found.dated.isoformat(), found.position], shape=document_shape)


@operation(
    "GET",
    "/documents/{document_position}",
    ja="保存文書",
    en="One kept document",
    scope=TokenScope.DOCUMENTS_READ,
    permission="billing.view",
    answers=DocumentShape,
)
def read_document(call: Call) -> DocumentShape:
    """What is on record about one paper."""
    return document_shape(document_of(call))


@operation(
    "GET",
    "/documents/{document_position}/content",
    ja="保存文書のPDF",
    en="The PDF of a kept document",
    scope=TokenScope.DOCUMENTS_READ,
    permission="billing.view",
    answers=PDF,
)
def read_document_content(call: Call) -> Content:
    """The paper as it was kept, byte for byte; 404 when its time of keeping is over, and for what is no PDF."""
    document = document_of(call)
    content = queries.content_of(call.scope, document) if document.media_type == PDF else None
    if content is None:
        raise Problem("not_found")
    return Content(PDF, f"{document.number}.pdf", content)


def document_of(call: Call) -> Document:
    """The document that the path names; 404 alike for one that does not exist and one that is not the caller's."""
    text = call.path["document_position"]
    named = text.isascii() and text.isdecimal() and len(text) <= POSITION_DIGITS_MAX
    found = queries.document_at(call.scope, int(text)) if named else None
    if found is None:
        raise Problem("not_found")
    return found


def document_shape(document: Document) -> DocumentShape:
    plain = ("position", "kind", "number", "version", "language", "dated", "yen", "media_type", "content_bytes",
             "keep_until")  # fmt: skip
    return DocumentShape(
        **{name: getattr(document, name) for name in plain},
        counterparty=document.counterparty.name if document.counterparty else "",
        content_sha256=bytes(document.content_hash).hex(),
        kept_at=document.kept_at.astimezone(dt.UTC),
        replaces=document.replaces_id,
    )


def _asked(call: Call) -> dict[str, object]:
    query = call.query
    return {
        "kind": query.kind,
        "number": query.number,
        "dated_from": query.dated_from,
        "dated_to": query.dated_until,
        "yen_from": query.yen_from,
        "yen_to": query.yen_until,
        "counterparty": query.counterparty,
    }


def _contract_id(call: Call) -> int | None:
    """None: any contract. 0: one that the caller can't see, which has no documents for it."""
    if call.query.contract is None:
        return None
    found = contracts.contract_by_number(call.scope, call.query.contract)
    return found.pk if found else 0
