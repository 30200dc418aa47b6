"""From contracts to debts: derive what arose and write it down, for one contract or for a run's share of them.

A contract whose debts cannot be told (no price) keeps nobody else waiting: it is given back as a problem.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sekisho.apps.audit.actions import Actor
from sekisho.apps.tariff.fees import NoPrice
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..arising import Arising
from ..deriving import (
    ADJUSTED,
    Difference,
    Subject,
    adjustment,
    differences,
    fees_arisen,
    months_to_bill,
)
from ..loading import BilledThrough, billed_by_month, billed_through
from ..models import CreditKind, TaxTreatment
from ..recording import record_charges
from .credits import grant_credit

Problems = dict[int, str]


def assess(actor: Actor, subjects: Mapping[int, Subject], month: dt.date, through: dt.date) -> Problems:
    """Write down all debts of these contracts until ``through``, with the fees of each month up to ``month``.

    Returns contract -> why its debts could not be told. Callers hold the contracts' turns.
    """
    last = billed_through(subjects, month)
    derived, problems = _derived(subjects, last, month, through)
    changed = _differences(subjects, last, derived)
    key, on = f"{month:%Y-%m}", tokyo_date(clock.now())
    for contract_id, found in changed.items():
        dearer = [each for each in found if each.yen > 0]
        derived[contract_id] += [adjustment(subjects[contract_id], each, _key(each, key), on) for each in dearer]
    record_charges(actor, derived)
    for contract_id, found in changed.items():
        _give_back(actor, subjects[contract_id], [each for each in found if each.yen < 0], key)
    return problems


def _derived(
    subjects: Mapping[int, Subject], last: Mapping[int, BilledThrough], month: dt.date, through: dt.date
) -> tuple[dict[int, list[Arising]], Problems]:
    derived: dict[int, list[Arising]] = {}
    problems: Problems = {}
    for contract_id, subject in subjects.items():
        before = last[contract_id].month if contract_id in last else None
        try:
            derived[contract_id] = fees_arisen(subject, months_to_bill(subject.history, before, month), through)
        except NoPrice as missing:
            problems[contract_id] = str(missing)
    return derived, problems


def _differences(
    subjects: Mapping[int, Subject], last: Mapping[int, BilledThrough], derived: Mapping[int, Sequence[Arising]]
) -> dict[int, list[Difference]]:
    """Contract -> billed months that changed. Most contracts have none, and for those nothing is read."""
    asked = [contract_id for contract_id in derived if contract_id in last and _may_differ(subjects[contract_id], last)]
    billed = billed_by_month(asked) if asked else {}
    found = {
        contract_id: differences(subjects[contract_id], billed.get(contract_id, {}), *last[contract_id])
        for contract_id in asked
    }
    return {contract_id: changed for contract_id, changed in found.items() if changed}


def _may_differ(subject: Subject, last: Mapping[int, BilledThrough]) -> bool:
    before = last[subject.contract.pk]
    told = len(subject.history.told) > before.known_facts
    return told or any(listed.published_at >= before.known_at for listed in subject.book.lists)


def _give_back(actor: Actor, subject: Subject, cheaper: Sequence[Difference], key: str) -> None:
    for difference in cheaper:
        grant_credit(
            actor,
            subject.contract,
            difference.month,
            -difference.yen,
            _key(difference, key),
            [difference.note] if difference.note.ja else [],
            kind=CreditKind.ADJUSTMENT,
            article=difference.article,
            rule=difference.rule,
            tax=TaxTreatment.TAXABLE,
            words=ADJUSTED.with_facts(f"{difference.month:%Y-%m}"),
        )


def _key(difference: Difference, key: str) -> str:
    return f"adjustment:{difference.month:%Y-%m}:{key}"
