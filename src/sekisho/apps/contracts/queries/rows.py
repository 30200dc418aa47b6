"""Finding contracts."""

from __future__ import annotations

from collections.abc import Iterable

from sekisho.apps.scope import Scope

from ..models import Contract


def contracts_of(scope: Scope, limit: int | None = None) -> list[Contract]:
    """The contracts in scope by number; a page that offers them to choose from sets a limit."""
    rows = scope.admit(Contract.objects.select_related("contractor", "line"), "pk")
    return list(rows.order_by("number")[:limit])


def contracts_after(scope: Scope, key: int | None, limit: int) -> list[Contract]:
    """The next contracts in scope after the one with this key, in the order of acceptance; None: from the first."""
    rows = scope.admit(Contract.objects.select_related("contractor", "line"), "pk")
    return list((rows if key is None else rows.filter(pk__gt=key)).order_by("pk")[:limit])


def contract_by_number(scope: Scope, number: str) -> Contract | None:
    rows = Contract.objects.select_related("contractor", "line").filter(number=number)
    return scope.admit(rows, "pk").first()


def contract_by_id(scope: Scope, contract_id: int) -> Contract | None:
    rows = Contract.objects.select_related("contractor", "line").filter(pk=contract_id)
    return scope.admit(rows, "pk").first()


def contracts_by_numbers(scope: Scope, numbers: Iterable[str]) -> dict[str, Contract]:
    """The contracts that exist among these numbers."""
    rows = scope.admit(Contract.objects.filter(number__in=set(numbers)), "pk")
    return {contract.number: contract for contract in rows}
