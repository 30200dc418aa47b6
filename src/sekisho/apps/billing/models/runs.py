"""The monthly run as rows: what a page polls, and what a run that was killed goes on from."""

from __future__ import annotations

from django.db import models

from sekisho.apps.contracts.models import Contract

from .invoices import Invoice


class Outcome(models.TextChoices):
    INVOICED = "invoiced"
    NOTHING = "nothing"
    PROBLEM = "problem"


class BillingRun(models.Model):
    """The billing of one month (its first day), once. ``finished_at`` None: going on, or stopped and to be resumed."""

    month = models.DateField(unique=True)
    invoiced_on = models.DateField()
    started_at = models.DateTimeField()
    started_by = models.TextField()
    seen_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    contracts_total = models.PositiveIntegerField(default=0)
    contracts_done = models.PositiveIntegerField(default=0)
    invoices = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)
    total_yen = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class RunResult(models.Model):
    """What the run came to for one contract. A problem waits for a person and is tried again by the next attempt.

    ``known_at`` and ``known_facts`` (how many facts had been told): what was published or told later can change
    what was billed, and then is an adjustment of the next run.
    """

    run = models.ForeignKey(BillingRun, on_delete=models.PROTECT, related_name="results")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField(choices=Outcome)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="+")
    problem = models.TextField(blank=True)
    known_at = models.DateTimeField()
    known_facts = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "contract"], name="result_once_a_run"),)
