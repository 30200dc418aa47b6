"""Debts and credits that others hand in: each arises once, with its right and its tax, and stands in the ledger."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.audit.models import AuditRow
from sekisho.apps.billing.actions.charges import KeyTaken, add_charge, add_surcharge
from sekisho.apps.billing.actions.credits import decide_goodwill, grant_credit, propose_goodwill, take_back_credit
from sekisho.apps.billing.ledger import balances
from sekisho.apps.billing.models import Account, Charge, ChargeKind, Credit, TaxTreatment
from sekisho.apps.refusals import Refused
from sekisho.terms.words import Words
from tests.apps.world import EVERYTHING, TESTER, World

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 5, 4)
MAY = dt.date(2026, 5, 1)


def change_fee(world: World, yen: int = 20_000) -> Charge:
    kind = ChargeKind.ONE_TIME_FEE
    return add_charge(TESTER, world.contract, kind, yen, ON, "27-1", "change:CR-1", item="one_time.change")


@pytest.mark.article("27-1")
def test_a_one_time_fee_is_a_debt_from_the_acceptance_of_the_change(seeing_all: World) -> None:
    charge = change_fee(seeing_all)
    assert (charge.arises_on, charge.yen, charge.tax) == (ON, 20_000, TaxTreatment.TAXABLE)
    assert (charge.words_ja, charge.terms_version) == ("設定変更作業", "V6")
    found = balances(EVERYTHING)[seeing_all.contract.pk]
    assert found == {Account.UNBILLED: 20_000, Account.REVENUE: -20_000}


def test_the_same_debt_arises_once_and_another_amount_under_its_key_is_refused(seeing_all: World) -> None:
    assert change_fee(seeing_all).pk == change_fee(seeing_all).pk
    assert AuditRow.objects.filter(act="billing.add_charge").count() == 1
    with pytest.raises(KeyTaken):
        change_fee(seeing_all, 30_000)


@pytest.mark.article("29-1")
def test_the_surcharge_is_twice_what_was_evaded_and_owed_besides_it_without_tax(seeing_all: World) -> None:
    charges = add_surcharge(TESTER, seeing_all.contract, evaded_yen=100_000, on=ON, key="case:1")
    assert [(charge.yen, charge.tax) for charge in charges] == [
        (100_000, TaxTreatment.TAXABLE),
        (200_000, TaxTreatment.OUT_OF_SCOPE),
    ]


@pytest.mark.article("35-1")
def test_a_credit_is_granted_once_by_its_key(seeing_all: World) -> None:
    named = [Words("5月3日 10:15", "3 May 10:15")]
    granted = [grant_credit(TESTER, seeing_all.contract, ON, 2_975, "sla:2026-05:1", named) for _ in range(2)]
    assert granted[0].pk == granted[1].pk
    assert (granted[0].month, granted[0].note_ja) == (MAY, "5月3日 10:15")
    assert balances(EVERYTHING)[seeing_all.contract.pk] == {Account.REDUCTION: 2_975, Account.CREDITS: -2_975}
    with pytest.raises(KeyTaken):
        grant_credit(TESTER, seeing_all.contract, ON, 3_000, "sla:2026-05:1")


def test_a_credit_that_was_too_high_is_owed_again(seeing_all: World) -> None:
    grant_credit(TESTER, seeing_all.contract, ON, 6_000, "sla:2026-05:1")
    charge = take_back_credit(TESTER, seeing_all.contract, ON, 3_000, "sla:2026-05:2")
    assert (charge.kind, charge.yen, charge.tax) == (ChargeKind.ADJUSTMENT, 3_000, TaxTreatment.TAXABLE)


@pytest.mark.article("34-2")
def test_goodwill_needs_a_second_person(seeing_all: World) -> None:
    proposal = propose_goodwill(
        seeing_all.carrier, contract=seeing_all.contract, month=ON, yen=5_000, reason="台風による停止"
    )
    with pytest.raises(Refused, match=r"goodwill\.needs_two"):
        decide_goodwill(seeing_all.carrier, proposal=proposal, approved=True)
    assert not Credit.objects.exists()


def test_goodwill_that_another_person_approves_is_a_credit(seeing_all: World, colleague) -> None:
    proposal = propose_goodwill(
        seeing_all.carrier, contract=seeing_all.contract, month=ON, yen=5_000, reason="台風による停止"
    )
    credit = decide_goodwill(colleague, proposal=proposal, approved=True)
    assert (credit.yen, credit.kind, credit.approved_by) == (5_000, "goodwill", f"person:{colleague.pk}")
    with pytest.raises(Refused, match=r"goodwill\.decided"):
        decide_goodwill(colleague, proposal=proposal, approved=False)


def test_goodwill_without_a_reason_or_without_the_right_is_refused(seeing_all: World) -> None:
    with pytest.raises(Refused, match=r"goodwill\.incomplete"):
        propose_goodwill(seeing_all.carrier, contract=seeing_all.contract, month=ON, yen=5_000, reason=" ")
    with pytest.raises(Refused, match="not_permitted"):
        propose_goodwill(seeing_all.owner, contract=seeing_all.contract, month=ON, yen=5_000, reason="x")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_charge SET yen = 1",
        "DELETE FROM billing_charge",
        "UPDATE billing_credit SET yen = 1",
        "DELETE FROM billing_credit",
    ],
)
def test_the_database_refuses_to_change_what_arose(seeing_all: World, statement: str) -> None:
    change_fee(seeing_all)
    grant_credit(TESTER, seeing_all.contract, ON, 100, "k")
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
