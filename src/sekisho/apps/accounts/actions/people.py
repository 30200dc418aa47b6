"""Moving in: organisations, people, their second factor."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused

from ..models import Organisation, OrganisationKind, Person, Role


@transaction.atomic
def add_organisation(actor: Actor, *, kind: OrganisationKind, name: str, name_en: str = "") -> Organisation:
    organisation = Organisation.objects.create(kind=kind, name=name, name_en=name_en)
    record(actor, act="accounts.add_organisation", object=f"organisation:{organisation.pk}", details={"kind": kind})
    return organisation


@transaction.atomic
def add_person(
    actor: Actor, *, organisation: Organisation, role: Role, email: str, name: str, password: str, language: str = "ja"
) -> Person:
    """A person who can log in at once. Refused when the role belongs to another kind of organisation."""
    if Role(role).organisation_kind != organisation.kind:
        raise Refused("role_of_other_kind", "この組織では選べない役割です。", "This organisation can't have that role.")
    person = Person(organisation=organisation, role=role, email=email.strip().lower(), name=name, language=language)
    person.set_password(password)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    record(actor, act="accounts.add_person", object=f"person:{person.pk}", details={"role": role})
    return person


@transaction.atomic
def set_totp(actor: Actor, *, person: Person, secret: str) -> None:
    """Give the person a time-based second factor (``secret`` in base32) and recovery codes."""
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    record(actor, act="accounts.set_totp", object=f"person:{person.pk}")
