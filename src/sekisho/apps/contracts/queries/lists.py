"""Applications with everything that they are shown with, and lines by their name: for doors that check whose they are.

Needs a scope of all contracts, as the acts on applications do: an applicant may have no contract yet.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from sekisho.apps.accounts.models import Organisation
from sekisho.terms.applications import line_check
from sekisho.terms.values import Answer

from ..models import Application, Contract, Line

LINES_MAX = 500


def whole_applications() -> QuerySet[Application]:
    """Every application with line, contract and steps; ``made``: the number of the contract that it became, or None."""
    made = Contract.objects.filter(application=OuterRef("pk")).values("number")[:1]
    rows = Application.objects.select_related("line", "contract").prefetch_related("steps")
    return rows.annotate(made=Subquery(made))


def line_named(identifier: str) -> Line | None:
    return Line.objects.select_related("holder").filter(identifier=identifier).first()


def lines_of(holder: Organisation, at: dt.datetime) -> list[tuple[Line, Answer[bool]]]:
    """The holder's lines, and of each whether a contract could be made for it at the instant (Arts. 7-1, 8-1)."""
    taken = Contract.objects.filter(line=OuterRef("pk")).exclude(line_until_at__lte=at)
    rows = Line.objects.filter(holder=holder).annotate(taken=Exists(taken)).order_by("identifier")[:LINES_MAX]
    return [(line, line_check(line.kind, line.active, line.taken)) for line in rows]
