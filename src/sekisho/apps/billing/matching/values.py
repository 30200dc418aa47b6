"""What matching is asked with, and what it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.terms.words import Words


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A debt that is not paid in full. ``number`` is what its invoice is called on paper."""

    key: int
    contract_id: int
    number: str
    open_yen: int
    due_on: dt.date


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who may pay, by what a payment can tell of it.

    ``names``: in kana, as registered; ``paid_as``: normalised payer names of deposits that were confirmed before;
    ``virtual_accounts``: branch and number as ten digits.
    """

    key: int
    names: tuple[str, ...] = ()
    paid_as: frozenset[str] = frozenset()
    virtual_accounts: frozenset[str] = frozenset()
    items: tuple[OpenItem, ...] = ()

    @property
    def open_yen(self) -> int:
        return sum(item.open_yen for item in self.items)


@dataclass(frozen=True, slots=True)
class Deposit:
    """What the bank told of a payment. ``text``: EDI and summary.

    ``accounts``: what may be a virtual account, branch and number as ten digits: the account that it came to, and
    the payer's code, in which some banks tell it.
    """

    yen: int
    payer_name: str = ""
    accounts: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a candidate has these points."""

    points: int
    words: Words


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the deposit for one debt."""

    item: OpenItem
    yen: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to use the deposit. ``short_yen`` stays open on the items that are meant; ``rest_yen`` is left over."""

    debtor: Debtor
    shares: tuple[Share, ...]
    reasons: tuple[Reason, ...]
    short_yen: int
    rest_yen: int

    @property
    def score(self) -> int:
        return sum(reason.points for reason in self.reasons)
