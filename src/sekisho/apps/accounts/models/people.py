"""Organisations and people. A person belongs to one organisation and has one role in it."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class OrganisationKind(models.TextChoices):
    CARRIER = "carrier"
    PARTNER = "partner"
    CONTRACTOR = "contractor"


class Role(models.TextChoices):
    """What a person does here. The first word is the kind of the organisation that may have it."""

    CARRIER_ADMIN = "carrier_admin"
    CARRIER_DESK = "carrier_desk"
    PARTNER_ANALYST = "partner_analyst"
    PARTNER_LEAD = "partner_lead"
    CONTRACTOR_ADMIN = "contractor_admin"
    CONTRACTOR_MEMBER = "contractor_member"

    @property
    def organisation_kind(self) -> OrganisationKind:
        return OrganisationKind(self.value.partition("_")[0])


class Language(models.TextChoices):
    JA = "ja"
    EN = "en"


class Organisation(models.Model):
    kind = models.TextField(choices=OrganisationKind)
    name = models.TextField()
    name_en = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Persons(BaseUserManager["Person"]):
    """Django and allauth look people up through this; they are made by ``actions``."""

    def get_by_natural_key(self, email: str | None) -> Person:
        return self.get(email__iexact=email)


class Person(AbstractBaseUser):
    email = models.EmailField()
    name = models.TextField()
    language = models.TextField(choices=Language, default=Language.JA)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    role = models.TextField(choices=Role)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Persons()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ("name",)

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="person_by_email"),)

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """There is no Django admin here; libraries that ask are told so."""
        return False
