"""What is left of a contract after its end: retention, then erasure by category, with a certificate (Art. 38-5).

An erasure row is also the key that lets the personal columns of tables that only grow be emptied
(``row_security.append_only_but_erasable``).
"""

from __future__ import annotations

from django.db import models

from .application import Application
from .contract import Contract


class ErasureCategory(models.TextChoices):
    """Kinds of personal data, each with a period of its own (switch ``retention_period_by_category``)."""

    PORTAL_ACCOUNT = "portal_account"
    CONTACT = "contact"
    MAIL = "mail"
    CALL_RECORD = "call_record"
    PARTY = "party"


class Erasure(models.Model):
    """One category of one contract's personal data is to be erased, from this instant on and for good."""

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="erasures")
    category = models.TextField(choices=ErasureCategory)
    ended_on = models.DateField()
    due_on = models.DateField()
    at = models.DateTimeField()
    terms_version = models.TextField()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["contract", "category"], name="erasure_once_a_category"),)

    def __str__(self) -> str:
        return self.number


class ErasureReport(models.Model):
    """What one part of the platform did about an erasure.

    ``counts``: "app.Model" -> rows erased. ``kept``: [{"what_ja", "what_en", "until", "why_ja", "why_en"}]
    (``until``: ISO day or null), without personal data. A part that kept something reports again when it is gone; its
    last report counts.
    """

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="reports")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    part = models.TextField()
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class ApplicationErasure(models.Model):
    """One application's words are erased: with its contract's parties, or by its own day if it became none.

    Like ``Erasure`` it is the key that lets the rows of the application be emptied.
    """

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="erasure")
    due_on = models.DateField()
    at = models.DateTimeField()
