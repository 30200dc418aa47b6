"""Blocks: addresses that a device refuses at once, each by the contractor's consent (R009)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models

from sekisho.apps.contracts.models import Contract

from .devices import SecurityDevice


class Block(models.Model):
    """One address or network, in both directions, until ``until_at`` or until it is lifted; then the row is final.

    ``consent`` names what the contractor agreed to, such as ``proposal:12``.
    """

    device = models.ForeignKey(SecurityDevice, on_delete=models.PROTECT, related_name="blocks")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    address = models.TextField()
    why = models.TextField()
    consent = models.TextField()
    at = models.DateTimeField()
    who = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_why = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["device", "address"], condition=models.Q(lifted_at=None), name="block_once_an_address"
            ),
        )
        indexes = (models.Index(fields=["device", "until_at"], name="block_by_end"),)

    def __str__(self) -> str:
        return self.address

    def in_force(self, at: dt.datetime) -> bool:
        return self.lifted_at is None and at < self.until_at
