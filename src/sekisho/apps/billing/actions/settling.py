"""After the end: what is still open, the money that goes back, and whether everything is settled (Arts. 33, 35).

The last invoice is made by the monthly run like any other; it is final, so credits are taken in full and its total
may be negative. Then money goes back by ``pay_out``, and ``settlement`` says when nothing is left on either side.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import Scope, current
from sekisho.gateways import clock

from ..ledger import Entry, Leg, balances, open_on_invoices, post
from ..models import Account, Invoice, Payout
from ..recording import take_turns

ARTICLE = "35-1"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is left of a contract, in yen; ``deposit`` and ``credits`` are the contractor's."""

    unbilled: int
    open: int
    credits: int
    deposit: int
    to_pay_out: int

    @property
    def settled(self) -> bool:
        return not any((self.unbilled, self.open, self.credits, self.deposit, self.to_pay_out))


def settlement(scope: Scope, contract: Contract) -> Settlement:
    """How the contract stands. Open invoices count in full; negative ones are what has to be paid out."""
    sums: Mapping[Account, int] = balances(scope, [contract.pk]).get(contract.pk, {})
    invoices = scope.admit(Invoice.objects.filter(contract=contract)).values_list("pk", flat=True)
    each = open_on_invoices(scope, list(invoices)).values()
    return Settlement(
        unbilled=sums.get(Account.UNBILLED, 0),
        open=sum(yen for yen in each if yen > 0),
        credits=-sums.get(Account.CREDITS, 0),
        deposit=-sums.get(Account.DEPOSIT, 0),
        to_pay_out=-sum(yen for yen in each if yen < 0),
    )


@transaction.atomic
def pay_out(person: Person, *, invoice: Invoice, yen: int, paid_on: dt.date, key: str) -> Payout:
    """Money went back for a final invoice whose total was negative. The same key again gives what is there."""
    require(person, "billing.approve")
    take_turns([invoice.contract_id])
    there = Payout.objects.filter(contract_id=invoice.contract_id, key=key).first()
    if there is not None:
        return there
    if not 0 < yen <= -open_on_invoices(current(), [invoice.pk])[invoice.pk]:
        raise Refused("payout.too_much", "返金額が不正です。", "That is not owed to the contractor.", ARTICLE)
    payout = Payout.objects.create(
        contract_id=invoice.contract_id,
        key=key,
        yen=yen,
        paid_on=paid_on,
        recorded_at=clock.now(),
        recorded_by=kept_name(person.pk, person.name),
    )
    legs = (Leg(Account.RECEIVABLE, yen, invoice.pk), Leg(Account.BANK, -yen))
    entry = Entry(
        key=f"payout:{payout.pk}",
        kind="payout",
        on=paid_on,
        contract_id=invoice.contract_id,
        legs=legs,
        article=ARTICLE,
        terms_version=invoice.terms_version,
    )
    post(person, entry)
    record(
        person,
        act="billing.pay_out",
        object=f"invoice:{invoice.number}",
        contract_id=invoice.contract_id,
        terms_version=invoice.terms_version,
        details={"yen": yen, "paid_on": paid_on.isoformat(), "key": key},
    )
    return payout
