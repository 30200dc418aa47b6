"""Receipts as the desk sees them: files, what is not used yet, and who may have paid it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope

from ..debts import Debt
from ..matching import USUAL_BANK_FEES_YEN, Book, Candidate, Debtor, Deposit, OpenItem, ranked
from ..matching.book import SAME_AMOUNT_DEBTORS_MAX, called_like, number_runs
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
from ..payer_names import normalised
from .receivables import open_debts, owing

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
    deposit = deposit_of_receipt(receipt, rest if rest is not None else rest_of(receipt))
    return ranked(deposit, book or likely_book(scope, deposit))


def deposit_of_receipt(receipt: Receipt, yen: int) -> Deposit:
    accounts = tuple(filter(None, (receipt.account, receipt.payer_code)))
    return Deposit(yen, receipt.payer_name, accounts, receipt.text)


def book_of(scope: Scope) -> Book:
    """All contractors in scope with what is open, by everything that a payment can tell of them."""
    return Book(_debtors(scope, scope.admit(Contract.objects.all(), "pk"), open_debts(scope)))


def likely_book(scope: Scope, deposit: Deposit) -> Book:
    """Of ``book_of`` those alone that anything in the deposit speaks for: the database looks them up."""
    likely = _by_account(scope, deposit) | _by_number(scope, deposit) | _by_name(scope, deposit)
    likely |= _by_amount(scope, deposit)
    contracts = scope.admit(Contract.objects.filter(contractor_id__within=likely), "pk")
    return Book(_debtors(scope, contracts, open_debts(scope, list(contracts.values_list("pk", flat=True)))))


def _by_account(scope: Scope, deposit: Deposit) -> set[int]:
    rows = scope.admit(VirtualAccount.objects.filter(released_at=None, account__in=deposit.accounts))
    return set(rows.values_list("contract__contractor_id", flat=True))


def _by_number(scope: Scope, deposit: Deposit) -> set[int]:
    """An invoice's number is its letter and its digits, so that what ends its digits ends the number."""
    ends = [Q(invoice__number__endswith=run) for run in number_runs(deposit)]
    if not ends:
        return set()
    return set(owing(scope).filter(reduce(or_, ends)).values_list("contract__contractor_id", flat=True))


def _by_name(scope: Scope, deposit: Deposit) -> set[int]:
    registered, learned = _payer_names()
    names: dict[int, set[str]] = defaultdict(set)
    ours = scope.admit(Contract.objects.all(), "pk").values("contractor_id")
    for key, *called in Organisation.objects.filter(pk__in=ours).values_list("pk", "name", "name_en"):
        names[key] = {normalised(name) for name in (*filter(None, called), *registered[key])} | set(learned[key])
    return called_like(deposit.payer_name, names)


def _by_amount(scope: Scope, deposit: Deposit) -> set[int]:
    """Who owes as much, with a bank's fee or without it, on one invoice or on all together."""
    amounts, found = [deposit.yen + fee for fee in (0, *USUAL_BANK_FEES_YEN)], defaultdict(set)
    owed = owing(scope).values("contract__contractor_id")
    for yen, key in owed.filter(yen__in=amounts).values_list("yen", "contract__contractor_id").distinct():
        found[yen].add(key)
    sums = owed.annotate(total=Sum("yen")).filter(total__in=amounts)
    for yen, key in sums.values_list("total", "contract__contractor_id"):
        found[yen].add(key)
    return {key for keys in found.values() if len(keys) <= SAME_AMOUNT_DEBTORS_MAX for key in keys}


def _debtors(scope: Scope, whose: QuerySet[Contract], debts: Iterable[Debt]) -> Iterable[Debtor]:
    items: dict[int, list[OpenItem]] = defaultdict(list)
    for debt in debts:
        items[debt.contract_id].append(OpenItem(debt.key, debt.contract_id, debt.number, debt.open_yen, debt.due_on))
    contracts: dict[int, list[int]] = defaultdict(list)
    names: dict[int, set[str]] = defaultdict(set)
    for contract_id, contractor_id, *called in whose.values_list(
        "pk", "contractor_id", "contractor__name", "contractor__name_en"
    ):
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
