"""All debtors with the ways to find them fast: ten thousand are not compared one by one with every deposit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import chain

from ..payer_names import NAMES_KEPT_MAX, digits_in, normalised
from .values import Debtor, Deposit

NUMBER_DIGITS_MIN = 4
"""Fewer digits of an invoice's number than these say nothing: they may be a branch or a floor."""

ALIKE_DEBTORS_MAX = 20
SAME_AMOUNT_DEBTORS_MAX = 50


class Book:
    """The debtors, looked up by account, name, invoice number and amount. Doesn't change."""

    def __init__(self, debtors: Iterable[Debtor]) -> None:
        self._by_account: dict[str, list[Debtor]] = defaultdict(list)
        self._by_name: dict[str, list[Debtor]] = defaultdict(list)
        self._by_pair: dict[str, list[Debtor]] = defaultdict(list)
        self._by_digits: dict[str, list[Debtor]] = defaultdict(list)
        self._by_yen: dict[int, list[Debtor]] = defaultdict(list)
        for debtor in debtors:
            self._enter(debtor)

    def likely(self, deposit: Deposit, fees_yen: Iterable[int]) -> list[Debtor]:
        """Everyone that anything in the deposit speaks for."""
        found: dict[int, Debtor] = {}
        for debtor in [
            *(debtor for account in deposit.accounts for debtor in self._by_account.get(account, ())),
            *(debtor for run in number_runs(deposit) for debtor in self._by_digits.get(run, ())),
            *self._by_name.get(normalised(deposit.payer_name), ()),
            *self._alike(normalised(deposit.payer_name)),
            *(debtor for fee in (0, *fees_yen) for debtor in self._of_amount(deposit.yen + fee)),
        ]:
            found.setdefault(debtor.key, debtor)
        return list(found.values())

    def _enter(self, debtor: Debtor) -> None:
        for account in debtor.virtual_accounts:
            self._by_account[account].append(debtor)
        names = {normalised(name) for name in debtor.names} | debtor.paid_as
        for name in names:
            self._by_name[name].append(debtor)
        for pair in {pair for name in names for pair in _pairs(name)}:
            self._by_pair[pair].append(debtor)
        for item in debtor.items:
            for run in number_endings(item.number):
                self._by_digits[run].append(debtor)
        for yen in {item.open_yen for item in debtor.items} | {debtor.open_yen}:
            self._by_yen[yen].append(debtor)

    def _alike(self, name: str) -> list[Debtor]:
        shared: Counter[int] = Counter()
        debtors: dict[int, Debtor] = {}
        for pair in _pairs(name):
            for debtor in self._by_pair.get(pair, ()):
                shared[debtor.key] += 1
                debtors[debtor.key] = debtor
        enough = _enough(_pairs(name))
        return [debtors[key] for key, count in shared.most_common(ALIKE_DEBTORS_MAX) if count >= enough]

    def _of_amount(self, yen: int) -> list[Debtor]:
        """Nobody where too many owe the same: an amount alone says nothing then."""
        found = self._by_yen.get(yen, [])
        return found if len(found) <= SAME_AMOUNT_DEBTORS_MAX else []


def number_runs(deposit: Deposit) -> tuple[str, ...]:
    """The runs of digits in what the payer wrote that may be an invoice's number."""
    runs = digits_in(f"{deposit.payer_name} {deposit.text}")
    return tuple(run for run in runs if len(run) >= NUMBER_DIGITS_MIN)


def number_endings(number: str) -> tuple[str, ...]:
    """The digits of an invoice's number and all their endings that are long enough to be one."""
    digits = "".join(sign for sign in number if sign.isdigit())
    return tuple(digits[start:] for start in range(len(digits) - NUMBER_DIGITS_MIN + 1))


def called_like(payer_name: str, known: Mapping[int, Collection[str]]) -> set[int]:
    """Of debtors with their normalised names those that ``Book`` finds by name: called the same, or alike."""
    name = normalised(payer_name)
    pairs = _pairs(name)
    shared = Counter({key: len(pairs.intersection(chain.from_iterable(map(_pairs, of_one))))
                      for key, of_one in known.items()})  # fmt: skip
    alike = {key for key, count in shared.most_common(ALIKE_DEBTORS_MAX) if count >= _enough(pairs)}
    return alike | {key for key, names in known.items() if name in names}


def _enough(pairs: Collection[str]) -> int:
    return max(1, len(pairs) // 2)


@lru_cache(maxsize=NAMES_KEPT_MAX)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(name[start : start + 2] for start in range(len(name) - 1))
