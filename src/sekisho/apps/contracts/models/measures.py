"""Measures: what the carrier does to a service against the ordinary course (Arts. 18, 20, 21, 24, 26).

A measure and its steps only grow. What it means for the service is told to the contract's history as a fact that
names the measure by its number; the words stay here, where erasure reaches them.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .contract import Contract


class MeasureKind(models.TextChoices):
    DEMAND = "demand"
    INTERRUPTION = "interruption"  # for the carrier's reasons
    RESTRICTION = "restriction"
    SUSPENSION = "suspension"  # for the contractor's fault
    TERMINATION = "termination"


class Basis(models.TextChoices):
    """The article that a measure rests on."""

    TERMINATION = "18"
    INTERRUPTION = "20"
    SUSPENSION = "21"
    LIMITS = "24"
    BREACH = "26"


class Measure(models.Model):
    """``fact``, ``reason`` and ``period`` are what a notice has to say; ``period`` may be open ("until paid").

    ``work`` joins the interruptions of several contracts for one piece of work; ``cause`` names what it came from,
    as "kind:identifier". ``arrears_due_on`` is the due date that passed, for the ground "arrears".
    """

    number = models.TextField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=MeasureKind)
    basis = models.TextField(choices=Basis)
    ground = models.TextField(blank=True)
    article = models.TextField()
    fact = models.TextField()
    reason = models.TextField()
    period = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    urgent_reason = models.TextField(blank=True)
    functions = ArrayField(models.TextField(), default=list)
    arrears_due_on = models.DateField(null=True)
    starts_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    work = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    terms_version = models.TextField()
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (
            models.Index(fields=["contract", "-starts_at"], name="measure_by_contract"),
            models.Index(fields=["work"], condition=~models.Q(work=""), name="measure_by_work"),
        )

    def __str__(self) -> str:
        return self.number


class MeasureAct(models.TextChoices):
    ANNOUNCED = "announced"
    LETTER = "letter"  # the notice went another way than by mail; ``at`` is when it arrived
    TAKEN = "taken"
    RELOCATED = "relocated"  # equipment was moved meanwhile (Art. 20-3)
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # never taken


class MeasureStep(models.Model):
    """One step of a measure; the steps say how it stands."""

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="steps")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    act = models.TextField(choices=MeasureAct)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["measure"], condition=models.Q(act="taken"), name="measure_taken_once"),
            models.UniqueConstraint(
                fields=["measure"], condition=models.Q(act__in=["ended", "withdrawn"]), name="measure_over_once"
            ),
        )
