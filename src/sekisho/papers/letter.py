"""What every letter has: number, date, who writes to whom, about which contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from .paper import Paper
from .parties import Addressee, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Paper):
    """``contact``: whom to ask, in one line. ``remarks``: further lines at the end, in the letter's language."""

    number: str
    dated: dt.date
    addressee: Addressee
    sender: Sender
    contract_number: str = ""
    service: str = ""
    contact: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a letter's list: a word and what it stands for."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when until when; times are Tokyo time as "HH:MM", or empty. ``until_on`` None: until further notice."""

    from_on: dt.date
    from_time: str = ""
    until_on: dt.date | None = None
    until_time: str = ""
