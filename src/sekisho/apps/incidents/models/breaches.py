"""A missed service level and what people did about it (Arts. 35-1, 36-1). Append-only, all of it.

A breach arises once, from its clock. Reviews and claims are numbered words about it, and the last one
counts: a withdrawn one is a further row that says so, never a change of the row before. Credits are
numbered in the same way for each month of a contract: the last row's total is what the month gives.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from sekisho.apps.contracts.models import Contract

from .incidents import Clock, Level, SecurityIncident


class Breach(models.Model):
    """One event of Art. 35-1. ``breached_at`` is the deadline that was missed, whenever we wrote it down.

    ``notified_at`` is the late notice, if it had been given by ``recorded_at``. ``claimable_until`` is the
    last Tokyo day on which a claim may arrive. ``steps`` say how the verdict came about: [{"ja", "en"}].
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="breaches")
    incident = models.ForeignKey(SecurityIncident, on_delete=models.PROTECT, related_name="breaches")
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="breach")
    level = models.TextField(choices=Level)
    channel = models.TextField()
    breached_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)
    claimable_until = models.DateField()
    recorded_at = models.DateTimeField()
    rule = models.TextField()
    terms_version = models.TextField()
    steps = models.JSONField(default=list)

    class Meta:
        indexes = (models.Index(fields=["contract", "-breached_at"], name="breach_by_contract"),)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it by."""
        return f"SLA{self.pk:06d}"


class FaultReview(models.Model):
    """A person's finding whose fault a breach was. ``fault`` empty: the review before is withdrawn.

    ``ground`` names the force majeure of Art. 36-1, for that fault only.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField()
    fault = models.TextField(blank=True)
    ground = models.TextField(blank=True)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    rule = models.TextField()
    terms_version = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["breach", "number"], name="review_by_number"),)


class BreachClaim(models.Model):
    """The contractor's notice in writing. ``form`` empty: the claim before is withdrawn.

    ``arrived_at`` is when it reached us, ``recorded_at`` when somebody wrote it down: for paper two things.
    ``document`` is the number under which the paper is kept.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="claims")
    number = models.PositiveIntegerField()
    form = models.TextField(blank=True)
    arrived_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    document = models.TextField(blank=True)
    rule = models.TextField()
    terms_version = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["breach", "number"], name="claim_by_number"),)


class BreachCredit(models.Model):
    """What the breaches of one month come to, as decided at ``at``; ``delta_yen`` is what that changed.

    ``month`` is its first day; ``fee_yen`` the monthly fee without tax that a fiftieth was taken of;
    ``breaches`` the events that count. A row exists for every change, so the sum of deltas is the last total.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    number = models.PositiveIntegerField()
    fee_yen = models.BigIntegerField()
    total_yen = models.BigIntegerField()
    delta_yen = models.BigIntegerField()
    breaches = ArrayField(models.BigIntegerField())
    at = models.DateTimeField()
    rule = models.TextField()
    terms_version = models.TextField()
    steps = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["contract", "month", "number"], name="credit_by_number"),)
