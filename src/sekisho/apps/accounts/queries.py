"""Reading people, organisations and tokens."""

from __future__ import annotations

from .models import ApiToken, Organisation, OrganisationKind, Person


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


def tokens_of(organisation: Organisation) -> list[ApiToken]:
    """Every token the organisation ever had, the newest first, with its use."""
    return list(organisation.api_tokens.select_related("use", "made_by").order_by("-made_at", "-pk"))


def token_by_public_id(public_id: str) -> ApiToken | None:
    return ApiToken.objects.select_related("organisation").filter(public_id=public_id).first()
