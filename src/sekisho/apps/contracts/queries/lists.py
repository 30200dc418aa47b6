"""Applications with everything that they are shown with, and lines by their name: for doors that check whose they are.

Needs a scope of all contracts, as the acts on applications do: an applicant may have no contract yet.
"""

from __future__ import annotations

from django.db.models import OuterRef, QuerySet, Subquery

from ..models import Application, Contract, Line


def whole_applications() -> QuerySet[Application]:
    """Every application with line, contract and steps; ``made``: the number of the contract that it became, or None."""
    made = Contract.objects.filter(application=OuterRef("pk")).values("number")[:1]
    rows = Application.objects.select_related("line", "contract").prefetch_related("steps")
    return rows.annotate(made=Subquery(made))


def line_named(identifier: str) -> Line | None:
    return Line.objects.select_related("holder").filter(identifier=identifier).first()
