"""Candidates for one deposit, best first. Points are named here; each candidate tells which of them it got."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sekisho.terms.words import Words, Yen

from ..payer_names import PERCENT_EQUAL, normalised, similarity_percent
from .book import Book, number_endings, number_runs
from .sums import items_that_sum_to
from .values import Candidate, Debtor, Deposit, OpenItem, Reason, Share

CANDIDATES_MAX = 10
USUAL_BANK_FEES_YEN = (110, 165, 220, 275, 330, 385, 440, 550, 605, 660, 770, 825, 880)
"""What banks charge for a transfer, tax included; payers deduct it although it is theirs to bear (Art. 28-1)."""

ACCOUNT_POINTS = 50
NUMBER_POINTS = 40
NAME_POINTS = 30
NAME_ALIKE_POINTS = 20
NAME_ALIKE_PERCENT_MIN = 75
NAME_REMINDS_POINTS = 8
NAME_REMINDS_PERCENT_MIN = 60
EXACT_POINTS = 30
EXACT_TOGETHER_POINTS = 25
LESS_FEE_POINTS = 20
OLDEST_POINTS = 2

_Designation = tuple[tuple[OpenItem, ...], tuple[Reason, ...]]


def ranked(
    deposit: Deposit, book: Book, *, fees_yen: Sequence[int] = USUAL_BANK_FEES_YEN, limit: int = CANDIDATES_MAX
) -> list[Candidate]:
    """The likely uses of a deposit, best first; equal scores by the oldest debt. None has fewer than one reason."""
    found = [
        candidate for debtor in book.likely(deposit, fees_yen) for candidate in _of_debtor(deposit, debtor, fees_yen)
    ]
    best: dict[tuple[int, ...], Candidate] = {}
    for candidate in sorted(found, key=_order):
        best.setdefault((candidate.debtor.key, *(share.item.key for share in candidate.shares)), candidate)
    return list(best.values())[:limit]


def _order(candidate: Candidate) -> tuple[object, ...]:
    first = min(share.item.due_on.toordinal() for share in candidate.shares) if candidate.shares else 0
    keys = tuple(share.item.key for share in candidate.shares)
    return -candidate.score, candidate.short_yen + candidate.rest_yen, first, candidate.debtor.key, keys


def _of_debtor(deposit: Deposit, debtor: Debtor, fees_yen: Sequence[int]) -> Iterator[Candidate]:
    who = tuple(_who(deposit, debtor))
    for items, reasons in _designations(deposit, debtor, fees_yen):
        if reasons or who:
            yield _candidate(deposit, debtor, items, (*who, *reasons))


def _who(deposit: Deposit, debtor: Debtor) -> Iterator[Reason]:
    if debtor.virtual_accounts.intersection(deposit.accounts):
        yield Reason(ACCOUNT_POINTS, _ACCOUNT)
    name = normalised(deposit.payer_name)
    if name and name in debtor.paid_as:
        yield Reason(NAME_POINTS, _PAID_BEFORE)
        return
    alike = max((similarity_percent(deposit.payer_name, known) for known in debtor.names), default=0)
    if alike == PERCENT_EQUAL:
        yield Reason(NAME_POINTS, _NAME)
    elif alike >= NAME_ALIKE_PERCENT_MIN:
        yield Reason(NAME_ALIKE_POINTS, _NAME_ALIKE.with_facts(alike))
    elif alike >= NAME_REMINDS_PERCENT_MIN:
        yield Reason(NAME_REMINDS_POINTS, _NAME_ALIKE.with_facts(alike))


def _designations(deposit: Deposit, debtor: Debtor, fees_yen: Iterable[int]) -> Iterator[_Designation]:
    """Which of the debtor's items may be meant: by number, by amount, else from the oldest on."""
    items = tuple(sorted(debtor.items, key=lambda item: (item.due_on, item.key)))
    numbered = _numbered(deposit, items)
    if numbered:
        reasons = _amount_reasons(deposit.yen, numbered, fees_yen)
        yield numbered, (Reason(NUMBER_POINTS, _NUMBER), *reasons)
    by_amount = tuple(_by_amount(deposit.yen, items, fees_yen))
    yield from by_amount
    if not numbered and not by_amount:
        yield _oldest(deposit.yen, items), ()


def _numbered(deposit: Deposit, items: Sequence[OpenItem]) -> tuple[OpenItem, ...]:
    runs = set(number_runs(deposit))
    return tuple(item for item in items if runs.intersection(number_endings(item.number)))


def _amount_reasons(yen: int, items: Sequence[OpenItem], fees_yen: Iterable[int]) -> tuple[Reason, ...]:
    missing = sum(item.open_yen for item in items) - yen
    if missing == 0:
        return (Reason(EXACT_POINTS, _EXACT),)
    return (Reason(LESS_FEE_POINTS, _LESS_FEE.with_facts(Yen(missing))),) if missing in fees_yen else ()


def _by_amount(yen: int, items: Sequence[OpenItem], fees_yen: Iterable[int]) -> Iterator[_Designation]:
    exact = [item for item in items if item.open_yen == yen]
    for place, item in enumerate(exact):
        oldest = (Reason(OLDEST_POINTS, _OLDEST),) if place == 0 and len(exact) > 1 else ()
        yield (item,), (Reason(EXACT_POINTS, _EXACT), *oldest)
    if exact:
        return
    together = items_that_sum_to(yen, items)
    if together:
        yield together, (Reason(EXACT_TOGETHER_POINTS, _TOGETHER.with_facts(len(together))),)
        return
    for fee in fees_yen:
        short = items_that_sum_to(yen + fee, items)
        if short:
            yield short, (Reason(LESS_FEE_POINTS, _LESS_FEE.with_facts(Yen(fee))),)
            return


def _oldest(yen: int, items: Sequence[OpenItem]) -> tuple[OpenItem, ...]:
    chosen, left = [], yen
    for item in items:
        if left <= 0:
            break
        chosen.append(item)
        left -= item.open_yen
    return tuple(chosen)


def _candidate(
    deposit: Deposit, debtor: Debtor, items: Sequence[OpenItem], reasons: tuple[Reason, ...]
) -> Candidate:  # fmt: skip
    shares, left = [], deposit.yen
    for item in items:
        part = min(left, item.open_yen)
        if part:
            shares.append(Share(item, part))
        left -= part
    short = sum(item.open_yen for item in items) - (deposit.yen - left)
    return Candidate(debtor, tuple(shares), reasons, short_yen=short, rest_yen=left)


_ACCOUNT = Words("専用口座への入金です。", "It came to the virtual account of this contractor.")
_PAID_BEFORE = Words("以前に同じ名義の入金を確定しています。", "A deposit in this name was confirmed before.")
_NAME = Words("振込依頼人名が一致します。", "The payer's name is the same.")
_NAME_ALIKE = Words("振込依頼人名が{0}%一致します。", "The payer's name is {0} percent alike.")
_NUMBER = Words("請求書番号が書かれています。", "The payer named the invoice's number.")
_EXACT = Words("金額が一致します。", "The amount is the same.")
_TOGETHER = Words("請求書{0}件の合計と一致します。", "It is the sum of {0} invoices.")
_LESS_FEE = Words("振込手数料と見られる{0}が不足しています。", "It is short by {0}, a usual bank fee.")
_OLDEST = Words("同額の中で最も古い請求です。", "The oldest of those with this amount.")
