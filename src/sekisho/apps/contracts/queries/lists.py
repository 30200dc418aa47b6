"""Applications with everything that they are shown with, and lines by their name: for doors that check whose they are.

Needs a scope of all contracts, as the acts on applications do: an applicant may have no contract yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.scope import Scope
from sekisho.terms.applications import line_check
from sekisho.terms.values import Answer

from ..models import Application, Contract, Line

LINES_MAX = 500
PAGE_LINES = 50


def whole_applications() -> QuerySet[Application]:
    """Every application with line, contract and steps; ``made``: the number of the contract that it became, or None."""
    made = Contract.objects.filter(application=OuterRef("pk")).values("number")[:1]
    rows = Application.objects.select_related("line", "contract").prefetch_related("steps")
    return rows.annotate(made=Subquery(made))


def line_named(identifier: str) -> Line | None:
    return Line.objects.select_related("holder").filter(identifier=identifier).first()


def line_by_id(line_id: int) -> Line | None:
    return Line.objects.select_related("holder").filter(pk=line_id).first()


def lines_found(words: str, at: dt.datetime, *, after: str = "", limit: int = PAGE_LINES) -> list[Line]:
    """Lines whose identifier or holder's name has the words in it, by identifier, from the one after ``after`` on.

    ``contract_number``: the contract that holds the line at the instant or will, or None.
    """
    on_it = Contract.objects.filter(line=OuterRef("pk")).exclude(line_until_at__lte=at).values("number")[:1]
    rows = Line.objects.select_related("holder").annotate(contract_number=Subquery(on_it))
    if words:
        rows = rows.filter(Q(identifier__icontains=words) | Q(holder__name__icontains=words))
    return list(rows.filter(identifier__gt=after).order_by("identifier")[:limit])


def lines_of(holder: Organisation, at: dt.datetime) -> list[tuple[Line, Answer[bool]]]:
    """The holder's lines, and of each whether a contract could be made for it at the instant (Arts. 7-1, 8-1)."""
    taken = Contract.objects.filter(line=OuterRef("pk")).exclude(line_until_at__lte=at)
    rows = Line.objects.filter(holder=holder).annotate(taken=Exists(taken)).order_by("identifier")[:LINES_MAX]
    return [(line, line_check(line.kind, line.active, line.taken)) for line in rows]


def numbers_of(scope: Scope, contract_ids: Iterable[int]) -> dict[int, str]:
    """Key -> number, of those of these contracts that are in scope."""
    rows = scope.admit(Contract.objects.filter(pk__within=set(contract_ids)), "pk")
    return dict(rows.values_list("pk", "number"))


def contracts_numbered(scope: Scope, numbers: Iterable[str]) -> list[Contract]:
    """The contracts of these numbers that are in scope, by number."""
    rows = Contract.objects.filter(number__in=set(numbers)).select_related("contractor")
    return list(scope.admit(rows, "pk").order_by("number"))
