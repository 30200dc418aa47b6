"""契約申込書: the application with its form parts (Art. 10-1), and a security policy sheet for each device."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from .form import Applicant, Form
from .letter import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One box to tick."""

    name: str
    chosen: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """Whom to reach, in order; ``band``: when, such as at any time or in office hours."""

    name: str
    phone: str = ""
    mail: str = ""
    band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySetting:
    function: str
    item: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySheet:
    """The policy that one device is to start with."""

    device: str
    site: str
    settings: tuple[PolicySetting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractApplication(Form):
    """``line_kind`` and ``line``: what the service stands on. ``consents``: each with the version of its text."""

    SHEET: ClassVar[str] = "contract_application"
    service: str
    line_kind: str
    line: str
    site: str = ""
    billing_address: str = ""
    plans: tuple[Choice, ...]
    access_item: str
    functions: tuple[Choice, ...]
    operations: bool
    options: tuple[Choice, ...] = ()
    ancillary: tuple[Choice, ...] = ()
    wished_start_on: dt.date | None = None
    joint_applicants: tuple[Applicant, ...] = ()
    contacts: tuple[ContactLine, ...] = ()
    conditions: tuple[Fact, ...] = ()
    consents: tuple[Choice, ...] = ()
    terms_version: str = ""
    policies: tuple[PolicySheet, ...] = ()
