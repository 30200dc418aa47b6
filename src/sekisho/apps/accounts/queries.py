"""Reading people, organisations and tokens."""

from __future__ import annotations

from django.db.models import Q

from .models import ApiToken, Organisation, OrganisationKind, Person, Role

NAMED_MAX = 20


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


def people_told(organisation: Organisation) -> list[Person]:
    """People with their invitations (``invitations.all()``), those who may come in first."""
    return list(organisation.people.prefetch_related("invitations").order_by("-is_active", "role", "pk"))


def people_in_order(organisation: Organisation) -> list[Person]:
    """Those who may come in, in the order in which they stay when there is no room: administrators, then by age."""
    active = organisation.people.filter(is_active=True).order_by("pk")
    return sorted(active, key=lambda person: person.role != Role.CONTRACTOR_ADMIN)


def person_by_id(person_id: int) -> Person | None:
    return Person.objects.select_related("organisation").filter(pk=person_id).first()


def organisations(kind: OrganisationKind | None = None) -> list[Organisation]:
    """All organisations, or those of one kind, by kind and name."""
    rows = Organisation.objects.all() if kind is None else Organisation.objects.filter(kind=kind)
    return list(rows.order_by("kind", "name", "pk"))


def contractors_named(words: str, limit: int = NAMED_MAX) -> list[Organisation]:
    """Contractors in whose name, in either script, the words occur."""
    named = Q(name__icontains=words.strip()) | Q(name_en__icontains=words.strip())
    rows = Organisation.objects.filter(named, kind=OrganisationKind.CONTRACTOR)
    return list(rows.order_by("name", "pk")[:limit])


def organisation_by_id(organisation_id: int) -> Organisation | None:
    return Organisation.objects.filter(pk=organisation_id).first()


def tokens_of(organisation: Organisation) -> list[ApiToken]:
    """Every token the organisation ever had, the newest first, with its use."""
    return list(organisation.api_tokens.select_related("use", "made_by").order_by("-made_at", "-pk"))


def token_by_public_id(public_id: str) -> ApiToken | None:
    return ApiToken.objects.select_related("organisation").filter(public_id=public_id).first()
