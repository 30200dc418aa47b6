"""Disputes, and the talks that have to come before a court (Art. 40)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract


class Dispute(models.Model):
    """A matter on which the parties don't agree; its entries say how it went."""

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    matter = models.TextField()
    terms_version = models.TextField()
    opened_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class DisputeEntryKind(models.TextChoices):
    CONSULTATION = "consultation"
    SETTLED = "settled"
    COURT = "court"


class Channel(models.TextChoices):
    MEETING = "meeting"
    PHONE = "phone"
    MAIL = "mail"
    LETTER = "letter"


class DisputeEntry(models.Model):
    """One talk, or the end of the talks: an agreement, or the court."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=DisputeEntryKind)
    held_at = models.DateTimeField()
    channel = models.TextField(choices=Channel, blank=True)
    present = models.TextField(blank=True)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["dispute"], condition=~models.Q(kind="consultation"), name="dispute_over"),
        )
