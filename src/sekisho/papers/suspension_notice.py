"""提供停止通知書: the service will be, or in urgency has been, suspended (Art. 21); and the letter that lifts it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionNotice(Letter):
    """``urgency``: why no notice could be given before; empty when this is the notice before."""

    SHEET: ClassVar[str] = "suspension_notice"
    article: str
    fact: str
    reason: str
    span: Span
    lifted_when: str = ""
    urgency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionLifted(Letter):
    """提供再開通知書."""

    SHEET: ClassVar[str] = "suspension_lifted"
    notice_number: str
    suspended_from: dt.date
    resumed_on: dt.date
    reason: str = ""
