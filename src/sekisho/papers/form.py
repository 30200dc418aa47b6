"""What every form has: who applies, to whom, when, and the box that the office fills in when it arrives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .paper import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A party as the forms of the trade ask for it; empty texts are left out."""

    name: str
    name_kana: str = ""
    corporate_number: str = ""
    postal_code: str = ""
    address: tuple[str, ...] = ()
    representative: str = ""
    representative_kana: str = ""
    department: str = ""
    person: str = ""
    person_kana: str = ""
    phone: str = ""
    mail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Paper):
    """``carrier``: to whom it goes. ``received_*`` and ``office``: empty until it was received."""

    AUTHOR: ClassVar[str] = "applicant"
    dated: dt.date
    carrier: str
    applicant: Applicant
    number: str = ""
    received_on: dt.date | None = None
    received_time: str = ""
    office: str = ""
    contract_number: str = ""
    remarks: tuple[str, ...] = ()
