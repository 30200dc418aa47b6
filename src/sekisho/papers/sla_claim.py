"""サービスレベル違反に関する通知書: the contractor's claim in writing (Art. 35-1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBreach:
    """One breach event: its number, the notice that was late, when it came about (as written), claimable until."""

    number: str
    subject: str
    breached_at: str
    claim_until: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaClaim(Form):
    SHEET: ClassVar[str] = "sla_claim"
    breaches: tuple[ClaimedBreach, ...]
    statement: str = ""
