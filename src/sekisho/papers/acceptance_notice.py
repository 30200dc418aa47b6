"""承諾通知書: the application is accepted; what was agreed, and under which terms and price list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Fact, Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceNotice(Letter):
    """Yen without tax. ``options`` and ``conditions``: what was ordered besides, and what the form agreed on.

    ``effective_on``: of a change, its first day, with its ``one_time_fee_yen``; None: a new contract.
    """

    SHEET: ClassVar[str] = "acceptance_notice"
    application_number: str
    applied_on: dt.date
    accepted_on: dt.date
    plan: str
    access_item: str
    functions: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    line: str = ""
    initial_fee_yen: int | None = None
    monthly_fee_yen: int | None = None
    planned_start_on: dt.date | None = None
    effective_on: dt.date | None = None
    one_time_fee_yen: int | None = None
    terms_version: str = ""
    price_list: str = ""
    conditions: tuple[Fact, ...] = ()
