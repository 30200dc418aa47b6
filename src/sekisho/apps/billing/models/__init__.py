"""Tables of money, by what they are about."""

from .charges import Charge, ChargeKind, Credit, CreditKind, CreditUse, GoodwillProposal, TaxTreatment
from .dunning import DunningDecision, DunningLetter, DunningLevel, ProposalDecision, SuspensionProposal
from .invoices import (
    BilledCharge,
    Invoice,
    InvoiceCancellation,
    InvoiceLine,
    IssuerProfile,
    NumberSeries,
    Payout,
)
from .ledger import Account, JournalEntry, OpenAmount, Posting
from .receipts import (
    Allocation,
    AllocationKind,
    LineOutcome,
    PayerName,
    Receipt,
    ReceiptFile,
    ReceiptFileLine,
    ReceiptReturn,
    VirtualAccount,
)
from .runs import BillingRun, Outcome, RunResult

__all__ = [
    "Account",
    "Allocation",
    "AllocationKind",
    "BilledCharge",
    "BillingRun",
    "Charge",
    "ChargeKind",
    "Credit",
    "CreditKind",
    "CreditUse",
    "DunningDecision",
    "DunningLetter",
    "DunningLevel",
    "GoodwillProposal",
    "Invoice",
    "InvoiceCancellation",
    "InvoiceLine",
    "IssuerProfile",
    "JournalEntry",
    "LineOutcome",
    "NumberSeries",
    "OpenAmount",
    "Outcome",
    "PayerName",
    "Payout",
    "Posting",
    "ProposalDecision",
    "Receipt",
    "ReceiptFile",
    "ReceiptFileLine",
    "ReceiptReturn",
    "RunResult",
    "SuspensionProposal",
    "TaxTreatment",
    "VirtualAccount",
]
