"""Cases, what they cost, and the measures taken from them."""

from __future__ import annotations

from django.db.models import Sum

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..models import CaseEntryKind, CaseMeasure, EnforcementCase

CASES_SHOWN_MAX = 200


def case_by_number(scope: Scope, number: str) -> EnforcementCase | None:
    rows = EnforcementCase.objects.select_related("contract", "end_user").filter(number=number)
    return scope.admit(rows).prefetch_related("entries", "measures").first()


def cases_of(scope: Scope, contract: Contract) -> list[EnforcementCase]:
    """Every case of a contract, newest first; also what its end users did."""
    rows = EnforcementCase.objects.filter(contract=contract).prefetch_related("entries", "measures")
    return list(scope.admit(rows).order_by("-opened_at", "-id")[:CASES_SHOWN_MAX])


def open_cases(scope: Scope) -> list[EnforcementCase]:
    """Cases that nobody has closed, oldest first."""
    closed = scope.admit(EnforcementCase.objects.filter(entries__kind=CaseEntryKind.CLOSED)).values("pk")
    rows = EnforcementCase.objects.exclude(pk__in=closed).select_related("contract")
    return list(scope.admit(rows).order_by("opened_at", "id")[:CASES_SHOWN_MAX])


def measures_of(scope: Scope, case: EnforcementCase) -> list[CaseMeasure]:
    """The measures taken from a case, in the order they were taken."""
    return list(scope.admit(CaseMeasure.objects.filter(case=case)).order_by("id"))


def damage_yen(scope: Scope, case: EnforcementCase, kind: CaseEntryKind) -> int:
    """The damage of one kind that a case has noted so far, in yen."""
    rows = scope.admit(type(case).objects.filter(pk=case.pk, entries__kind=kind))
    return rows.aggregate(total=Sum("entries__yen"))["total"] or 0


def is_closed(case: EnforcementCase) -> bool:
    return any(entry.kind == CaseEntryKind.CLOSED for entry in case.entries.all())
