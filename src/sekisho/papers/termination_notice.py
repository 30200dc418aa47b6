"""契約解除通知書: the carrier ends the contract (Art. 18), with its grounds and what becomes due by it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierNotice:
    """A notice that came before and had no effect."""

    number: str
    dated: dt.date
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationNotice(Letter):
    """``early_charge_yen`` and ``unpaid_yen``: None when there is none. ``device_return``: how the UTM goes back."""

    SHEET: ClassVar[str] = "termination_notice"
    article: str
    fact: str
    grounds: tuple[str, ...]
    effective_on: dt.date
    earlier: tuple[EarlierNotice, ...] = ()
    early_charge_yen: int | None = None
    unpaid_yen: int | None = None
    device_return: str = ""
