"""機能制限通知書: some functions are restricted while the rest goes on (Art. 26); and the letter that lifts it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionNotice(Letter):
    SHEET: ClassVar[str] = "restriction_notice"
    article: str
    functions: tuple[str, ...]
    fact: str
    reason: str
    span: Span
    lifted_when: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionLifted(Letter):
    """機能制限解除通知書."""

    SHEET: ClassVar[str] = "restriction_lifted"
    notice_number: str
    functions: tuple[str, ...]
    restricted_from: dt.date
    lifted_on: dt.date
    reason: str = ""
