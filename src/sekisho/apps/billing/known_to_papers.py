"""What papers of contracts ask of money: the carrier's letterhead, and what a contract owes past its due date."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.papering.knowing import Known
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.papers.parties import Sender

from .papering import sender_of
from .queries.issuer import issuer_on
from .queries.receivables import overdue_debts


def sender(on: dt.date) -> Sender | None:
    """None while the carrier has not said how its invoices name it."""
    try:
        return sender_of(issuer_on(on))
    except Refused:
        return None


def owed(contract: Contract, on: dt.date) -> int:
    debts = overdue_debts(current(), on, [contract.pk]).get(contract.pk, [])
    return sum(debt.open_yen for debt in debts)


KNOWN = Known(sender, owed)
