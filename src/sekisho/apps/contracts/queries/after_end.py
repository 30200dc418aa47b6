"""What is due to be erased, and the certificate of what was (Art. 38-5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from sekisho.apps.scope import Scope
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind, History
from sekisho.terms.moments import ONE_DAY, end_of_day, tokyo_date
from sekisho.terms.personal_data import erasure_due_of_category
from sekisho.terms.words import Words

from ..models import (
    Application,
    ApplicationAct,
    ApplicationErasure,
    Contract,
    Erasure,
    ErasureCategory,
    ErasureReport,
)
from .standing import histories, history_of, terms_of

OVER = frozenset({ContractState.ENDED, ContractState.RETENTION, ContractState.REFUSED, ContractState.WITHDRAWN})
BACKUPS_NOTE = Words(
    "バックアップ内の複製は、保存期間の満了により上書き消去されます。復元時は消去を再実行します。",
    "Copies in backups go when the backups' own period is over; after a restore the erasure is run again.",
)


class DueErasure(NamedTuple):
    """A category of an ended contract's personal data whose period is over."""

    contract: Contract
    category: ErasureCategory
    ended_on: dt.date
    due_on: dt.date


class Kept(NamedTuple):
    """What was not erased, until when (None: until its reason is gone) and why."""

    part: str
    what: Words
    until: dt.date | None
    why: Words


class Erased(NamedTuple):
    """One category as erased: rows by "app.Model", over all parts; ``reported`` names the parts that did theirs."""

    category: ErasureCategory
    number: str
    at: dt.datetime
    counts: dict[str, int]
    reported: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was erased of a contract, what is kept and why. ``complete``: nothing personal is still to be erased."""

    contract: Contract
    ended_on: dt.date
    erased: tuple[Erased, ...]
    kept: tuple[Kept, ...]
    to_come: tuple[tuple[ErasureCategory, dt.date], ...]
    backups: Words = BACKUPS_NOTE

    @property
    def complete(self) -> bool:
        return not self.to_come and not self.kept


def ended_on(history: History, at: dt.datetime) -> dt.date | None:
    """The last day of a contract that is over at ``at``; of one that never served, the day it was given up."""
    standing = history.at(at)
    if standing.state not in OVER:
        return None
    if standing.facts is not None and standing.facts.ended_on is not None:
        return standing.facts.ended_on
    given_up = [fact for fact in history.of_kind(FactKind.STATE) if fact.value in _GIVEN_UP]
    return tokyo_date(given_up[-1].from_at) if given_up else None


def due_of(contract: Contract, category: ErasureCategory, last_on: dt.date) -> dt.date:
    """The first day on which this category of a contract that ended on ``last_on`` is erased."""
    return erasure_due_of_category(last_on, category.value, terms=terms_of(contract)).value


def erasure_due(scope: Scope, on: dt.date) -> list[DueErasure]:
    """Everything that is to be erased on a day and has not been, by its due day."""
    done = set(scope.admit(Erasure.objects.all()).values_list("contract_id", "category"))
    due = []
    for contract, history in _over_by(scope, on):
        last_on = ended_on(history, end_of_day(on) - dt.timedelta(microseconds=1))
        if last_on is None:
            continue
        for category in ErasureCategory:
            due_on = due_of(contract, category, last_on)
            if due_on <= on and (contract.pk, category.value) not in done:
                due.append(DueErasure(contract, category, last_on, due_on))
    return sorted(due, key=lambda found: (found.due_on, found.contract.pk))


def applications_due(scope: Scope, on: dt.date) -> list[tuple[Application, dt.date]]:
    """Applications that became no contract and whose period is over, with the day from which it is.

    Refused and withdrawn ones count from that day, and a draft that nobody sent from its last step. What is part of
    a contract goes with the contract's parties.
    """
    done = ApplicationErasure.objects.values("application_id")
    part_of_one = Contract.objects.filter(application__isnull=False).values("application_id")
    rows = Application.objects.filter(contract=None).exclude(pk__in=done).exclude(pk__in=part_of_one)
    found = []
    for application in scope.admit(rows).prefetch_related("steps").order_by("pk"):
        last = list(application.steps.all())[-1:]
        if not last or (application.received_at is not None and last[0].act not in _GIVEN_UP_ACTS):
            continue
        due = erasure_due_of_category(tokyo_date(last[0].at), ErasureCategory.PARTY.value).value
        if due <= on:
            found.append((application, due))
    return found


def retention_to_begin(scope: Scope, at: dt.datetime) -> list[Contract]:
    """Contracts that have ended and are not yet told to be in retention."""
    pairs = _over_by(scope, tokyo_date(at))
    return [contract for contract, history in pairs if history.at(at).state is ContractState.ENDED]


def erasures_of(scope: Scope, contract: Contract) -> list[Erasure]:
    return list(scope.admit(Erasure.objects.filter(contract=contract)).prefetch_related("reports"))


def certificate_of(scope: Scope, contract: Contract, on: dt.date) -> Certificate | None:
    """What has been erased of a contract as known on a day; None while it is not over."""
    last_on = ended_on(history_of(scope, contract), end_of_day(on) - ONE_DAY) or _ended_on_erasure(scope, contract)
    if last_on is None:
        return None
    erasures = erasures_of(scope, contract)
    done = {erasure.category for erasure in erasures}
    return Certificate(
        contract=contract,
        ended_on=last_on,
        erased=tuple(_erased(erasure) for erasure in erasures),
        kept=tuple(kept for erasure in erasures for report in _last_reports(erasure) for kept in _kept(report)),
        to_come=tuple((c, due_of(contract, c, last_on)) for c in ErasureCategory if c.value not in done),
    )


def _over_by(scope: Scope, on: dt.date) -> list[tuple[Contract, History]]:
    """Contracts whose line is free again by the end of a day, with their histories."""
    rows = Contract.objects.filter(line_until_at__lt=end_of_day(on)).select_related("contractor")
    contracts = list(scope.admit(rows, "pk").order_by("pk"))
    told = histories(scope, [contract.pk for contract in contracts])
    return [(contract, told.get(contract.pk, History(()))) for contract in contracts]


def _ended_on_erasure(scope: Scope, contract: Contract) -> dt.date | None:
    first = scope.admit(Erasure.objects.filter(contract=contract)).first()
    return first.ended_on if first else None


def _erased(erasure: Erasure) -> Erased:
    counts: dict[str, int] = {}
    for report in erasure.reports.all():
        for model, rows in report.counts.items():
            counts[model] = counts.get(model, 0) + rows
    parts = tuple(sorted({report.part for report in erasure.reports.all()}))
    return Erased(ErasureCategory(erasure.category), erasure.number, erasure.at, counts, parts)


def _last_reports(erasure: Erasure) -> list[ErasureReport]:
    return list({report.part: report for report in erasure.reports.all()}.values())


def _kept(report: ErasureReport) -> list[Kept]:
    return [
        Kept(
            report.part,
            Words(kept["what_ja"], kept["what_en"]),
            dt.date.fromisoformat(kept["until"]) if kept["until"] else None,
            Words(kept["why_ja"], kept["why_en"]),
        )
        for kept in report.kept
    ]


_GIVEN_UP = ("refused", "withdrawn", "ended")
_GIVEN_UP_ACTS = (ApplicationAct.REFUSED, ApplicationAct.WITHDRAWN)
