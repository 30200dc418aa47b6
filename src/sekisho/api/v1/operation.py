"""One operation of the API: what it is called with, what it answers, and the function that does it.

Everything that describes the API is made from these, so that no document can say what the code does not do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.accounts.token_actor import TokenActor
from sekisho.apps.scope import Scope
from sekisho.terms.words import Words

from .answers import etag_of, names
from .problems import Problem

Method = Literal["GET", "POST"]
JSON_BYTES_MAX = 4_000_000
"""As much as an application form may have, with a policy sheet for every device."""


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be sent: nothing but these fields."""


class NoQuery(Shape):
    """An operation without query parameters."""


class File(NamedTuple):
    """A body that is a file and no JSON."""

    media_type: str
    bytes_max: int


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was understood: who asks, what of, and with what."""

    actor: TokenActor
    scope: Scope
    language: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    body: Any = None
    if_match: str = ""

    def require_current(self, shape: Any) -> None:
        """412 when the caller has named a state with If-Match that is no longer the one of ``shape``."""
        if self.if_match and not names(self.if_match, etag_of(shape)):
            raise Problem("changed_meanwhile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``answers`` is the type of the answer, or its media type when that is no JSON."""

    name: str
    method: Method
    path: str
    words: Words
    about: str
    scope: TokenScope
    permission: str
    query: type[Shape]
    body: type[Shape] | File | None
    answers: Any
    status: int
    run: Callable[[Call], Any]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))


def operation(
    method: Method,
    path: str,
    *,
    ja: str,
    en: str,
    scope: TokenScope,
    permission: str = "contracts.view",
    query: type[Shape] = NoQuery,
    body: type[Shape] | File | None = None,
    answers: Any,
    status: int = 200,
) -> Callable[[Callable[[Call], Any]], Operation]:
    """Make a function an operation. Its name is the operation's id, its docstring the description."""

    def made(run: Callable[[Call], Any]) -> Operation:
        return Operation(
            name=run.__name__,
            method=method,
            path=path,
            words=Words(ja, en),
            about=" ".join((run.__doc__ or "").split()),
            scope=scope,
            permission=permission,
            query=query,
            body=body,
            answers=answers,
            status=status,
            run=run,
        )

    return made
