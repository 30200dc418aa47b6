"""Joint liability (Art. 33): one ledger, in which each contractor owes all of every debt of its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope
from sekisho.terms.parties import Party, joint_exposure, liable_parties

from ..ledger import open_on_invoices
from ..models import Invoice


class Liability(NamedTuple):
    """What one party answers for, in yen with tax: all of it, whoever pays."""

    party: str
    yen: int


def liabilities(scope: Scope, contract: Contract, parties: Sequence[Party]) -> list[Liability]:
    """Each party's exposure on the open invoices; ``parties`` are all that there ever were, named by their keys.

    An invoice is a debt of its period: who had left before it began does not answer for it, who left after it does.
    """
    invoices = scope.admit(Invoice.objects.filter(contract=contract, cancellation__isnull=True))
    left = open_on_invoices(scope, [invoice.pk for invoice in invoices])
    owed = {party.name: 0 for party in parties}
    for invoice in invoices:
        paid = max(0, invoice.total_yen) - max(0, left[invoice.pk])
        exposure = joint_exposure(max(0, invoice.total_yen), paid).value
        for name in _liable(parties, invoice):
            owed[name] += exposure
    return [Liability(name, yen) for name, yen in owed.items()]


def _liable(parties: Sequence[Party], invoice: Invoice) -> set[str]:
    """Whoever was a contractor on any day of the period; it begins and ends with those who were there then."""
    days = {invoice.supplied_from, invoice.supplied_until}
    days |= {party.since for party in parties if invoice.supplied_from <= party.since <= invoice.supplied_until}
    return {name for day in days for name in liable_parties(parties, day).value}
