"""Receipts as the desk sees them: files, what is not used yet, and who may have paid it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..matching import Book, Candidate, Debtor, Deposit, OpenItem, ranked
from ..models import (
    Allocation,
    LineOutcome,
    PayerName,
    Receipt,
    ReceiptFile,
    ReceiptFileLine,
    ReceiptReturn,
    VirtualAccount,
)
from .receivables import open_debts

FILES_MAX = 100
RECEIPTS_MAX = 500


def receipt_files(limit: int = FILES_MAX) -> QuerySet[ReceiptFile]:
    """The last files, newest first, without their bytes. Only those who see all contracts see any."""
    return ReceiptFile.objects.defer("content").order_by("-id")[:limit]


def lines_to_look_at(file: ReceiptFile | None = None) -> QuerySet[ReceiptFileLine]:
    """What waits for a person: problems, repeats that became no receipt, cancelled transfers."""
    asked = (LineOutcome.PROBLEM, LineOutcome.REPEATED, LineOutcome.TAKES_BACK)
    rows = ReceiptFileLine.objects.filter(outcome__in=asked, seen_at=None).select_related("file").defer("file__content")
    return rows if file is None else rows.filter(file=file)


def receipts_taken_back_by(line: ReceiptFileLine) -> list[Receipt]:
    """The receipts that a cancelled transfer may be about: same account, amount and name, the last first."""
    if line.outcome != LineOutcome.TAKES_BACK:
        return []
    same = {name: line.told[name] for name in ("bank_code", "account", "yen", "payer_name")}
    return list(Receipt.objects.filter(returned=None, **same).order_by("-paid_on", "-id")[:FILES_MAX])


def receipt_by_number(number: str) -> Receipt | None:
    return Receipt.objects.filter(number=number).first()


def with_rest() -> QuerySet[Receipt]:
    """Receipts with ``rest_yen``: what of them was used for nothing yet. Without those that the bank took back."""
    rows = Receipt.objects.filter(returned=None)
    return rows.annotate(rest_yen=F("yen") - Coalesce(Sum("allocations__yen"), Value(0)))


def unmatched(limit: int = RECEIPTS_MAX) -> list[Receipt]:
    """Receipts that are not used up, the oldest first; each with ``rest_yen``."""
    return list(with_rest().filter(rest_yen__gt=0).order_by("paid_on", "id")[:limit])


def rest_of(receipt: Receipt) -> int:
    """What of a receipt was used for nothing yet, in yen; nothing of one that the bank took back."""
    if ReceiptReturn.objects.filter(receipt=receipt).exists():
        return 0
    used = Allocation.objects.filter(receipt=receipt).aggregate(total=Sum("yen"))["total"] or 0
    return receipt.yen - used


def candidates_for(scope: Scope, receipt: Receipt, book: Book | None = None) -> list[Candidate]:
    """Who may have paid what is left of a receipt. ``book``: where the caller asks for many receipts."""
    rest = getattr(receipt, "rest_yen", None)
    return ranked(deposit_of_receipt(receipt, rest if rest is not None else rest_of(receipt)), book or book_of(scope))


def deposit_of_receipt(receipt: Receipt, yen: int) -> Deposit:
    accounts = tuple(filter(None, (receipt.account, receipt.payer_code)))
    return Deposit(yen, receipt.payer_name, accounts, receipt.text)


def book_of(scope: Scope) -> Book:
    """All contractors in scope with what is open, by everything that a payment can tell of them."""
    items: dict[int, list[OpenItem]] = defaultdict(list)
    for debt in open_debts(scope):
        items[debt.contract_id].append(OpenItem(debt.key, debt.contract_id, debt.number, debt.open_yen, debt.due_on))
    return Book(_debtors(scope, items))


def _debtors(scope: Scope, items: dict[int, list[OpenItem]]) -> Iterable[Debtor]:
    contracts: dict[int, list[int]] = defaultdict(list)
    names: dict[int, set[str]] = defaultdict(set)
    rows = scope.admit(Contract.objects.all(), "pk").values_list(
        "pk", "contractor_id", "contractor__name", "contractor__name_en"
    )
    for contract_id, contractor_id, *called in rows:
        contracts[contractor_id].append(contract_id)
        names[contractor_id].update(filter(None, called))
    accounts = _virtual_accounts(scope)
    registered, learned = _payer_names()
    for contractor_id, contract_ids in contracts.items():
        yield Debtor(
            key=contractor_id,
            names=(*sorted(names[contractor_id]), *registered[contractor_id]),
            paid_as=frozenset(learned[contractor_id]),
            virtual_accounts=frozenset(account for key in contract_ids for account in accounts[key]),
            items=tuple(item for key in contract_ids for item in items.get(key, ())),
        )


def _virtual_accounts(scope: Scope) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = scope.admit(VirtualAccount.objects.filter(released_at=None))
    for contract_id, account in rows.values_list("contract_id", "account"):
        found[contract_id].append(account)
    return found


def _payer_names() -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    registered: dict[int, list[str]] = defaultdict(list)
    learned: dict[int, list[str]] = defaultdict(list)
    for organisation_id, name, is_registered in PayerName.objects.values_list("organisation_id", "name", "registered"):
        (registered if is_registered else learned)[organisation_id].append(name)
    return registered, learned
