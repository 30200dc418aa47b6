"""Reminders of what is overdue, level by level, and the proposal to suspend. The machine proposes, a person decides."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts.models import Contract

from .invoices import Invoice


class DunningLevel(models.Model):
    """When which letter is due. ``automatic``: it is sent without waiting for a person.

    Levels are 1 (reminder), 2 (demand) and 3 (final). ``days_late`` counts from the due date; ``pay_within_days``
    from the letter.
    """

    level = models.PositiveSmallIntegerField(primary_key=True)
    days_late = models.PositiveSmallIntegerField()
    pay_within_days = models.PositiveSmallIntegerField()
    automatic = models.BooleanField(default=False)

    class Meta:
        ordering = ("level",)


class DunningDecision(models.TextChoices):
    SENT = "sent"
    DROPPED = "dropped"


class DunningLetter(models.Model):
    """One letter to one party about all that is overdue on a contract; final once decided.

    ``oldest`` is the oldest overdue invoice: for each, a level is reached once. ``items``: [{"number",
    "invoiced_on", "due_on", "invoiced_yen", "open_yen", "interest_yen"}] as of ``dated``.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="dunning_letters")
    oldest = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    addressee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    joint = models.JSONField(default=list)
    language = models.TextField(default="ja")
    dated = models.DateField()
    items = models.JSONField()
    open_yen = models.BigIntegerField()
    interest_yen = models.BigIntegerField()
    pay_by_on = models.DateField()
    suspends_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    decision = models.TextField(choices=DunningDecision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    notice_id = models.BigIntegerField(null=True)
    document_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["oldest", "level", "addressee"], name="dunning_level_reached_once"),
        )

    def __str__(self) -> str:
        return self.number


class ProposalDecision(models.TextChoices):
    ANNOUNCED = "announced"  # the prior notice went out; ``measure`` names it
    DECLINED = "declined"
    PAID = "paid"  # nothing is open any more


class SuspensionProposal(models.Model):
    """Arrears that give ground to suspend (Art. 21-1(1)), put before a person; final once decided."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="suspension_proposals")
    oldest = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="suspension_proposal")
    due_on = models.DateField()
    eligible_on = models.DateField()
    open_yen = models.BigIntegerField()
    article = models.TextField()
    terms_version = models.TextField()
    proposed_at = models.DateTimeField()
    decision = models.TextField(choices=ProposalDecision, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    measure = models.TextField(blank=True)
