"""Tables of money, by what they are about."""

from .charges import Charge, ChargeKind, Credit, CreditKind, CreditUse, GoodwillProposal, TaxTreatment
from .invoices import (
    BilledCharge,
    Invoice,
    InvoiceCancellation,
    InvoiceLine,
    IssuerProfile,
    NumberSeries,
    Payout,
)
from .ledger import Account, JournalEntry, Posting
from .runs import BillingRun, Outcome, RunResult

__all__ = [
    "Account",
    "BilledCharge",
    "BillingRun",
    "Charge",
    "ChargeKind",
    "Credit",
    "CreditKind",
    "CreditUse",
    "GoodwillProposal",
    "Invoice",
    "InvoiceCancellation",
    "InvoiceLine",
    "IssuerProfile",
    "JournalEntry",
    "NumberSeries",
    "Outcome",
    "Payout",
    "Posting",
    "RunResult",
    "TaxTreatment",
]
