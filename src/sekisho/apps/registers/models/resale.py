"""Whom a contractor resells the service to (Art. 15-3): what they do counts as the contractor's act."""

from __future__ import annotations

from django.db import models

from sekisho.apps.contracts.models import Contract


class EndUser(models.Model):
    """``until_on`` is the last day of the resale, None: still."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    since_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        ordering = ("contract_id", "since_on", "id")

    def __str__(self) -> str:
        return self.name
