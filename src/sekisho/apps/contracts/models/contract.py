"""A contract's identity and the line under it. Whatever can change has its dates, and lives in ``ContractFact``."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Value

from sekisho.apps.accounts.models import Organisation
from sekisho.terms.applications import LineKind


class Line(models.Model):
    """An access line of the carrier, which a contract needs under it (Art. 7-1); ``holder`` has its contract."""

    identifier = models.TextField(unique=True)
    kind = models.TextField(choices=[(kind.value, kind.value) for kind in LineKind])
    active = models.BooleanField(default=True)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="lines")

    def __str__(self) -> str:
        return self.identifier


class Contract(models.Model):
    """One UTM contract, for one line at a time. ``contractor`` is the representative of joint ones.

    Acceptance fixes ``number``, ``accepted_at``, ``terms_version`` and ``price_list`` (a list's version, or the
    number of a quote); the database refuses to change them. ``line_until_at`` is when the line is free again; a
    trigger on the facts alone writes it.
    """

    number = models.TextField(unique=True)
    contractor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="contracts")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="contracts")
    line_from_at = models.DateTimeField()
    line_until_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField()
    terms_version = models.TextField()
    price_list = models.TextField(blank=True)
    application = models.OneToOneField(
        "contracts.Application", on_delete=models.PROTECT, null=True, related_name="made_contract"
    )

    class Meta:
        constraints = (
            # R041: one contract a line at any instant. Both sides are ranges, so that plain GiST can hold it.
            ExclusionConstraint(
                name="contract_one_a_line",
                expressions=[
                    (
                        Func(F("line"), F("line"), Value("[]"), function="int8range",
                             output_field=BigIntegerRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("line_from_at"), F("line_until_at"), function="tstzrange",
                             output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.number
