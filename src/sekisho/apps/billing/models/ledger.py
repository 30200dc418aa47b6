"""The double-entry ledger: entries and their postings, which only grow.

The database checks at the end of each transaction that every entry balances (migration 0002). A posting is whole
yen, debit positive, credit negative. What a contract owes is the sum of its postings on an account; no program keeps a
second figure. The database itself adds up what is open on each invoice (migration 0007), so that a list of debts need
not read the whole ledger.
"""

from __future__ import annotations

from django.db import models

from sekisho.apps.contracts.models import Contract


class Account(models.TextChoices):
    """The chart of accounts. Beside each: what a debit (positive) balance of it says, or a credit (negative) one."""

    BANK = "bank"  # debit: money that we have
    RECEIVABLE = "receivable"  # debit: invoiced and not yet paid; credit: we owe the contractor
    UNBILLED = "unbilled"  # debit: owed to us, without tax, not yet on an invoice
    CREDITS = "credits"  # credit: granted to the contractor, not yet on an invoice
    DEPOSIT = "deposit"  # credit: the contractor's money that no invoice has taken yet
    SUSPENSE = "suspense"  # credit: money from a payer whom nobody knows yet
    TAX = "tax"  # credit: consumption tax that we pass on
    REVENUE = "revenue"  # credit: fees
    COMPENSATION = "compensation"  # credit: early-termination charges
    SURCHARGE = "surcharge"  # credit
    INTEREST = "interest"  # credit: late interest
    REDUCTION = "reduction"  # debit: credits for missed service levels, and adjustments downwards
    GOODWILL = "goodwill"  # debit
    WRITE_OFF = "write_off"  # debit


class JournalEntry(models.Model):
    """One business fact in money. ``key`` makes sure that it is posted once; ``on`` is its Tokyo date.

    ``contract`` None: it is about no contract yet (a receipt from an unknown payer). ``legs`` is how many postings
    it has, so that none can be added later.
    """

    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="+")
    key = models.TextField(unique=True)
    kind = models.TextField()
    on = models.DateField()
    at = models.DateTimeField()
    article = models.TextField(blank=True)
    terms_version = models.TextField(blank=True)
    memo = models.TextField(blank=True)
    legs = models.PositiveSmallIntegerField()
    actor_name = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["contract", "on"], name="entry_by_contract"),)

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One leg of an entry. ``invoice`` on RECEIVABLE legs says whose open amount it changes."""

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.TextField(choices=Account)
    yen = models.BigIntegerField()
    invoice = models.ForeignKey("billing.Invoice", null=True, on_delete=models.PROTECT, related_name="postings")

    class Meta:
        indexes = (models.Index(fields=["contract", "account"], name="posting_by_account"),)
        constraints = (models.CheckConstraint(condition=~models.Q(yen=0), name="posting_not_zero"),)


class OpenAmount(models.Model):
    """What the RECEIVABLE legs of one invoice come to, while that is not nothing. Derived by trigger, read alone."""

    invoice = models.OneToOneField(
        "billing.Invoice",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="open_amount",
        db_constraint=False,
    )
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    due_on = models.DateField()
    yen = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.yen} yen of invoice {self.invoice_id}"
