"""A scope: the contracts that somebody may see. A person's is made by ``contracts.queries.scope_of`` and nowhere else.

``entered`` tells PostgreSQL, whose row-level security then holds every statement of the transaction
to it; ``Scope.admit`` narrows a query in the same way, so that a slip in one is caught by the other.
A scope is of one of three kinds: all contracts, some by their keys, or those that are in service with security
operations at an instant. The last may be thousands, so it is never written out: the database decides row by row,
from the spans that it derives from the facts (``row_security.OPERATED``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.fields.related import ForeignObject
from django.db.models.sql.compiler import SQLCompiler

_M = TypeVar("_M", bound=models.Model)
_KEY = object()
_SETTING = "sekisho.scope"
_OPERATED = "SELECT held.contract_id FROM sekisho_operated held WHERE held.from_at <= %s AND held.until_at > %s"
SCOPES_WRITTEN_MAX = 64
"""So many scopes are kept as text; the largest has some 50 kB."""


@models.Field.register_lookup
@ForeignObject.register_lookup
class Within(models.Lookup):
    """``column__within=keys``: one array parameter, where ``__in`` would send ten thousand single ones."""

    lookup_name = "within"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*parameters, f"{{{_listed(frozenset(self.rhs))}}}"]


@models.Field.register_lookup
@ForeignObject.register_lookup
class Operated(models.Lookup):
    """``column__operated=at``: the contract is in service with security operations at the instant."""

    lookup_name = "operated"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN ({_OPERATED})", [*parameters, self.rhs, self.rhs]


@lru_cache(maxsize=SCOPES_WRITTEN_MAX)
def _listed(keys: frozenset[int]) -> str:
    """Keys with commas between them. A partner's scope has thousands of keys, and every query of a page names it."""
    return ",".join(map(str, sorted(keys)))


class Scope:
    """Immutable. ``sees_all``, or the contracts operated at ``operated_at``, or a set of contract keys."""

    __slots__ = ("_contract_ids", "operated_at", "sees_all", "whose")

    def __init__(
        self,
        key: object,
        whose: str,
        contract_ids: frozenset[int],
        sees_all: bool,
        operated_at: dt.datetime | None = None,
    ) -> None:
        if key is not _KEY:
            raise TypeError("a Scope is made by contracts.queries.scope_of or by system_scope, and nowhere else")
        object.__setattr__(self, "whose", whose)
        object.__setattr__(self, "_contract_ids", contract_ids)
        object.__setattr__(self, "sees_all", sees_all)
        object.__setattr__(self, "operated_at", operated_at)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Scope does not change")

    def __repr__(self) -> str:
        return f"<Scope of {self.whose}: {'all' if self.sees_all else self.setting}>"

    def __contains__(self, contract_id: int) -> bool:
        return self.sees_all or contract_id in self.contract_ids

    @property
    def contract_ids(self) -> frozenset[int]:
        """The keys; empty where all are seen. Of operated contracts the database is asked: not for every page."""
        if self.operated_at is None:
            return self._contract_ids
        with entered(self), connection.cursor() as cursor:
            cursor.execute(_OPERATED, [self.operated_at, self.operated_at])
            return frozenset(key for (key,) in cursor.fetchall())

    def admit(self, rows: models.QuerySet[_M], column: str = "contract_id") -> models.QuerySet[_M]:
        """Only the rows of contracts in this scope."""
        if self.sees_all:
            return rows
        if self.operated_at is not None:
            return rows.filter(**{f"{column}__operated": self.operated_at})
        return rows.filter(**{f"{column}__within": self._contract_ids})

    @property
    def setting(self) -> str:
        """What PostgreSQL is told (``row_security``)."""
        if self.sees_all:
            return "*"
        if self.operated_at is not None:
            return f"operated@{self.operated_at.isoformat()}"
        return _listed(self._contract_ids)


def _make(
    whose: str,
    contract_ids: frozenset[int] = frozenset(),
    *,
    sees_all: bool = False,
    operated_at: dt.datetime | None = None,
) -> Scope:
    return Scope(_KEY, whose, contract_ids, sees_all, operated_at)


NOTHING = _make("nobody")


def system_scope(part: str) -> Scope:
    """All contracts, for a part of the platform that serves them all; ``part`` says which: "pipeline", "timers"."""
    return _make(part, sees_all=True)


_entered: ContextVar[Scope] = ContextVar("scope", default=NOTHING)


def current() -> Scope:
    """The scope that is entered here, or NOTHING."""
    return _entered.get()


@contextmanager
def entered(scope: Scope) -> Iterator[Scope]:
    """A transaction (or a part of one) in which the database shows and takes only rows in ``scope``.

    Inside another ``entered`` the outer scope returns afterwards. After an error the transaction is
    rolled back, and the setting with it.
    """
    before = _entered.set(scope)
    try:
        with transaction.atomic():
            outer = _exchange(scope.setting)
            yield scope
            _set(outer)
    finally:
        _entered.reset(before)


def _exchange(setting: str) -> str:
    """Sets the scope and returns the one before, in one statement: columns are computed from left to right."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)", [_SETTING, _SETTING, setting]
        )
        return cursor.fetchone()[0]


def _set(setting: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [_SETTING, setting])
