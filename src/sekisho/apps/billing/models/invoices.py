"""Qualified invoices: numbered without gaps, never changed; a wrong one is cancelled and another one issued.

Everything that an invoice prints is stored with it: the issuer as it was, the addressee, lines and totals.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from sekisho.apps.contracts.models import Contract

from .charges import Charge, ChargeKind, Credit, CreditKind, TaxTreatment


class IssuerProfile(models.Model):
    """The carrier as its invoices name it, from a day on; a change is a new row.

    ``bank_account`` has the fields of ``papers.parties.BankAccount``.
    """

    valid_from = models.DateField()
    name = models.TextField()
    registration_number = models.TextField()
    department = models.TextField(blank=True)
    representative = models.TextField(blank=True)
    postal_code = models.TextField(blank=True)
    address = ArrayField(models.TextField(), default=list)
    phone = models.TextField(blank=True)
    mail = models.TextField(blank=True)
    seal = models.BinaryField(null=True)
    bank_account = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.name} {self.registration_number}"


class NumberSeries(models.Model):
    """The last number that was given out; its row is locked until the transaction that took one is over."""

    name = models.TextField(primary_key=True)
    last = models.BigIntegerField(default=0)


class Invoice(models.Model):
    """One invoice. ``month`` is the first day of the month that was billed.

    Yen: ``net`` taxable without tax, ``nontax`` outside the tax, ``total`` all of this invoice, ``carried`` what was
    open before (negative: overpaid), ``due`` what to pay. ``rates``: [{"rate": percent, "net": yen, "tax": yen}].
    ``line_count``: so that no line can be added later. ``final``: the service is over, and credits are paid out
    instead of carried on.
    """

    number = models.TextField(unique=True)
    serial = models.BigIntegerField(unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="invoices")
    month = models.DateField()
    supplied_from = models.DateField()
    supplied_until = models.DateField()
    invoiced_on = models.DateField()
    due_on = models.DateField()
    final = models.BooleanField(default=False)
    net_yen = models.BigIntegerField()
    tax_yen = models.BigIntegerField()
    nontax_yen = models.BigIntegerField()
    total_yen = models.BigIntegerField()
    line_count = models.PositiveSmallIntegerField()
    rates = models.JSONField()
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    previous_yen = models.BigIntegerField(default=0)
    received_yen = models.BigIntegerField(default=0)
    carried_yen = models.BigIntegerField(default=0)
    due_yen = models.BigIntegerField()
    issuer = models.ForeignKey(IssuerProfile, on_delete=models.PROTECT, related_name="+")
    addressee = models.JSONField()
    terms_version = models.TextField()
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    issued_at = models.DateTimeField()
    issued_by = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["contract", "serial"], name="invoice_by_contract"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(total_yen=F("net_yen") + F("tax_yen") + F("nontax_yen")), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(carried_yen=F("previous_yen") - F("received_yen"))
                & Q(due_yen=F("total_yen") + F("carried_yen")),
                name="invoice_carries_forward",
            ),
        )

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """One line, yen without tax, negative for a credit. ``rate_percent`` 0: outside the tax."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    kind = models.TextField(choices=[*ChargeKind.choices, *((f"credit_{k}", label) for k, label in CreditKind.choices)])
    charge = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="lines")
    credit = models.ForeignKey(Credit, null=True, on_delete=models.PROTECT, related_name="lines")
    words_ja = models.TextField()
    words_en = models.TextField()
    note_ja = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    quantity = models.PositiveIntegerField()
    unit_yen = models.BigIntegerField()
    yen = models.BigIntegerField()
    tax = models.TextField(choices=TaxTreatment)
    rate_percent = models.PositiveSmallIntegerField()
    supplied_from = models.DateField()
    supplied_until = models.DateField()

    class Meta:
        ordering = ("invoice_id", "position")
        constraints = (
            models.UniqueConstraint(fields=["invoice", "position"], name="line_by_position"),
            models.CheckConstraint(
                condition=Q(charge__isnull=False, credit__isnull=True, yen__gt=0)
                | Q(charge__isnull=True, credit__isnull=False, yen__lt=0),
                name="line_of_a_charge_or_a_credit",
            ),
        )


class BilledCharge(models.Model):
    """The one living invoice that a charge stands on. Goes away only when that invoice is cancelled."""

    charge = models.OneToOneField(Charge, primary_key=True, on_delete=models.PROTECT, related_name="billed")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="billed_charges")


class InvoiceCancellation(models.Model):
    """An invoice that counts no longer, and why. The one that came instead refers to it (``Invoice.replaces``)."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="cancellation")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    cancelled_at = models.DateTimeField()
    cancelled_by = models.TextField()


class Payout(models.Model):
    """Money that went back to the contractor. ``key`` keeps it single."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="payouts")
    key = models.TextField()
    yen = models.BigIntegerField()
    paid_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["contract", "key"], name="payout_once"),
            models.CheckConstraint(condition=Q(yen__gt=0), name="payout_positive"),
        )
