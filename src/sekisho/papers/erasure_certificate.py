"""個人情報消去証明書: what was erased after the end of a contract, how, and what the law still makes us keep."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .letter import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedCategory:
    """One category of data: how it was erased, when, and how many records."""

    category: str
    method: str
    erased_on: dt.date
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCategory:
    """What stays, under which duty, and until when."""

    category: str
    duty: str
    kept_until: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureCertificate(Letter):
    """``evidence``: what proves it, such as the hash of the erasure's record."""

    SHEET: ClassVar[str] = "erasure_certificate"
    ended_on: dt.date
    retained_until: dt.date
    erased: tuple[ErasedCategory, ...]
    kept: tuple[KeptCategory, ...] = ()
    responsible: str = ""
    evidence: str = ""
