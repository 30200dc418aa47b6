"""Personal data in other hands: disclosures to third parties (Art. 38-4), processors (38-3), the policy (38-1)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sekisho.apps.contracts.models import Contract


class Disclosure(models.Model):
    """Personal data given to a third party: on which basis, to whom, what, and who approved it.

    ``reference`` names the paper it rests on: the consent, the warrant, the inquiry.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    basis = models.TextField()
    article = models.TextField()
    recipient = models.TextField()
    items = ArrayField(models.TextField())
    reference = models.TextField()
    disclosed_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.number


class DisclosureProposal(models.Model):
    """A disclosure that one person asks for and another decides. Final once decided.

    Its words go to the ``disclosure`` that it becomes, and are emptied here then; of one that was declined they stay
    until the party's erasure.
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    basis = models.TextField()
    recipient = models.TextField(blank=True)
    items = ArrayField(models.TextField(), default=list)
    reference = models.TextField(blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    disclosure = models.OneToOneField(Disclosure, on_delete=models.PROTECT, null=True, related_name="proposal")

    def __str__(self) -> str:
        return self.number


class Processor(models.Model):
    """Who handles personal data for the carrier: for which purposes, from when until when."""

    name = models.TextField()
    purposes = ArrayField(models.TextField())
    safeguards = models.TextField()
    since_on = models.DateField()
    until_on = models.DateField(null=True)

    class Meta:
        ordering = ("since_on", "id")

    def __str__(self) -> str:
        return self.name


class PrivacyPolicy(models.Model):
    """Where the carrier's policy stands, from a day on."""

    url = models.URLField()
    since_on = models.DateField(unique=True)

    class Meta:
        ordering = ("since_on",)
