"""What was paid in, and what it was used for. Rows only grow; a mistake is undone by a row that takes it back.

A receipt belongs to nobody until a person says what it pays; these rows are the carrier's alone. An allocation
belongs to a contract. Every allocation has its entry in the ledger, which stays the only source of what is open.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts.models import Contract

from .invoices import Invoice
from .ledger import JournalEntry


class ReceiptFile(models.Model):
    """A bank file as it came. ``sha256`` is of ``content``: the same file is taken once.

    ``adds_up``: every record was read and all totals agree.
    """

    sha256 = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    content = models.BinaryField()
    adds_up = models.BooleanField()
    imported_at = models.DateTimeField()
    imported_by = models.TextField()

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """Money that came in. ``paid_on`` is the day that counts as payment; ``account``: branch and number, ten digits.

    ``identity`` tells it from every other payment; the same record in a second file has the same. ``likeness`` is
    the same for what a notice and a statement tell of one payment. ``source`` is the kind of file, or "manual".
    """

    number = models.TextField(unique=True)
    source = models.TextField()
    identity = models.TextField(unique=True)
    likeness = models.TextField(db_index=True)
    bank_code = models.TextField(blank=True)
    account = models.TextField(blank=True)
    paid_on = models.DateField()
    booked_on = models.DateField()
    yen = models.BigIntegerField()
    payer_name = models.TextField(blank=True)
    payer_code = models.TextField(blank=True)
    payer_bank = models.TextField(blank=True)
    text = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(yen__gt=0), name="receipt_positive"),)

    def __str__(self) -> str:
        return self.number


class ReceiptReturn(models.Model):
    """A receipt that the bank took back: a transfer that was cancelled, an entry that was wrong. It pays nothing."""

    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="returned")
    reason = models.TextField()
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()


class LineOutcome(models.TextChoices):
    RECEIVED = "received"
    REPEATED = "repeated"  # the same as one of an earlier file: waits for a person if it is another payment
    WITHDRAWAL = "withdrawal"
    TAKES_BACK = "takes_back"  # a cancelled transfer or a correction: a person undoes what it is about
    PROBLEM = "problem"


class ReceiptFileLine(models.Model):
    """What became of a record of a file. ``line`` 0: the file as a whole; ``told``: the entry as it was read.

    ``seen_at``: a person has dealt with what no machine could; ``note`` says how. Nothing else ever changes.
    """

    file = models.ForeignKey(ReceiptFile, on_delete=models.PROTECT, related_name="lines")
    line = models.PositiveIntegerField()
    outcome = models.TextField(choices=LineOutcome)
    code = models.TextField(blank=True)
    words_ja = models.TextField(blank=True)
    words_en = models.TextField(blank=True)
    raw = models.BinaryField(default=b"")
    told = models.JSONField(default=dict)
    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="lines")
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("file_id", "line", "id")


class AllocationKind(models.TextChoices):
    INVOICE = "invoice"  # pays an invoice
    DEPOSIT = "deposit"  # is kept for the contractor
    REFUND = "refund"  # went back to the contractor
    WRITE_OFF = "write_off"  # no money: what is open is given up


class Allocation(models.Model):
    """A part of a receipt and what it was used for; or an amount that was given up.

    Yen, negative where it takes an earlier one back (``reverses``). ``paid_on`` counts for interest. ``reasons``:
    [{"points", "ja", "en"}] of the candidate that the person confirmed.
    """

    receipt = models.ForeignKey(Receipt, null=True, on_delete=models.PROTECT, related_name="allocations")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="allocations")
    kind = models.TextField(choices=AllocationKind)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="allocations")
    yen = models.BigIntegerField()
    paid_on = models.DateField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    reason = models.TextField(blank=True)
    score = models.SmallIntegerField(null=True)
    reasons = models.JSONField(default=list)
    entry = models.OneToOneField(JournalEntry, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(yen__gt=0, reverses__isnull=True) | Q(yen__lt=0, reverses__isnull=False),
                name="allocation_or_its_reversal",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "refund"], invoice__isnull=True)
                | Q(kind__in=["invoice", "write_off"], invoice__isnull=False),
                name="allocation_names_what_it_pays",
            ),
            models.CheckConstraint(
                condition=Q(kind="write_off", receipt__isnull=True) | ~Q(kind="write_off") & Q(receipt__isnull=False),
                name="allocation_of_a_receipt",
            ),
        )


class VirtualAccount(models.Model):
    """A bank's account number that stands for one contract; branch and number as ten digits."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="virtual_accounts")
    bank_code = models.TextField()
    account = models.TextField()
    assigned_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["bank_code", "account"], condition=Q(released_at=None), name="virtual_account_of_one_contract"
            ),
        )

    def __str__(self) -> str:
        return self.account


class PayerName(models.Model):
    """A name under which a contractor pays, normalised; registered by a person or learned from a confirmation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payer_names")
    name = models.TextField()
    registered = models.BooleanField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "name"], name="payer_name_once"),)
