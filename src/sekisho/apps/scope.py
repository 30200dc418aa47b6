"""A scope: the contracts that somebody may see. A person's is made by ``contracts.queries.scope_of`` and nowhere else.

``entered`` tells PostgreSQL, whose row-level security then holds every statement of the transaction
to it; ``Scope.admit`` narrows a query in the same way, so that a slip in one is caught by the other.
"""

from __future__ import annotations

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


@lru_cache(maxsize=SCOPES_WRITTEN_MAX)
def _listed(keys: frozenset[int]) -> str:
    """Keys with commas between them. A partner's scope has thousands of keys, and every query of a page names it."""
    return ",".join(map(str, sorted(keys)))


class Scope:
    """Immutable. ``sees_all`` or a set of contract keys."""

    __slots__ = ("contract_ids", "sees_all", "whose")

    def __init__(self, key: object, whose: str, contract_ids: frozenset[int], sees_all: bool) -> None:
        if key is not _KEY:
            raise TypeError("a Scope is made by contracts.queries.scope_of or by system_scope, and nowhere else")
        object.__setattr__(self, "whose", whose)
        object.__setattr__(self, "contract_ids", contract_ids)
        object.__setattr__(self, "sees_all", sees_all)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Scope does not change")

    def __repr__(self) -> str:
        return f"<Scope of {self.whose}: {'all' if self.sees_all else sorted(self.contract_ids)}>"

    def __contains__(self, contract_id: int) -> bool:
        return self.sees_all or contract_id in self.contract_ids

    def admit(self, rows: models.QuerySet[_M], column: str = "contract_id") -> models.QuerySet[_M]:
        """Only the rows of contracts in this scope."""
        return rows if self.sees_all else rows.filter(**{f"{column}__within": self.contract_ids})

    @property
    def setting(self) -> str:
        return "*" if self.sees_all else _listed(self.contract_ids)


def _make(whose: str, contract_ids: frozenset[int] = frozenset(), *, sees_all: bool = False) -> Scope:
    return Scope(_KEY, whose, contract_ids, sees_all)


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
