"""What a bank file says, as values. Days are real dates, yen are whole, names are half-width as the bank sent them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from sekisho.terms.words import Words

from .layouts import CORRECTION, FileKind


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class YearReading(StrEnum):
    """What the two digits of a year count in this file."""

    REIWA = "reiwa"
    HEISEI = "heisei"
    WESTERN = "western"

    @property
    def year_zero(self) -> int:
        return {YearReading.REIWA: 2018, YearReading.HEISEI: 1988, YearReading.WESTERN: 2000}[self]

    @property
    def first_year(self) -> int:
        """An era begins with its year 1."""
        return 0 if self is YearReading.WESTERN else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that the money came to. ``deposit_type`` 1 ordinary, 2 current, 4 savings."""

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    deposit_type: str
    number: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement. ``value_on`` is the day that counts as payment, ``booked_on`` the bank's working day.

    ``transaction`` is the statement's code of two digits, empty in a notice. ``line`` counts the file's lines
    from 1 (records, where there are no lines); two entries that differ in nothing else are equal.
    """

    reference: str
    booked_on: dt.date
    value_on: dt.date
    direction: Direction
    yen: int
    cheque_yen: int = 0
    payer_code: str = ""
    payer_name: str = ""
    payer_bank: str = ""
    payer_branch: str = ""
    summary: str = ""
    edi: str = ""
    transaction: str = ""
    line: int = field(default=0, compare=False)

    @property
    def takes_back(self) -> bool:
        """Whether it undoes another one: a cancelled transfer of a notice, a correction in a statement."""
        return self.transaction == CORRECTION or (not self.transaction and self.direction is Direction.OUT)

    @property
    def is_receipt(self) -> bool:
        return self.direction is Direction.IN and not self.takes_back


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts and yen of what came in, and of what went out (in a notice: what was cancelled)."""

    in_count: int
    in_yen: int
    out_count: int
    out_yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One account's block of a file. ``opening_yen`` is negative for an overdraft, None in a notice."""

    account: Account
    created_on: dt.date
    first_on: dt.date
    last_on: dt.date
    entries: tuple[Entry, ...]
    opening_yen: int | None = None

    @property
    def totals(self) -> Totals:
        """The totals as the entries give them; the file's own are checked against these."""
        came = [entry.yen for entry in self.entries if entry.direction is Direction.IN]
        went = [entry.yen for entry in self.entries if entry.direction is Direction.OUT]
        return Totals(len(came), sum(came), len(went), sum(went))


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that was not taken, or a total that doesn't agree. ``line`` 0: the file as a whole."""

    line: int
    code: str
    words: Words
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """``line_breaks``: records end with CR LF (or LF); else they follow each other."""

    kind: FileKind
    years: YearReading
    line_breaks: bool
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def receipts(self) -> tuple[tuple[Account, Entry], ...]:
        """What was paid in, with the account it came to."""
        return tuple((told.account, entry) for told in self.statements for entry in told.entries if entry.is_receipt)
