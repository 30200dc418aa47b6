"""What is owed and why (charges), what is given back and why (credits). Rows only grow; a key keeps each single.

The key names the fact that a debt came from, such as ``monthly:2026-05:monthly.operations``, and is unique in its
contract, so nothing can arise twice, however often it is derived.
"""

from __future__ import annotations

from django.db import models

from sekisho.apps.contracts.models import Contract


class ChargeKind(models.TextChoices):
    INITIAL_FEE = "initial_fee"
    MONTHLY_FEE = "monthly_fee"
    ONE_TIME_FEE = "one_time_fee"
    EARLY_CHARGE = "early_charge"
    EVADED_FEE = "evaded_fee"
    SURCHARGE = "surcharge"
    INTEREST = "interest"
    ADJUSTMENT = "adjustment"


class TaxTreatment(models.TextChoices):
    TAXABLE = "taxable"
    OUT_OF_SCOPE = "out_of_scope"


class CreditKind(models.TextChoices):
    SLA = "sla"
    GOODWILL = "goodwill"
    ADJUSTMENT = "adjustment"


class Charge(models.Model):
    """One debt, yen without tax. ``trigger`` is what made it arise, ``article`` and ``rule`` say by what right.

    ``days`` of ``days_in_month`` were charged; both 0: in full. ``price_list`` names the list or quote.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="charges")
    key = models.TextField()
    kind = models.TextField(choices=ChargeKind)
    item = models.TextField(blank=True)
    quantity = models.PositiveIntegerField(default=1)
    unit_yen = models.BigIntegerField()
    days = models.PositiveSmallIntegerField(default=0)
    days_in_month = models.PositiveSmallIntegerField(default=0)
    yen = models.BigIntegerField()
    tax = models.TextField(choices=TaxTreatment)
    arises_on = models.DateField()
    supplied_from = models.DateField()
    supplied_until = models.DateField()
    trigger = models.TextField()
    article = models.TextField()
    rule = models.TextField()
    terms_version = models.TextField()
    price_list = models.TextField(blank=True)
    words_ja = models.TextField()
    words_en = models.TextField()
    note_ja = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["contract", "key"], name="charge_arises_once"),
            models.CheckConstraint(condition=models.Q(yen__gt=0), name="charge_positive"),
        )

    def __str__(self) -> str:
        return self.key


class Credit(models.Model):
    """A reduction that was granted, in positive yen. ``month`` is the first day of the month that it is about."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="credits")
    key = models.TextField()
    kind = models.TextField(choices=CreditKind)
    month = models.DateField()
    yen = models.BigIntegerField()
    tax = models.TextField(choices=TaxTreatment)
    article = models.TextField()
    rule = models.TextField()
    terms_version = models.TextField()
    words_ja = models.TextField()
    words_en = models.TextField()
    note_ja = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.TextField()
    approved_by = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["contract", "key"], name="credit_granted_once"),
            models.CheckConstraint(condition=models.Q(yen__gt=0), name="credit_positive"),
        )

    def __str__(self) -> str:
        return self.key


class CreditUse(models.Model):
    """What an invoice took of a credit; negative where the invoice was cancelled and gave it back."""

    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="uses")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="credit_uses")
    yen = models.BigIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(yen=0), name="credit_use_not_zero"),)


class GoodwillProposal(models.Model):
    """A reduction that nobody is owed (Art. 34-2), waiting for a second person. Final once decided."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    yen = models.BigIntegerField()
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    approved = models.BooleanField(null=True)
