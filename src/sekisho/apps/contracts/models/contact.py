"""Whom to reach under a contract, in order and by the time of day (R034)."""

from __future__ import annotations

from django.db import models

from sekisho.apps.accounts.models import Language

from .contract import Contract


class TimeBand(models.TextChoices):
    """When a contact is the one to reach."""

    ALWAYS = "always"
    BUSINESS = "business"
    OFF_HOURS = "off_hours"


class Contact(models.Model):
    """Somebody to tell about incidents; ``position`` 1 is the first contact (R034)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="contacts")
    position = models.PositiveSmallIntegerField()
    name = models.TextField()
    phone = models.TextField(blank=True)
    mail = models.EmailField(blank=True)
    language = models.TextField(choices=Language, default=Language.JA)
    time_band = models.TextField(choices=TimeBand, default=TimeBand.ALWAYS)
    confirmed_on = models.DateField()

    class Meta:
        ordering = ("contract_id", "position")
        constraints = (models.UniqueConstraint(fields=["contract", "position"], name="contact_by_position"),)

    def __str__(self) -> str:
        return self.name
