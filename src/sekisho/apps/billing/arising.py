"""A debt as it arises: what a ``Charge`` row will say, before it is one. Plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.terms.words import Words

from .models import ChargeKind, TaxTreatment

NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arising:
    """``key`` names the fact that it comes from; the other fields are those of ``models.Charge``."""

    key: str
    kind: ChargeKind
    yen: int
    tax: TaxTreatment
    arises_on: dt.date
    supplied_from: dt.date
    supplied_until: dt.date
    trigger: str
    article: str
    rule: str
    terms_version: str
    words: Words
    item: str = ""
    quantity: int = 1
    unit_yen: int | None = None
    days: int = 0
    days_in_month: int = 0
    price_list: str = ""
    note: Words = NO_WORDS
