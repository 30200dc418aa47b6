"""Contracts and whom to reach under them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from sekisho.apps.accounts.models import Language, Organisation
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction


class Contract(models.Model):
    """One UTM contract, for one line. ``facts`` is what every rule of the terms is asked with."""

    number = models.TextField(unique=True)
    contractor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts")
    line = models.TextField()
    plan = models.TextField(choices=[(plan.value, plan.value) for plan in Plan])
    functions = ArrayField(models.TextField(choices=[(f.value, f.value) for f in SecurityFunction]))
    access_item = models.TextField(choices=[(item.value, item.value) for item in AccessItem])
    operations = models.BooleanField(default=False)
    operations_started_on = models.DateField(null=True)
    retention_years = models.PositiveSmallIntegerField(default=1)
    extra_accounts = models.PositiveSmallIntegerField(default=0)
    monitoring_report = models.BooleanField(default=False)
    report_meeting = models.BooleanField(default=False)
    accepted_at = models.DateTimeField()
    started_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    terms_version = models.TextField()

    class Meta:
        constraints = (
            # R041: one contract a line, for as long as it has not ended.
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(ended_on__isnull=True), name="contract_one_a_line"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def facts(self) -> ContractFacts:
        return ContractFacts(
            plan=Plan(self.plan),
            functions=frozenset(map(SecurityFunction, self.functions)),
            access_item=AccessItem(self.access_item),
            operations=self.operations,
            started_on=self.started_on,
            ended_on=self.ended_on,
            operations_started_on=self.operations_started_on,
            retention_years=self.retention_years,
            extra_accounts=self.extra_accounts,
            monitoring_report=self.monitoring_report,
            report_meeting=self.report_meeting,
        )


class TimeBand(models.TextChoices):
    """When a contact is the one to reach."""

    ALWAYS = "always"
    BUSINESS = "business"
    OFF_HOURS = "off_hours"


class Contact(models.Model):
    """Somebody to tell about incidents; ``position`` 1 is the first contact (R034)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="contacts")
    position = models.PositiveSmallIntegerField()
    name = models.TextField()
    phone = models.TextField(blank=True)
    mail = models.EmailField(blank=True)
    language = models.TextField(choices=Language, default=Language.JA)
    time_band = models.TextField(choices=TimeBand, default=TimeBand.ALWAYS)
    confirmed_on = models.DateField()

    class Meta:
        ordering = ("contract_id", "position")
        constraints = (models.UniqueConstraint(fields=["contract", "position"], name="contact_by_position"),)

    def __str__(self) -> str:
        return self.name
