"""解除申込書: the contractor ends the service (Art. 17) or stops an option (Art. 12-5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyCharge:
    """What a minimum term that is left early costs; no tax. ``months`` left times ``monthly_fee_yen``."""

    item: str
    months: int
    monthly_fee_yen: int
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationApplication(Form):
    """``effective_on`` and ``early_charges``: what the rules say of it, where they are shown with the form."""

    SHEET: ClassVar[str] = "cancellation_application"
    subject: str
    wished_on: dt.date | None = None
    reason: str = ""
    effective_on: dt.date | None = None
    early_charges: tuple[EarlyCharge, ...] = ()
    device_return: str = ""
