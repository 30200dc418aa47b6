"""変更申込書: a change of what was ordered (Art. 14): plan, option, access item, functions, service, party."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One thing that changes; ``before`` is empty for something new, ``after`` for something stopped."""

    item: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeApplication(Form):
    """``effective_on`` and ``one_time_fee_yen``: what the rules say of it, where it is shown with the form."""

    SHEET: ClassVar[str] = "change_application"
    kind: str
    changes: tuple[Changed, ...]
    wished_on: dt.date | None = None
    reason: str = ""
    effective_on: dt.date | None = None
    one_time_fee_yen: int | None = None
    proofs: tuple[str, ...] = ()
