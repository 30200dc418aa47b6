"""Disputes, and what every version of the terms says about law and court (Arts. 39, 40-2)."""

from __future__ import annotations

from typing import NamedTuple

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope
from sekisho.terms.versions import VERSIONS
from sekisho.terms.words import Words

from ..models import Dispute, DisputeEntryKind


class Governed(NamedTuple):
    law: Words
    court: Words


_JAPAN_FUKUOKA = Governed(
    Words("日本法", "the law of Japan"),
    Words("福岡地方裁判所(第一審の専属的合意管轄)", "Fukuoka District Court, exclusive, first instance"),
)
GOVERNED_BY: dict[str, Governed] = {version.name: _JAPAN_FUKUOKA for version in VERSIONS}
"""Terms version -> law and court."""


def disputes_of(scope: Scope, contract: Contract) -> list[Dispute]:
    """Every dispute under a contract with its talks, newest first."""
    rows = Dispute.objects.filter(contract=contract).prefetch_related("entries")
    return list(scope.admit(rows).order_by("-opened_at", "-id"))


def dispute_by_number(scope: Scope, number: str) -> Dispute | None:
    rows = Dispute.objects.select_related("contract").prefetch_related("entries").filter(number=number)
    return scope.admit(rows).first()


def is_over(dispute: Dispute) -> bool:
    """Whether the talks have ended, by agreement or before the court."""
    return any(entry.kind != DisputeEntryKind.CONSULTATION for entry in dispute.entries.all())
