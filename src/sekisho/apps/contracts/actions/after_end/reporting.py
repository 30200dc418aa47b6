"""What each part of the platform did about an erasure.

An app above that holds personal data calls ``reads_erasures`` when it starts, takes the news "contracts.erasure"
by ``read_erasures``, and answers each with what it erased and what it keeps. When every part has answered for
every category, the contract is erased.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record, take_news
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.audit.queries import news_for
from sekisho.apps.scope import current, entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind
from sekisho.terms.words import Words

from ...models import Contract, Erasure, ErasureCategory, ErasureReport
from ...queries.standing import contract_at
from ..facts import tell

TOPIC = "contracts.erasure"
OWN_PART = "contracts"

_parts: dict[str, frozenset[ErasureCategory]] = {OWN_PART: frozenset(ErasureCategory)}


class Keeping(NamedTuple):
    """What a part keeps: its name, the last day (None: until its reason is gone), and why."""

    what: Words
    until: dt.date | None
    why: Words


class Done(NamedTuple):
    """What a part did: rows erased by "app.Model", and what it keeps."""

    counts: dict[str, int]
    kept: Sequence[Keeping] = ()


Eraser = Callable[[Contract, ErasureCategory], Done]


def reads_erasures(part: str, categories: Iterable[ErasureCategory]) -> None:
    """This part holds such data and will answer. Called once by an app when it is ready."""
    _parts[part] = frozenset(categories)


def parts_for(category: ErasureCategory) -> frozenset[str]:
    """The parts that have to answer for a category."""
    return frozenset(part for part, categories in _parts.items() if category in categories)


@transaction.atomic
def report_erased(
    actor: Actor, *, erasure: Erasure, part: str, counts: dict[str, int], kept: Sequence[Keeping] = ()
) -> ErasureReport:
    """One part's answer. The last answer of the last part turns the contract into an erased one."""
    report = ErasureReport.objects.create(
        erasure=erasure,
        contract_id=erasure.contract_id,
        part=part,
        counts={model: rows for model, rows in sorted(counts.items()) if rows},
        kept=[_told(keeping) for keeping in kept],
        at=clock.now(),
    )
    record(
        actor,
        act="contracts.report_erased",
        object=f"erasure:{erasure.number}",
        contract_id=erasure.contract_id,
        terms_version=erasure.terms_version,
        details={"part": part, "category": erasure.category, "counts": report.counts, "kept": len(report.kept)},
    )
    _finish(actor, erasure.contract)
    return report


def read_erasures(part: str, erase: Eraser) -> int:
    """Take the news of erasures for a part: ``erase`` does the work and says what was done. How many there were."""
    actor, scope = SystemActor(part), system_scope(part)
    with entered(scope):
        rows = news_for(part, {TOPIC})
        for row in rows:
            erasure = Erasure.objects.select_related("contract").get(number=row.payload["erasure"])
            category = ErasureCategory(erasure.category)
            if category in _parts.get(part, ()):
                done = erase(erasure.contract, category)
                report_erased(actor, erasure=erasure, part=part, counts=done.counts, kept=done.kept)
        take_news(part, rows)
        return len(rows)


def _finish(actor: Actor, contract: Contract) -> None:
    erasures = {erasure.category: erasure for erasure in contract.erasures.prefetch_related("reports")}
    for category in ErasureCategory:
        reported = {r.part for r in erasures[category].reports.all()} if category in erasures else set()
        if not parts_for(category) <= reported:
            return
    if contract_at(current(), contract, clock.now()).state is not ContractState.ERASED:
        tell(actor, contract, FactKind.STATE, ContractState.ERASED.value, clock.now())
        record(
            actor,
            act="contracts.finish_erasure",
            object=f"contract:{contract.number}",
            contract_id=contract.pk,
            terms_version=contract.terms_version,
            details={"erasures": sorted(erasure.number for erasure in erasures.values())},
        )


def _told(keeping: Keeping) -> dict[str, str | None]:
    return {
        "what_ja": keeping.what.ja,
        "what_en": keeping.what.en,
        "until": keeping.until.isoformat() if keeping.until else None,
        "why_ja": keeping.why.ja,
        "why_en": keeping.why.en,
    }
