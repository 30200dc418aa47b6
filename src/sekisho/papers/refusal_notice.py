"""不承諾通知書: the application can't be accepted. The grounds are named only where the carrier chooses to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalNotice(Letter):
    SHEET: ClassVar[str] = "refusal_notice"
    application_number: str
    applied_on: dt.date
    article: str = "11-2"
    grounds: tuple[str, ...] = ()
