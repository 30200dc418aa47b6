"""Cases of prohibited acts (Art. 19-1), and what was found, done and decided in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract

from .resale import EndUser


class EnforcementCase(models.Model):
    """One act, or one need of the operations, that may call for measures of Art. 26-1.

    ``ground`` is a code of Art. 19-1, or empty where measures are needed without a breach; ``article`` says
    which. An end user's act opens the case on the contractor (Art. 15-3).
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    end_user = models.ForeignKey(EndUser, on_delete=models.PROTECT, null=True, related_name="+")
    ground = models.TextField(blank=True)
    article = models.TextField()
    facts = models.TextField()
    occurred_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.number


class CaseEntryKind(models.TextChoices):
    FACT = "fact"
    DAMAGE_TO_CARRIER = "damage_to_carrier"
    DAMAGE_TO_THIRD_PARTY = "damage_to_third_party"
    RESPONSIBILITY = "responsibility"  # how the contractor answers for it, at its own cost (Art. 19-2)
    CLOSED = "closed"


class CaseEntry(models.Model):
    """One line of a case. ``yen`` is the damage, where it is known."""

    case = models.ForeignKey(EnforcementCase, on_delete=models.PROTECT, related_name="entries")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.TextField(choices=CaseEntryKind)
    text = models.TextField()
    yen = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["case"], condition=models.Q(kind="closed"), name="case_closed_once"),
            models.CheckConstraint(condition=models.Q(yen=None) | models.Q(yen__gte=0), name="case_damage_positive"),
        )


class CaseMeasure(models.Model):
    """A measure of the contract that was taken because of a case; ``measure`` is its number there."""

    case = models.ForeignKey(EnforcementCase, on_delete=models.PROTECT, related_name="measures")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField()
    measure = models.TextField(unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
