"""Who the contractors of a contract are, day by day, and how a contract comes to others (Arts. 9, 15, 16, 33).

Rows only grow. A party's data holds from a day on until a later row; an invoice of an earlier day asks for that
day and finds what stood then.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sekisho.apps.accounts.models import Organisation
from sekisho.terms.parties import PartyFact
from sekisho.terms.parties import Transfer as TransferKind

from .contract import Contract


class ContractParty(models.Model):
    """One contractor of a contract, from ``since_on`` on. Joint contractors each have a row."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    since_on = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)


class PartyLeaving(models.Model):
    """The last day on which a party was one; it goes on answering for the debts of its time (Art. 33-1)."""

    party = models.OneToOneField(ContractParty, on_delete=models.PROTECT, related_name="leaving")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    until_on = models.DateField()
    told_at = models.DateTimeField()


class Representative(models.Model):
    """From this day on notices go to this party; of two rows for one day the later told counts."""

    party = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("from_on", "id")


class PartyData(models.Model):
    """What a party is called and where it sits, from a day on. ``change``: the notice that brought it, if one did."""

    party = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="data")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey("PartyChange", on_delete=models.PROTECT, null=True, related_name="data")
    from_on = models.DateField()
    name = models.TextField()
    name_en = models.TextField(blank=True)
    address = models.TextField(blank=True)
    representative = models.TextField(blank=True)
    corporate_number = models.TextField(blank=True)
    told_at = models.DateTimeField()

    class Meta:
        ordering = ("from_on", "id")


class PartyChange(models.Model):
    """A notice of changed data with its proof (Art. 16-1). ``elapsed_days``: from the change to the arrival."""

    number = models.TextField(unique=True)
    party = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="changes")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    changed = ArrayField(models.TextField(choices=[(fact.value, fact.value) for fact in PartyFact]))
    changed_on = models.DateField()
    arrived_on = models.DateField()
    elapsed_days = models.PositiveIntegerField()
    proof = models.TextField()
    told_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


class Transfer(models.Model):
    """A contract passes from one party to another: assignment with consent, or merger or split without.

    ``consent_document`` is the carrier's written consent. ``filed_on`` is when the successor's filing with its
    ``proof`` arrived (Art. 16-2). A succession that was not announced, or filed late, is flagged, not refused.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="transfers")
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in TransferKind])
    leaving = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="+")
    joining = models.ForeignKey(ContractParty, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()
    announced_on = models.DateField(null=True)
    filing_due_on = models.DateField(null=True)
    consent_document = models.TextField(blank=True)
    proof = models.TextField(blank=True)
    filed_on = models.DateField(null=True)
    filed_late = models.BooleanField(null=True)
    not_announced = models.BooleanField(default=False)
    terms_version = models.TextField()
    told_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.number


class FollowUpTask(models.TextChoices):
    """What a change of party leaves to be done (R076)."""

    ACCOUNTS = "reissue_accounts"
    SCREENING = "screen_again"
    DOMAIN = "move_domain"


class FollowUp(models.Model):
    """One open task; done once. ``cause`` is "transfer:TR100001"."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    cause = models.TextField()
    task = models.TextField(choices=FollowUpTask)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["cause", "task"], name="follow_up_once"),)


class CarrierAssignment(models.Model):
    """The carrier passes a contract on itself (Art. 15-2); except by merger or split it needs this consent."""

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in TransferKind])
    assignee = models.TextField()
    effective_on = models.DateField()
    asked_at = models.DateTimeField()
    consent_document = models.TextField(blank=True)
    consented_on = models.DateField(null=True)
    passed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.number
