"""Who may see which contracts, and what a contract gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sekisho.apps.accounts.models import OrganisationKind, Person
from sekisho.apps.scope import NOTHING, Scope, _make, entered, system_scope
from sekisho.terms.calendar import is_business_day
from sekisho.terms.changes import OFFICE_CLOSES, OFFICE_OPENS
from sekisho.terms.entitlements import Entitlements, entitlements
from sekisho.terms.moments import tokyo
from sekisho.terms.versions import Terms, terms_named

from .models import Contact, Contract, TimeBand


def scope_of(person: Person) -> Scope:
    """The contracts that a person may see. THE place where this is decided; for anybody unknown: none.

    The carrier sees all, the partner those with security operations (R108), a contractor its own.
    """
    if not person.is_authenticated or not person.is_active:
        return NOTHING
    kind = person.organisation.kind
    if kind == OrganisationKind.CARRIER:
        return _make(person.email, sees_all=True)
    if kind == OrganisationKind.PARTNER:
        return _make(person.email, _ids(operations=True))
    return _make(person.email, _ids(contractor_id=person.organisation_id))


def _ids(**condition: object) -> frozenset[int]:
    with entered(system_scope("scope_of")):
        return frozenset(Contract.objects.filter(**condition).values_list("pk", flat=True))


def terms_of(contract: Contract) -> Terms:
    """The terms as they bind the contract."""
    return terms_named(contract.terms_version)


def entitlements_of(contract: Contract, at: dt.datetime) -> Entitlements:
    """What the contract gives at an instant. Nothing else keeps its own copy of any of it."""
    return entitlements(contract.facts, at, terms=terms_of(contract))


def contracts_of(scope: Scope, limit: int | None = None) -> list[Contract]:
    """The contracts in scope by number; a page that offers them to choose from sets a limit."""
    rows = scope.admit(Contract.objects.select_related("contractor"), "pk")
    return list(rows.order_by("number")[:limit])


def contract_by_number(scope: Scope, number: str) -> Contract | None:
    rows = Contract.objects.select_related("contractor").filter(number=number)
    return scope.admit(rows, "pk").first()


def contract_by_id(scope: Scope, contract_id: int) -> Contract | None:
    rows = Contract.objects.select_related("contractor").filter(pk=contract_id)
    return scope.admit(rows, "pk").first()


def contracts_by_numbers(scope: Scope, numbers: Iterable[str]) -> dict[str, Contract]:
    """The contracts that exist among these numbers."""
    rows = scope.admit(Contract.objects.filter(number__in=set(numbers)), "pk")
    return {contract.number: contract for contract in rows}


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
