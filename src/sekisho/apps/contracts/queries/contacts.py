"""Whom to reach, in which order, at which hour (R034)."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.scope import Scope
from sekisho.terms.calendar import is_business_day
from sekisho.terms.changes import OFFICE_CLOSES, OFFICE_OPENS
from sekisho.terms.moments import tokyo

from ..models import Contact, Contract, TimeBand


def contacts_of(scope: Scope, contract: Contract) -> list[Contact]:
    """The contact list in its order; the first entry is the first contact."""
    return list(scope.admit(Contact.objects.filter(contract=contract)).order_by("position"))


def contacts_in_force(scope: Scope, contract: Contract, at: dt.datetime) -> list[Contact]:
    """The contacts whose time band holds the instant, in their order; all of them if no band does (R034)."""
    contacts = contacts_of(scope, contract)
    band = TimeBand.BUSINESS if is_office_hours(at) else TimeBand.OFF_HOURS
    return [contact for contact in contacts if contact.time_band in (TimeBand.ALWAYS, band)] or contacts


def is_office_hours(at: dt.datetime) -> bool:
    """Whether the carrier's office is open at the instant."""
    here = tokyo(at)
    return OFFICE_OPENS <= here.time() <= OFFICE_CLOSES and is_business_day(here.date())


def contact_by_id(scope: Scope, contact_id: int) -> Contact | None:
    return scope.admit(Contact.objects.filter(pk=contact_id)).first()
