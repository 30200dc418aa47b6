"""Finding invoices, and how a run stands."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.contracts.models import Contract
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.documents.models import Document
from sekisho.apps.scope import Scope

from ..models import BillingRun, Charge, Credit, Invoice, Outcome, RunResult

RUNS_MAX = 120


def invoice_by_number(scope: Scope, number: str) -> Invoice | None:
    rows = Invoice.objects.select_related("contract", "issuer", "previous", "replaces").filter(number=number)
    return scope.admit(rows).first()


def invoices_of(scope: Scope, contract: Contract) -> list[Invoice]:
    """The contract's invoices, the newest first; a cancelled one has its ``cancellation``."""
    rows = Invoice.objects.select_related("cancellation", "replaces").filter(contract=contract)
    return list(scope.admit(rows).order_by("-serial"))


def charges_of(scope: Scope, contract: Contract) -> list[Charge]:
    """The contract's debts, the newest first; ``billed`` says on which invoice."""
    rows = Charge.objects.select_related("billed__invoice").filter(contract=contract)
    return list(scope.admit(rows).order_by("-arises_on", "-pk"))


def credits_of(scope: Scope, contract: Contract) -> list[Credit]:
    rows = Credit.objects.filter(contract=contract).prefetch_related("uses__invoice")
    return list(scope.admit(rows).order_by("-pk"))


def runs() -> list[BillingRun]:
    """The monthly runs, the newest first. Rows without contracts in them: whoever may see runs sees all."""
    return list(BillingRun.objects.order_by("-month")[:RUNS_MAX])


def run_of(month: dt.date) -> BillingRun | None:
    """The run of a month, for a page to poll: ``contracts_done`` of ``contracts_total``, ``finished_at``."""
    return BillingRun.objects.filter(month=month.replace(day=1)).first()


def problems_of(scope: Scope, run: BillingRun) -> list[RunResult]:
    """The contracts that could not be billed, and why."""
    rows = RunResult.objects.select_related("contract").filter(run=run, outcome=Outcome.PROBLEM)
    return list(scope.admit(rows).order_by("contract__number"))


def invoices_without_paper(scope: Scope, limit: int) -> list[Invoice]:
    """Issued invoices whose document is not kept yet, the oldest first."""
    kept = Document.objects.filter(kind=DocumentKind.INVOICE).values("number")
    rows = Invoice.objects.select_related("contract", "issuer", "previous", "replaces__cancellation")
    rows = rows.prefetch_related("lines").exclude(number__in=kept)
    return list(scope.admit(rows).order_by("serial")[:limit])
