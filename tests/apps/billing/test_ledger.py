"""The double-entry ledger: every entry balances, by the program and by the database, and none ever changes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from sekisho.apps.billing.ledger import Entry, KeyTaken, Leg, OutOfBalance, balance, balances, post
from sekisho.apps.billing.models import Account, JournalEntry, Posting
from sekisho.apps.scope import entered
from sekisho.gateways import clock
from tests.apps.world import EVERYTHING, TESTER, World

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 5, 4)


def entry(contract_id: int | None, key: str = "receipt:1", yen: int = 1_000) -> Entry:
    legs = (Leg(Account.BANK, yen), Leg(Account.DEPOSIT, -yen))
    return Entry(key=key, kind="receipt", on=ON, contract_id=contract_id, legs=legs)


def check_deferred() -> None:
    """What the database would check at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def bare_entry(world: World, legs: int = 2) -> JournalEntry:
    return JournalEntry.objects.create(
        contract=world.contract, key="bare", kind="test", on=ON, at=clock.now(), legs=legs, actor_name="tester"
    )


def test_an_entry_moves_yen_from_one_account_to_another(seeing_all: World) -> None:
    post(TESTER, entry(seeing_all.contract.pk))
    check_deferred()
    assert balances(EVERYTHING) == {seeing_all.contract.pk: {Account.BANK: 1_000, Account.DEPOSIT: -1_000}}
    assert balance(EVERYTHING, seeing_all.other_contract.pk, Account.BANK) == 0


def test_an_entry_out_of_balance_cannot_be_written_down(seeing_all: World) -> None:
    with pytest.raises(OutOfBalance):
        Entry(key="k", kind="k", on=ON, contract_id=1, legs=(Leg(Account.BANK, 2), Leg(Account.DEPOSIT, -1)))


def test_the_same_entry_again_changes_nothing_and_another_under_its_key_is_refused(seeing_all: World) -> None:
    first = post(TESTER, entry(seeing_all.contract.pk))
    assert post(TESTER, entry(seeing_all.contract.pk)).pk == first.pk
    assert Posting.objects.count() == 2
    with pytest.raises(KeyTaken):
        post(TESTER, entry(seeing_all.contract.pk, yen=2_000))


def test_the_database_refuses_an_entry_that_does_not_balance(seeing_all: World) -> None:
    with pytest.raises(IntegrityError, match=r"does not balance.*2 of 2 legs, 1 yen"), transaction.atomic():
        row = bare_entry(seeing_all)
        for account, yen in ((Account.BANK, 1_000), (Account.DEPOSIT, -999)):
            Posting.objects.create(entry=row, contract=seeing_all.contract, account=account, yen=yen)
        check_deferred()


def test_the_database_refuses_an_entry_without_postings(seeing_all: World) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        bare_entry(seeing_all)
        check_deferred()


def test_the_database_refuses_a_leg_that_is_added_later_even_a_balanced_pair(seeing_all: World) -> None:
    row = post(TESTER, entry(seeing_all.contract.pk))
    check_deferred()
    with pytest.raises(IntegrityError, match=r"[34] of 2 legs"), transaction.atomic():
        for yen in (1, -1):
            Posting.objects.create(entry=row, contract=seeing_all.contract, account=Account.BANK, yen=yen)
        check_deferred()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_posting SET yen = yen * 2",
        "DELETE FROM billing_posting",
        "UPDATE billing_journalentry SET key = 'another'",
        "DELETE FROM billing_journalentry",
        "TRUNCATE billing_posting",
    ],
)
def test_the_database_refuses_to_change_the_ledger(seeing_all: World, statement: str) -> None:
    post(TESTER, entry(seeing_all.contract.pk))
    check_deferred()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_money_from_an_unknown_payer_stands_on_no_contract(seeing_all: World) -> None:
    legs = (Leg(Account.BANK, 500), Leg(Account.SUSPENSE, -500))
    post(TESTER, Entry(key="receipt:2", kind="receipt", on=ON, contract_id=None, legs=legs))
    check_deferred()
    assert balances(EVERYTHING)[None] == {Account.BANK: 500, Account.SUSPENSE: -500}


def test_a_contractor_sees_the_postings_of_its_own_contracts_only(world: World) -> None:
    from sekisho.apps.contracts.queries import scope_of

    with entered(EVERYTHING):
        post(TESTER, entry(world.contract.pk))
    with entered(scope_of(world.stranger)):
        assert Posting.objects.count() == 0
    with entered(scope_of(world.owner)):
        assert Posting.objects.count() == 2
