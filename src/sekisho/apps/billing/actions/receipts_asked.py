"""領収書: a payer asks for a receipt of what was paid. The paper comes within a minute, and once a payment."""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn

from ..models import Allocation, AllocationKind, Invoice
from ..money_papers import receipt_number
from ..queries.receivables import living_allocations

ACT = "billing.ask_receipt"


@transaction.atomic
def ask_receipts(person: Person, *, invoice: Invoice) -> list[str]:
    """Ask for a receipt of every payment on an invoice; the numbers that they have or will have.

    Asking again asks for what was paid since. Refused while nothing was paid.
    """
    require(person, "billing.view")
    paid = living_allocations(current()).filter(kind=AllocationKind.INVOICE, invoice=invoice).order_by("pk")
    payments = list(paid.select_related("invoice"))
    if not payments:
        raise Refused("receipt.nothing_paid", "入金がありません。", "Nothing was paid on this invoice.")
    for payment in payments:
        _ask_once(person, payment)
    return [receipt_number(payment) for payment in payments]


def _ask_once(person: Person, payment: Allocation) -> None:
    take_turn("receipt asked", payment.pk)
    thing = f"allocation:{payment.pk}"
    if any(row.act == ACT for row in acts_on(thing)):
        return
    record(
        person,
        act=ACT,
        object=thing,
        contract_id=payment.contract_id,
        details={"allocation": payment.pk, "invoice": payment.invoice.number, "yen": payment.yen},
    )
