"""Reading people and organisations."""

from __future__ import annotations

from .models import Organisation, OrganisationKind, Person


def must_use_second_factor(person: Person) -> bool:
    """People who see other people's contracts prove themselves twice."""
    return person.organisation.kind != OrganisationKind.CONTRACTOR


def is_empty() -> bool:
    """Whether nobody has moved in yet: the seed's condition."""
    return not Organisation.objects.exists()


def person_by_email(email: str) -> Person | None:
    return Person.objects.select_related("organisation").filter(email__iexact=email).first()


def people_of(organisation: Organisation) -> list[Person]:
    return list(organisation.people.order_by("email"))
