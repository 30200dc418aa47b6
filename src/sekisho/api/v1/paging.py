"""Lists in pages: each answer has a cursor to the next, which remembers the last key and not a count of rows.

A cursor is signed, and good only for the list and the filters that it came from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from django.core import signing

from sekisho.terms.words import Words

from .operation import Call, Shape
from .problems import Place, Problem

PAGE_ROWS_MAX = 200
PAGE_ROWS = 50
CURSOR_CHARS_MAX = 512

T = TypeVar("T")
Row = TypeVar("Row")


class PageQuery(Shape):
    """How many, and from where on."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS_MAX, description="At most so many items.")] = PAGE_ROWS
    cursor: Annotated[
        str, msgspec.Meta(max_length=CURSOR_CHARS_MAX, description="`next` of the page before; empty: the first page.")
    ] = ""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some items of a list. ``next`` is the cursor to those that follow, null at the end."""

    items: list[T]
    next: str | None


def page(
    call: Call,
    rows_after: Callable[[Any, int], Iterable[Row]],
    *,
    key: Callable[[Row], Any],
    shape: Callable[[Row], T],
) -> Page[T]:
    """One page. ``rows_after(key, limit)`` gives the rows that follow a key, None being the beginning."""
    query: PageQuery = call.query
    rows = list(rows_after(_opened(call, query.cursor) if query.cursor else None, query.limit + 1))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return Page([shape(row) for row in rows], _cursor(call, key(rows[-1])) if more else None)


def _cursor(call: Call, key: Any) -> str:
    return signing.dumps(key, salt=_salt(call))


def _opened(call: Call, cursor: str) -> Any:
    try:
        return signing.loads(cursor, salt=_salt(call))
    except signing.BadSignature as error:
        raise Problem("cursor_unknown", places=[Place("cursor", "parameter", _OTHER)]) from error


def _salt(call: Call) -> str:
    """The list and its filters: the query's type names the list, its other fields are the filters."""
    filters = msgspec.structs.replace(call.query, cursor="", limit=1)
    told = f"{type(call.query).__name__} {sorted(call.path.items())} ".encode() + msgspec.json.encode(filters)
    return f"api.cursor.{hashlib.sha256(told).hexdigest()}"


_OTHER = Words("この一覧・条件のカーソルではありません。", "It is no cursor of this list with these filters.")
