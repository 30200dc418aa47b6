"""Emptying people and organisations of whom they were (Art. 38-5). Their keys stay, because history stands on them."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from ..models import ApiToken, Invitation, Organisation, Person

ERASED_DOMAIN = "erased.invalid"
"""A domain that never exists: an address must be unique and can belong to nobody."""


@transaction.atomic
def erase_people(organisation: Organisation) -> dict[str, int]:
    """Nobody of the organisation can be told or come in any more; rows erased by model. A repeat changes nothing."""
    people = organisation.people.exclude(email__endswith=f"@{ERASED_DOMAIN}")
    keys = list(people.values_list("pk", flat=True))
    gone = {
        "account.EmailAddress": EmailAddress.objects.filter(user_id__in=keys).delete()[0],
        "mfa.Authenticator": Authenticator.objects.filter(user_id__in=keys).delete()[0],
        "accounts.Invitation": Invitation.objects.filter(person_id__in=keys).delete()[0],
        "accounts.ApiToken": ApiToken.objects.filter(organisation=organisation).exclude(name="").update(name=""),
    }
    for person in people:
        _erase(person)
    return {"accounts.Person": len(keys), **gone}


@transaction.atomic
def erase_organisation(organisation: Organisation) -> dict[str, int]:
    """The organisation has no name any more; rows erased by model."""
    erased = Organisation.objects.filter(pk=organisation.pk).exclude(name="").update(name="", name_en="")
    return {"accounts.Organisation": erased}


def _erase(person: Person) -> None:
    person.email, person.name, person.is_active = f"{person.pk}@{ERASED_DOMAIN}", "", False
    person.set_unusable_password()
    person.save(update_fields=("email", "name", "is_active", "password"))
