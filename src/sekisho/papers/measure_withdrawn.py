"""措置取りやめ通知書: what had been announced will not be done (Arts. 20, 21, 26)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWithdrawn(Letter):
    """``what``: the measure in words; ``planned_from``: the day on which it was to begin."""

    SHEET: ClassVar[str] = "measure_withdrawn"
    notice_number: str
    what: str
    article: str
    announced_on: dt.date
    planned_from: dt.date
    withdrawn_on: dt.date
    reason: str = ""
