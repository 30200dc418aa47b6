"""Two people at one receipt: whoever comes second finds it used, and the ledger whole."""

from __future__ import annotations

import threading

from django.db import connection

from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.matching import confirm_receipt
from sekisho.apps.billing.models import Allocation, Invoice, Receipt
from sekisho.apps.billing.queries.receivables import debt_of
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import standing_at

from ..world import EVERYTHING, NOW, World, build_world
from .debtors import invoiced, ledger_sum, received

PEOPLE = 4
WAIT_SECONDS = 30


def test_of_several_who_confirm_one_receipt_at_once_exactly_one_does(committed_db: None) -> None:
    with standing_at(NOW):
        world = build_world()
        with entered(EVERYTHING):
            invoice, receipt = invoiced(world.contract), received(110_000)
        answers = _at_once(world, receipt, invoice)
        assert sorted(answers) == ["confirmed", *["receipt.overspent"] * (PEOPLE - 1)]
        with entered(EVERYTHING):
            assert Allocation.objects.count() == 1
            assert debt_of(EVERYTHING, invoice).open_yen == 0
            assert ledger_sum() == 0


def test_of_several_receipts_for_one_invoice_none_overpays_it(committed_db: None) -> None:
    with standing_at(NOW):
        world = build_world()
        with entered(EVERYTHING):
            invoice = invoiced(world.contract)
            receipts = [received(110_000) for _ in range(PEOPLE)]
        answers = _at_once(world, receipts, invoice)
        assert sorted(answers) == ["confirmed", *["invoice.overpaid"] * (PEOPLE - 1)]
        with entered(EVERYTHING):
            assert debt_of(EVERYTHING, invoice).open_yen == 0


def _at_once(world: World, receipts: Receipt | list[Receipt], invoice: Invoice) -> list[str]:
    given = receipts if isinstance(receipts, list) else [receipts] * PEOPLE
    ready, answers = threading.Barrier(PEOPLE), []

    def confirm(receipt: Receipt) -> None:
        try:
            ready.wait(WAIT_SECONDS)
            with entered(EVERYTHING):
                confirm_receipt(world.carrier, receipt=receipt, uses=[Use(110_000, invoice.contract, invoice)])
            answers.append("confirmed")
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(receipt,)) for receipt in given]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_SECONDS)
    return answers
