"""Confidential information that passed between the parties (Art. 37), and to whom it went on."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract
from sekisho.terms.secrecy import DisclosedBy, Recipient

from .damage import Side


class Secret(models.Model):
    """What one side told the other. ``marked`` for documents; what was said is confirmed in writing, once.

    ``exception`` is a code of Art. 37-1's list, set when it turns out that one applies.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    told_by = models.TextField(choices=Side)
    disclosed_by = models.TextField(choices=[(way.value, way.value) for way in DisclosedBy])
    disclosed_on = models.DateField()
    title = models.TextField()
    marked = models.BooleanField(default=False)
    confirmed_on = models.DateField(null=True)
    exception = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.number


class SecretPassage(models.Model):
    """The information went on to somebody who may have it."""

    secret = models.ForeignKey(Secret, on_delete=models.PROTECT, related_name="passages")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    recipient = models.TextField(choices=[(kind.value, kind.value) for kind in Recipient])
    recipient_name = models.TextField()
    purpose = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("id",)
