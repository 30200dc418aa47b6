"""What billing has to know of many contracts at once, in a few queries. Reads in the scope that is entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import F, Sum
from django.db.models.functions import Coalesce, TruncMonth

from sekisho.apps.contracts import queries as contracts
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import current
from sekisho.apps.tariff.book import PriceBook
from sekisho.apps.tariff.queries import settings_book
from sekisho.apps.tariff.settled import SettingsBook
from sekisho.terms.history import History
from sekisho.terms.versions import terms_named

from .deriving import BACKWARDS_RULE, MONTH_RULE, Subject
from .drafting import OpenCredit
from .ledger import balances
from .models import Account, Charge, Credit, CreditKind, Invoice, Outcome, RunResult


class BilledThrough(NamedTuple):
    """The last month (its first day) that was billed, and what was known then: published lists, told facts."""

    month: dt.date
    known_at: dt.datetime
    known_facts: int


class Brought(NamedTuple):
    """What an invoice carries forward: the invoice before it, and what is open in all; yen."""

    previous: Invoice | None
    carried_yen: int


def subjects(found: Sequence[Contract], book: PriceBook) -> dict[int, Subject]:
    ids, settings = [contract.pk for contract in found], settings_book()
    histories = contracts.histories(current(), ids)
    changes: dict[int, list[contracts.AcceptedChange]] = {}
    for change in contracts.changes_accepted(current(), ids):
        changes.setdefault(change.contract_id, []).append(change)
    return {
        contract.pk: _subject(contract, histories.get(contract.pk, History(())), changes, book, settings)
        for contract in found
    }


def _subject(
    contract: Contract,
    history: History,
    changes: dict[int, list[contracts.AcceptedChange]],
    book: PriceBook,
    settings: SettingsBook,
) -> Subject:
    return Subject(
        contract=contract,
        history=history,
        terms=terms_named(contract.terms_version),
        settings=settings,
        bound=contracts.bound_contract(contract, history),
        book=book,
        changes=tuple(changes.get(contract.pk, ())),
    )


def billed_through(contract_ids: Iterable[int], before: dt.date) -> dict[int, BilledThrough]:
    """Contract -> the last month before ``before`` that a run has dealt with."""
    rows = RunResult.objects.filter(contract_id__within=list(contract_ids), run__month__lt=before)
    rows = rows.exclude(outcome=Outcome.PROBLEM).order_by("contract_id", "-run__month").distinct("contract_id")
    rows = rows.values_list("contract_id", "run__month", "known_at", "known_facts")
    return {key: BilledThrough(*last) for key, *last in rows}


def billed_by_month(contract_ids: Iterable[int]) -> dict[int, dict[dt.date, int]]:
    """Contract -> month -> monthly fees as charged so far, adjustments in both directions included; yen, no tax."""
    ids, found = list(contract_ids), {}
    charges = Charge.objects.filter(contract_id__within=ids, rule__in=(MONTH_RULE, BACKWARDS_RULE))
    charges = charges.annotate(month=TruncMonth("supplied_from"))
    credits = Credit.objects.filter(contract_id__within=ids, kind=CreditKind.ADJUSTMENT)
    credits = credits.filter(rule__in=(MONTH_RULE, BACKWARDS_RULE))
    for rows, sign in ((charges, 1), (credits, -1)):
        summed = rows.values("contract_id", "month").annotate(total=Sum("yen"))
        for contract_id, month, yen in summed.values_list("contract_id", "month", "total"):
            months: dict[dt.date, int] = found.setdefault(contract_id, {})
            months[month] = months.get(month, 0) + sign * int(yen)
    return found


def unbilled_charges(contract_ids: Iterable[int]) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = {}
    for charge in Charge.objects.filter(contract_id__within=list(contract_ids), billed__isnull=True):
        found.setdefault(charge.contract_id, []).append(charge)
    return found


def open_credits(contract_ids: Iterable[int]) -> dict[int, list[OpenCredit]]:
    """Credits of which something is left."""
    rows = Credit.objects.filter(contract_id__within=list(contract_ids))
    rows = rows.annotate(used=Coalesce(Sum("uses__yen"), 0)).filter(yen__gt=F("used"))
    found: dict[int, list[OpenCredit]] = {}
    for credit in rows.order_by("pk"):
        found.setdefault(credit.contract_id, []).append(OpenCredit(credit, credit.yen - int(credit.used)))
    return found


def brought_forward(contract_ids: Iterable[int]) -> dict[int, Brought]:
    """Contract -> its last living invoice, and what is open less what is kept for it."""
    ids = list(contract_ids)
    living = Invoice.objects.filter(contract_id__within=ids, cancellation__isnull=True)
    last = {row.contract_id: row for row in living.order_by("contract_id", "-serial").distinct("contract_id")}
    sums = balances(current(), ids)
    return {
        contract_id: Brought(
            last.get(contract_id),
            sums.get(contract_id, {}).get(Account.RECEIVABLE, 0) + sums.get(contract_id, {}).get(Account.DEPOSIT, 0),
        )
        for contract_id in ids
    }
