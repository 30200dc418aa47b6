"""Who the contractors are on which day, and how a contract comes to others (Arts. 9, 15, 16, 33)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.accounts.actions import add_organisation, add_person
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Role
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.contracts.actions import parties, request_change
from sekisho.apps.contracts.actions.parties import PartyFacts
from sekisho.apps.contracts.jobs import apply_transfers
from sekisho.apps.contracts.models import Contract, ContractParty, Transfer
from sekisho.apps.contracts.notifying import readers_of
from sekisho.apps.contracts.queries import parties as queries
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.incidents.models import Level
from sekisho.apps.notices.models import Notice
from sekisho.gateways.clock import StandingClock
from sekisho.terms.parties import Transfer as TransferKind

from ..incidents.acts import opened
from ..world import CALLED, EVERYTHING, PASSWORD, TESTER, World
from .conftest import refusal

APRIL = dt.date(2026, 4, 1)
TODAY = dt.date(2026, 5, 4)
OLD = PartyFacts(**{name: getattr(CALLED, name) for name in PartyFacts._fields})
NEW = OLD._replace(name="株式会社青葉テクノ", representative="青葉 花子")


@pytest.fixture
def party(seeing_all: World) -> ContractParty:
    """The first contractor, as its application entered it."""
    return seeing_all.contract.parties.get()


@pytest.fixture
def newcomer(seeing_all: World) -> Organisation:
    return add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉商事")


def joined(world: World, newcomer: Organisation, since_on: dt.date = TODAY) -> ContractParty:
    facts = PartyFacts("株式会社若葉商事")
    return parties.enter_party(TESTER, contract=world.contract, organisation=newcomer, facts=facts, since_on=since_on)


def test_before_its_first_day_in_the_register_the_organisations_own_name_is_the_addressee(seeing_all: World) -> None:
    earlier, contract = APRIL - dt.timedelta(days=1), seeing_all.contract
    assert queries.addressee_on(contract, earlier) == queries.Addressee("株式会社青葉製作所")
    assert queries.addressees_on([contract], earlier) == {contract.pk: queries.Addressee("株式会社青葉製作所")}


@pytest.mark.article("9-1")
def test_the_addressees_of_many_contracts_are_those_of_each_and_cost_three_queries(
    seeing_all: World, party: ContractParty, newcomer: Organisation, django_assert_num_queries
) -> None:
    second = joined(seeing_all, newcomer)
    parties.choose_representative(TESTER, party=second, from_on=TODAY)
    contracts = list(Contract.objects.select_related("contractor"))
    for day in (APRIL, TODAY - dt.timedelta(days=1), TODAY):
        with django_assert_num_queries(3):
            together = queries.addressees_on(contracts, day)
        assert together == {contract.pk: queries.addressee_on(contract, day) for contract in contracts}


@pytest.mark.article("9-1")
def test_nobody_is_a_contractor_of_one_contract_twice(seeing_all: World, newcomer: Organisation) -> None:
    second = joined(seeing_all, newcomer, since_on=APRIL)
    assert refusal(joined, seeing_all, newcomer) == ("party.twice", "9-1")
    parties.leave_party(TESTER, party=second, until_on=TODAY - dt.timedelta(days=1))
    assert joined(seeing_all, newcomer).pk != second.pk


@pytest.mark.article("16-1")
def test_a_changed_name_holds_from_the_day_of_the_change_and_earlier_days_keep_the_old_one(
    seeing_all: World, party: ContractParty
) -> None:
    change = parties.change_party(
        seeing_all.carrier,
        party=party,
        facts=NEW,
        changed_on=dt.date(2026, 4, 20),
        arrived_on=TODAY,
        proof="履歴事項全部証明書 2026-04-28",
    )
    assert (change.elapsed_days, change.changed) == (14, ["name", "representative"])
    names = [queries.addressee_on(seeing_all.contract, day).name for day in (dt.date(2026, 4, 19), TODAY)]
    assert names == ["株式会社青葉製作所", "株式会社青葉テクノ"]
    assert queries.addressee_on(seeing_all.contract, TODAY).address == OLD.address


@pytest.mark.article("16-1")
def test_a_change_needs_its_proof_and_something_that_changed(seeing_all: World, party: ContractParty) -> None:
    fields = {"party": party, "changed_on": TODAY, "arrived_on": TODAY}
    act = parties.change_party, seeing_all.carrier
    assert refusal(*act, **fields, facts=NEW, proof=" ") == ("party_change.no_proof", "16-1")
    assert refusal(*act, **fields, facts=OLD, proof="証明書") == ("party_change.nothing", "16-1")
    wrong = NEW._replace(corporate_number="7000012050003")
    assert refusal(*act, **fields, facts=wrong, proof="証明書") == ("party.corporate_number", "10-1(1)")


@pytest.mark.article("9-1")
def test_of_joint_contractors_exactly_one_is_written_to_and_it_may_change(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    second = joined(seeing_all, newcomer)
    assert queries.addressee_on(seeing_all.contract, TODAY).name == OLD.name
    parties.choose_representative(TESTER, party=second, from_on=TODAY)
    assert queries.addressee_on(seeing_all.contract, TODAY).name == "株式会社若葉商事"
    assert queries.addressee_on(seeing_all.contract, APRIL).name == OLD.name


@pytest.mark.article("33-1")
def test_who_left_answers_for_the_debts_of_its_time_and_for_no_later_ones(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    second = joined(seeing_all, newcomer, since_on=APRIL)
    parties.leave_party(TESTER, party=second, until_on=TODAY)

    def liable(on: dt.date) -> set[int]:
        return {found.pk for found in queries.liable_for(EVERYTHING, seeing_all.contract, on)}

    assert liable(TODAY) == {party.pk, second.pk}
    assert liable(TODAY + dt.timedelta(days=1)) == {party.pk}


@pytest.mark.article("9-1")
def test_the_last_contractor_and_a_needed_representative_do_not_leave(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    assert refusal(parties.leave_party, TESTER, party=party, until_on=TODAY) == ("parties.none", "9-1")
    joined(seeing_all, newcomer)
    third = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="三社目")
    joined(seeing_all, third)
    assert refusal(parties.leave_party, TESTER, party=party, until_on=TODAY) == ("parties.one_representative", "9-1")


@pytest.mark.article("15-1")
def test_an_assignment_without_the_carriers_written_consent_is_refused(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    fields = {"party": party, "to": newcomer, "facts": PartyFacts("株式会社若葉商事"), "effective_on": TODAY}
    assert refusal(parties.assign, seeing_all.carrier, **fields, consent_document=" ") == (
        "transfer.needs_consent",
        "15-1",
    )
    assert Transfer.objects.count() == 0
    parties.assign(seeing_all.carrier, **fields, consent_document="承諾書 2026-12")
    assert Contract.objects.get(pk=seeing_all.contract.pk).contractor == newcomer
    assert queries.addressee_on(seeing_all.contract, TODAY).name == "株式会社若葉商事"
    assert queries.addressee_on(seeing_all.contract, TODAY - dt.timedelta(days=1)).name == OLD.name


@pytest.mark.article("15-1", "16-2")
def test_a_merger_passes_contracts_on_without_consent_and_its_filing_has_thirty_days(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    (transfer,) = parties.succeed(
        seeing_all.carrier,
        parties=[party],
        kind=TransferKind.MERGER,
        successor=newcomer,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=dt.date(2026, 4, 2),
        announced_on=dt.date(2026, 3, 1),
    )
    assert (transfer.filing_due_on, transfer.not_announced) == (dt.date(2026, 5, 2), False)
    assert queries.filings_awaited(EVERYTHING) == [transfer]
    filed = parties.file_succession(
        seeing_all.carrier, transfer=transfer, arrived_on=dt.date(2026, 5, 3), proof="登記事項証明書"
    )
    assert filed.filed_late is True
    assert queries.filings_awaited(EVERYTHING) == []


@pytest.mark.article("15-1")
def test_a_merger_that_nobody_announced_is_flagged_and_processed(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    (transfer,) = parties.succeed(
        seeing_all.carrier,
        parties=[party],
        kind=TransferKind.COMPANY_SPLIT,
        successor=newcomer,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=TODAY,
    )
    assert transfer.not_announced and transfer.applied_at is not None


@pytest.mark.article("16-2")
def test_a_succession_leaves_tasks_that_stay_open_until_somebody_did_them(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    parties.succeed(
        seeing_all.carrier,
        parties=[party],
        kind=TransferKind.MERGER,
        successor=newcomer,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=TODAY,
    )
    accounts, screening = queries.open_follow_ups(EVERYTHING, seeing_all.contract)
    assert (accounts.task, screening.task) == ("reissue_accounts", "screen_again")
    assert OutboxRow.objects.filter(topic="contracts.follow_up").count() == 2
    parties.finish_follow_up(seeing_all.carrier, task=screening, note="確認済み")
    assert queries.open_follow_ups(EVERYTHING) == [accounts]
    assert refusal(parties.finish_follow_up, seeing_all.carrier, task=screening, note="")[0] == "follow_up.done"


@pytest.mark.article("15-1")
def test_a_transfer_of_a_later_day_waits_for_it_and_the_old_party_sees_the_contract_until_then(
    seeing_all: World, party: ContractParty, newcomer: Organisation, hand: StandingClock
) -> None:
    june = dt.date(2026, 6, 1)
    parties.assign(
        seeing_all.carrier,
        party=party,
        to=newcomer,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=june,
        consent_document="承諾書",
    )
    assert apply_transfers() == 0
    assert seeing_all.contract.pk in scope_of(seeing_all.owner)
    hand.move_to(dt.datetime(2026, 5, 31, 15, 7, tzinfo=dt.UTC))  # 00:07 of June in Tokyo
    assert (apply_transfers(), apply_transfers()) == (1, 0)
    assert seeing_all.contract.pk not in scope_of(seeing_all.owner)


@pytest.mark.article("16-2")
def test_a_successor_answers_for_older_debts_too(
    seeing_all: World, party: ContractParty, newcomer: Organisation
) -> None:
    (transfer,) = parties.succeed(
        seeing_all.carrier,
        parties=[party],
        kind=TransferKind.MERGER,
        successor=newcomer,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=TODAY,
    )
    liable = queries.liable_for(EVERYTHING, seeing_all.contract, APRIL)
    assert {found.pk for found in liable} == {party.pk, transfer.joining_id}


@pytest.mark.article("15-2")
def test_the_carrier_passes_a_contract_on_with_consent_or_by_merger_only(seeing_all: World) -> None:
    fields = {"contract": seeing_all.contract, "assignee": "新通信株式会社", "effective_on": TODAY}
    assignment = parties.ask_carrier_assignment(seeing_all.carrier, kind=TransferKind.ASSIGNMENT, **fields)
    act = parties.pass_to_assignee, seeing_all.carrier
    assert refusal(*act, assignment=assignment) == ("transfer.needs_consent", "15-2")
    consent = {"document": "同意書", "consented_on": TODAY}
    parties.note_carrier_consent(seeing_all.carrier, assignment=assignment, **consent)
    parties.pass_to_assignee(seeing_all.carrier, assignment=assignment)
    assert refusal(*act, assignment=assignment)[0] == "assignment.passed"
    merger = parties.ask_carrier_assignment(seeing_all.carrier, kind=TransferKind.MERGER, **fields)
    assert parties.pass_to_assignee(seeing_all.carrier, assignment=merger).passed_at is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contracts_partydata SET name = '別名'",
        "UPDATE contracts_partydata SET name = ''",  # not even emptied, while no erasure is on record
        "DELETE FROM contracts_partydata",
        "UPDATE contracts_contractparty SET since_on = '2020-01-01'",
        "UPDATE contracts_representative SET from_on = '2020-01-01'",
        "UPDATE contracts_transfer SET effective_on = '2020-01-01'",
        "UPDATE contracts_transfer SET applied_at = now()",  # it has been applied: that is final
        "DELETE FROM contracts_transfer",
        "TRUNCATE contracts_transfer CASCADE",
    ],
)
def test_the_history_of_parties_cannot_be_rewritten_by_the_app(
    seeing_all: World, party: ContractParty, newcomer: Organisation, statement: str
) -> None:
    fields = {"to": newcomer, "facts": PartyFacts("新"), "effective_on": TODAY, "consent_document": "承諾書"}
    parties.assign(seeing_all.carrier, party=party, **fields)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.article("9-1")
def test_who_represents_the_contractors_today_is_written_to_and_stands_on_the_letters(
    seeing_all: World, party: ContractParty, newcomer: Organisation, hand: StandingClock
) -> None:
    contract = seeing_all.contract
    second = joined(seeing_all, newcomer)
    fields = {"role": Role.CONTRACTOR_ADMIN, "email": "new@wakaba.example", "name": "若葉", "password": PASSWORD}
    add_person(TESTER, organisation=newcomer, **fields)
    contract.contacts.all().delete()
    assert [mail for mails in readers_of(contract).values() for mail in mails] == ["admin@aoba.example"]
    parties.choose_representative(TESTER, party=second, from_on=TODAY + dt.timedelta(days=1))
    hand.advance(days=1)
    assert queries.representative_on(contract, TODAY) == party.organisation
    assert queries.representative_on(contract, TODAY + dt.timedelta(days=1)) == newcomer
    assert [mail for mails in readers_of(contract).values() for mail in mails] == ["new@wakaba.example"]
    change = request_change(seeing_all.carrier, contract=contract, form={"add_accounts": 1}, office="福岡")
    assert change.applicant == newcomer


@pytest.mark.article("16-1")
def test_a_new_name_stands_in_the_notice_of_an_incident_from_its_day(
    seeing_all: World, party: ContractParty, hand: StandingClock
) -> None:
    parties.change_party(TESTER, party=party, facts=NEW, changed_on=TODAY, arrived_on=TODAY, proof="登記簿")
    incident = opened(seeing_all, Level.HIGH)
    (mail, *_rest) = Notice.objects.filter(subject_of=f"incident:{incident.number}", channel="mail", language="ja")
    assert mail.body.startswith("株式会社青葉テクノ")
