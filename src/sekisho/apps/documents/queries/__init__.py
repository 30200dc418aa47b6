"""Reading documents. A ``scope`` comes first wherever somebody asks; ``verifying`` and ``chaining`` see all."""

from .chaining import (
    chain_head,
    contents_to_expire,
    counterparties,
    is_replaced,
    names_without_contents,
    taken_numbers,
)
from .corrections import Correction, corrections
from .finding import PAGE_DOCUMENTS, PAGE_DOCUMENTS_MAX, Page, content_of, document_at, find, kept_until, versions_of
from .verifying import Break, ChainReport, verify_chain

__all__ = [
    "PAGE_DOCUMENTS",
    "PAGE_DOCUMENTS_MAX",
    "Break",
    "ChainReport",
    "Correction",
    "Page",
    "chain_head",
    "content_of",
    "contents_to_expire",
    "corrections",
    "counterparties",
    "document_at",
    "find",
    "is_replaced",
    "kept_until",
    "names_without_contents",
    "taken_numbers",
    "verify_chain",
    "versions_of",
]
