"""Money conserves, whatever people do with receipts: nothing is made, nothing is lost, nothing is paid twice."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.deposits import refund_deposit, use_deposit
from sekisho.apps.billing.actions.matching import confirm_receipt, undo_allocation
from sekisho.apps.billing.actions.writing_off import write_off
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import Account, Allocation, Invoice, Receipt
from sekisho.apps.billing.queries.receipts import rest_of
from sekisho.apps.billing.queries.receivables import debt_of, deposit_of, interest_charged
from sekisho.apps.refusals import Refused

from ..world import EVERYTHING, World
from .debtors import DUE, admin_of, invoiced, ledger_sum, received

EXAMPLES_MAX = 25
DAY = dt.timedelta(days=1)


class Act(NamedTuple):
    kind: str
    place: int
    yen: int
    days: int


ACTS = st.lists(
    st.builds(
        Act,
        st.sampled_from(["receive", "pay", "pay", "split", "keep", "use", "refund", "undo", "undo", "give_up"]),
        st.integers(0, 9),
        st.integers(1, 60_000),
        st.integers(0, 60),
    ),
    max_size=25,
)


@settings(max_examples=EXAMPLES_MAX, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_random_payments_splits_refunds_and_undos_conserve_money(seeing_all: World, acts: list[Act]) -> None:
    with transaction.atomic():
        _Desk(seeing_all).do(acts)
        _check(seeing_all)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


class _Desk:
    """Does what it is told; what is refused changes nothing."""

    def __init__(self, world: World) -> None:
        self.admin, self.contract = admin_of(world), world.contract
        self.invoices = [invoiced(one, yen) for one, yen in ((world.contract, 50_000), (world.other_contract, 20_000))]
        self.receipts = [received(40_000)]

    def do(self, acts: list[Act]) -> None:
        for act in acts:
            try:
                with transaction.atomic():
                    getattr(self, act.kind)(act)
            except Refused:
                continue

    def receive(self, act: Act) -> None:
        self.receipts.append(received(act.yen, DUE + act.days * DAY))

    def pay(self, act: Act) -> None:
        receipt, invoice = self._receipt(act), self._invoice(act)
        yen = min(rest_of(receipt), debt_of(EVERYTHING, invoice).open_yen, act.yen)
        confirm_receipt(self.admin, receipt=receipt, uses=[Use(yen, invoice.contract, invoice)])

    def split(self, act: Act) -> None:
        receipt, part = self._receipt(act), act.yen // 2
        uses = [Use(part, invoice.contract, invoice) for invoice in self.invoices]
        confirm_receipt(self.admin, receipt=receipt, uses=uses)

    def keep(self, act: Act) -> None:
        confirm_receipt(self.admin, receipt=self._receipt(act), uses=[Use(act.yen, self.contract)])

    def use(self, act: Act) -> None:
        use_deposit(self.admin, invoice=self._invoice(act), yen=act.yen)

    def refund(self, act: Act) -> None:
        refund_deposit(self.admin, contract=self.contract, yen=act.yen, reason="返金")

    def undo(self, act: Act) -> None:
        allocations = list(Allocation.objects.order_by("id"))
        if allocations:
            undo_allocation(self.admin, allocation=allocations[act.place % len(allocations)], reason="取消")

    def give_up(self, act: Act) -> None:
        write_off(self.admin, invoice=self._invoice(act), yen=act.yen, reason="貸倒")

    def _receipt(self, act: Act) -> Receipt:
        return self.receipts[act.place % len(self.receipts)]

    def _invoice(self, act: Act) -> Invoice:
        return self.invoices[act.place % len(self.invoices)]


def _check(world: World) -> None:
    assert ledger_sum() == 0
    by_account: dict[Account, int] = {}
    for accounts in balances(EVERYTHING).values():
        for account, yen in accounts.items():
            by_account[account] = by_account.get(account, 0) + yen
    came = Receipt.objects.aggregate(total=Sum("yen"))["total"] or 0
    refunded = Allocation.objects.filter(kind="refund").aggregate(total=Sum("yen"))["total"] or 0
    assert by_account[Account.BANK] == came - refunded
    assert -by_account.get(Account.SUSPENSE, 0) == sum(map(rest_of, Receipt.objects.all()))
    assert all(0 <= rest_of(receipt) <= receipt.yen for receipt in Receipt.objects.all())
    assert deposit_of(EVERYTHING, world.contract.pk) >= 0
    for invoice in Invoice.objects.all():
        debt = debt_of(EVERYTHING, invoice)
        assert 0 <= debt.open_yen <= invoice.total_yen
        assert interest_charged(EVERYTHING, invoice) == (0 if debt.open_yen else debt.interest().value)
