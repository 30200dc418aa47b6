"""Claims for damages: the carrier's against a contractor (Art. 34-1), a contractor's against the carrier (35-2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract
from sekisho.terms.credit import DamageKind

from .enforcement import EnforcementCase


class Side(models.TextChoices):
    CONTRACTOR = "contractor"
    CARRIER = "carrier"


class DamageClaim(models.Model):
    """A claim for money ``against`` one side; final as soon as ``decided_at`` is set.

    ``caused_by``: the contractor itself, its staff or agents, for whom it answers. ``granted_yen`` is what was
    decided; ``refusal`` the code of the terms where they gave nothing.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    against = models.TextField(choices=Side)
    case = models.ForeignKey(EnforcementCase, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in DamageKind])
    occurred_on = models.DateField()
    claimed_at = models.DateTimeField()
    claimed_yen = models.BigIntegerField()
    caused_by = models.TextField(blank=True)
    text = models.TextField()
    article = models.TextField()
    terms_version = models.TextField()
    granted_yen = models.BigIntegerField(null=True)
    refusal = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.TextField(blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(claimed_yen__gt=0), name="damage_claimed_positive"),)

    def __str__(self) -> str:
        return self.number
