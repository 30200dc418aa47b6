"""After the end: retention, erasure by category on its day, and a certificate of what is gone and what is kept."""

from __future__ import annotations

import datetime as dt
import json
from itertools import product

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from sekisho.apps.accounts.actions import add_organisation, add_person
from sekisho.apps.accounts.models import Invitation, OrganisationKind, Person, Role
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.billing import jobs as billing_jobs
from sekisho.apps.contracts import jobs
from sekisho.apps.contracts.actions import after_end, measures, set_contacts
from sekisho.apps.contracts.actions.deciding import refuse_application
from sekisho.apps.contracts.models import Application, Contact, Contract, Erasure, ErasureCategory, Measure
from sekisho.apps.contracts.queries import after_end as queries
from sekisho.apps.fleet import jobs as fleet_jobs
from sekisho.apps.incidents import jobs as incident_jobs
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices.models import CallResult, Notice, NoticeAttempt
from sekisho.apps.registers import actions as registers
from sekisho.apps.registers import jobs as register_jobs
from sekisho.apps.registers.models import Side
from sekisho.gateways import clock
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import MemoryMail
from sekisho.terms.contract_states import ContractState

from ..contracts.forms_of_tests import screened, submitted
from ..world import EVERYTHING, NOW, PASSWORD, TESTER, World
from .conftest import refusal, standing

ENDED_ON = dt.date(2026, 5, 4)
HALF_A_YEAR = dt.datetime(2026, 11, 4, 15, 7, tzinfo=dt.UTC)  # 00:07 of 5 November in Tokyo
A_YEAR = dt.datetime(2027, 5, 4, 15, 7, tzinfo=dt.UTC)  # 00:07 of 5 May in Tokyo
SECRETS = ("青葉製作所", "青葉 太郎", "内田", "+81-92-555-7777", "uchida@aoba.example", "admin@aoba.example")


@pytest.fixture
def second(seeing_all: World) -> Person:
    fields = {"role": Role.CARRIER_ADMIN, "email": "second@carrier.example", "name": "二人目", "password": PASSWORD}
    return add_person(TESTER, organisation=seeing_all.carrier.organisation, **fields)


@pytest.fixture
def ended(seeing_all: World, second: Person) -> Contract:
    """A contract with a party, mails, a call and a suspension, that two people have ended."""
    contract = seeing_all.contract
    reached = {"phone": "+81-92-555-7777", "mail": "uchida@aoba.example", "confirmed_on": ENDED_ON}
    set_contacts(
        TESTER, contract=contract, contacts=[Contact(name="内田 一郎", **reached), Contact(name="控え", **reached)]
    )
    _call(seeing_all)
    fields = {"contract": contract, "ground": "insolvency", "fact": "青葉 太郎による申立て", "evidence": "官報"}
    measure = measures.propose_termination(seeing_all.carrier, **fields)
    measures.approve_termination(second, measure=measure)
    for notice in Notice.objects.filter(channel="mail"):
        notices.deliver(notice.pk, MemoryMail())
    return contract


def _call(world: World) -> None:
    to = {"contract_id": world.contract.pk, "subject_of": "incident:IN1", "level": "high"}
    call = notices.add_call(TESTER, **to, numbers=["+81-92-555-7777"])
    notices.record_call(
        world.carrier,
        notice=call,
        number="+81-92-555-7777",
        contact_name="内田",
        started_at=clock.now(),
        result=CallResult.ANSWERED,
        note="内田さまに伝達",
    )


@pytest.mark.article("38-5")
def test_each_category_is_due_on_the_day_after_its_own_period(ended: Contract) -> None:
    on = dt.date(2027, 5, 5)
    due = {found.category.value: found.due_on for found in queries.erasure_due(EVERYTHING, on)}
    assert due == {"portal_account": dt.date(2026, 11, 5)} | dict.fromkeys(
        ("contact", "mail", "call_record", "party"), dt.date(2027, 5, 5)
    )
    assert queries.erasure_due(EVERYTHING, dt.date(2026, 11, 4)) == []
    assert [found.category for found in queries.erasure_due(EVERYTHING, dt.date(2027, 5, 4))] == ["portal_account"]


@pytest.mark.article("38-5")
def test_nothing_is_erased_before_its_day_or_of_a_contract_that_lives(seeing_all: World, ended: Contract) -> None:
    act = after_end.erase, seeing_all.carrier
    assert refusal(*act, contract=ended, category=ErasureCategory.PARTY) == ("erasure.not_due", "38-5")
    living = {"contract": seeing_all.other_contract, "category": ErasureCategory.PARTY}
    assert refusal(*act, **living) == ("erasure.not_ended", "38-5")
    assert refusal(after_end.begin_retention, TESTER, contract=seeing_all.other_contract)[0] == "state.forbidden"


@pytest.mark.article("38-5")
def test_the_daily_work_begins_retention_and_erases_each_category_on_its_day(
    ended: Contract, hand: StandingClock
) -> None:
    assert (jobs.begin_retentions(), jobs.begin_retentions()) == (1, 0)
    assert standing(ended).state is ContractState.RETENTION
    assert jobs.erase_what_is_due() == 0
    hand.move_to(HALF_A_YEAR)
    assert jobs.erase_what_is_due() == 1
    hand.move_to(A_YEAR)
    assert (jobs.erase_what_is_due(), jobs.erase_what_is_due()) == (4, 0)
    assert standing(ended).state is ContractState.RETENTION  # an app above has not answered yet
    register_jobs.answer_erasures(0)
    assert standing(ended).state is ContractState.RETENTION  # another one has not
    incident_jobs.answer_erasures(0)
    fleet_jobs.answer_erasures(0)
    assert standing(ended).state is ContractState.RETENTION  # and a third
    billing_jobs.answer_erasures(0)
    assert standing(ended).state is ContractState.ERASED


@pytest.mark.article("38-5")
def test_accounts_go_first_and_nobody_comes_in_with_them(
    seeing_all: World, ended: Contract, hand: StandingClock
) -> None:
    invitation = {"person": seeing_all.owner, "nonce": "n", "made_at": NOW, "expires_at": NOW}
    Invitation.objects.create(**invitation, trouble="550 <admin@aoba.example> unknown")
    hand.move_to(HALF_A_YEAR)
    jobs.erase_what_is_due()
    assert not Invitation.objects.exists()
    owner = Person.objects.get(pk=seeing_all.owner.pk)
    assert (owner.email, owner.name, owner.is_active) == (f"{owner.pk}@erased.invalid", "", False)
    assert not owner.check_password(PASSWORD)
    assert ended.contacts.count() == 2  # contacts have a longer period


@pytest.mark.article("38-5")
def test_accounts_stay_while_the_contractor_has_another_contract_and_the_certificate_says_so(
    seeing_all: World, second: Person, hand: StandingClock
) -> None:
    contract = seeing_all.other_contract
    fields = {"contract": contract, "ground": "insolvency", "fact": "申立て", "evidence": "官報"}
    measures.approve_termination(second, measure=measures.propose_termination(seeing_all.carrier, **fields))
    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    assert Person.objects.get(pk=seeing_all.stranger.pk).is_active
    certificate = queries.certificate_of(EVERYTHING, contract, dt.date(2027, 5, 5))
    assert [kept.what.en for kept in certificate.kept] == ["portal accounts", "the contractor's name"]
    assert not certificate.complete
    assert all(kept.what.ja != kept.what.en for kept in certificate.kept)


@pytest.mark.article("38-5")
def test_the_certificate_lists_what_is_gone_what_is_to_come_and_what_is_kept_and_why(
    seeing_all: World, ended: Contract, hand: StandingClock
) -> None:
    registers.open_dispute(seeing_all.carrier, contract=ended, matter="早期解除調定の額")
    hand.move_to(HALF_A_YEAR)
    jobs.erase_what_is_due()
    early = queries.certificate_of(EVERYTHING, ended, dt.date(2026, 11, 5))
    assert (early.ended_on, [erased.category for erased in early.erased]) == (ENDED_ON, ["portal_account"])
    assert [category for category, _ in early.to_come] == ["contact", "mail", "call_record", "party"]

    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    register_jobs.answer_erasures(0)
    late = queries.certificate_of(EVERYTHING, ended, dt.date(2027, 5, 5))
    counts = {model: rows for erased in late.erased for model, rows in erased.counts.items()}
    assert (counts["contracts.Contact"], counts["contracts.PartyData"], counts["accounts.Organisation"]) == (2, 1, 1)
    assert [(kept.part, kept.what.en, kept.until) for kept in late.kept] == [("registers", "disputes", None)]
    assert late.kept[0].why.en == "it is still open"


@pytest.mark.article("38-5")
def test_what_was_kept_for_an_open_dispute_goes_when_it_is_over(
    seeing_all: World, ended: Contract, hand: StandingClock
) -> None:
    dispute = registers.open_dispute(seeing_all.carrier, contract=ended, matter="青葉 太郎との見解の相違")
    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    register_jobs.answer_erasures(0)
    dispute.refresh_from_db()
    assert dispute.matter
    registers.settle_dispute(seeing_all.carrier, dispute=dispute, text="和解")
    register_jobs.answer_erasures(0)
    incident_jobs.answer_erasures(0)
    fleet_jobs.answer_erasures(0)
    dispute.refresh_from_db()
    assert dispute.matter == ""
    assert queries.certificate_of(EVERYTHING, ended, dt.date(2027, 5, 5)).complete


@pytest.mark.article("38-4", "38-5")
def test_the_record_of_a_disclosure_is_kept_for_three_years(
    seeing_all: World, second: Person, ended: Contract, hand: StandingClock
) -> None:
    made = registers.disclose(
        seeing_all.carrier,
        contract=ended,
        basis="warrant",
        recipient="福岡県警察",
        items=["氏名"],
        reference="令状",
        approver=second,
    )
    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    register_jobs.answer_erasures(0)
    (kept,) = queries.certificate_of(EVERYTHING, ended, dt.date(2027, 5, 5)).kept
    assert (kept.what.en, kept.until) == (f"disclosure {made.number}", dt.date(2029, 5, 4))
    hand.move_to(dt.datetime(2029, 5, 4, 15, 30, tzinfo=dt.UTC))
    register_jobs.answer_erasures(0)
    made.refresh_from_db()
    assert (made.recipient, made.items, made.reference) == ("", [], "")


@pytest.mark.article("38-5")
def test_after_the_erasure_no_table_of_the_database_names_anybody(
    seeing_all: World, ended: Contract, hand: StandingClock
) -> None:
    case = registers.open_case(
        seeing_all.carrier, contract=ended, ground="malware", facts="内田の端末から送信", occurred_at=NOW
    )
    registers.close_case(seeing_all.carrier, case=case, text="内田に確認")
    claim = {"against": Side.CONTRACTOR, "occurred_on": ENDED_ON, "claimed_yen": 1, "text": "内田による"}
    made = registers.claim_damage(seeing_all.carrier, contract=ended, **claim)
    decided = {"attributable": True, "monthly_fee_yen": 1, "agreed_yen": 1, "decision": "青葉 太郎と合意"}
    registers.decide_damage(seeing_all.carrier, claim=made, **decided)
    assert places_of(SECRETS)  # the search finds what is there before

    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    register_jobs.answer_erasures(0)
    incident_jobs.answer_erasures(0)
    fleet_jobs.answer_erasures(0)
    assert places_of(SECRETS) == []


def places_of(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """(table, word) wherever a word stands in any column of any table of the schema, JSON's escapes included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [sql.Identifier(name) for (name,) in cursor.fetchall()]
        found = []
        for table, word in product(tables, words):
            query = sql.SQL("SELECT count(*) FROM {} AS r WHERE strpos(r::text, %s) + strpos(r::text, %s) > 0")
            cursor.execute(query.format(table), [word, json.dumps(word)[1:-1]])
            if cursor.fetchone()[0]:
                found.append((table.as_string(None), word))
    return found


@pytest.mark.article("38-5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE notices_noticeattempt SET result = ''",
        "UPDATE notices_noticeattempt SET address = 'thief@evil.example'",
        "UPDATE contracts_measure SET ground = ''",
        "UPDATE contracts_measure SET fact = '別の事実'",
        "UPDATE contracts_partydata SET from_on = '2020-01-01', name = ''",
        "DELETE FROM contracts_erasure",
        "UPDATE contracts_erasurereport SET kept = '[]'",
    ],
)
def test_an_erasure_empties_personal_columns_and_opens_nothing_else(
    ended: Contract, hand: StandingClock, statement: str
) -> None:
    hand.move_to(A_YEAR)
    jobs.erase_what_is_due()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_before_its_erasure_is_on_record_a_row_cannot_even_be_emptied(ended: Contract) -> None:
    for statement in (
        "UPDATE notices_noticeattempt SET address = ''",
        "UPDATE contracts_measure SET fact = ''",
        "UPDATE contracts_measurestep SET note = '', at = now()",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert NoticeAttempt.objects.exclude(address="").exists() and Measure.objects.exclude(fact="").exists()


def test_an_erasure_is_asked_for_once_and_told_as_news(ended: Contract, hand: StandingClock) -> None:
    hand.move_to(A_YEAR)
    first = after_end.erase(TESTER, contract=ended, category=ErasureCategory.CONTACT)
    again = after_end.erase(TESTER, contract=ended, category=ErasureCategory.CONTACT)
    assert (first, Erasure.objects.count()) == (again, 1)
    (news,) = OutboxRow.objects.filter(topic="contracts.erasure")
    assert (news.payload["erasure"], news.payload["category"]) == (first.number, "contact")


@pytest.mark.article("38-5")
def test_an_application_that_became_no_contract_loses_its_words_a_year_later(
    seeing_all: World, hand: StandingClock
) -> None:
    newcomer = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉商事")
    screening = screened(newcomer)
    refused = submitted(newcomer, notes="担当は内田")
    refuse_application(TESTER, application=refused, ground="technical", text="収容の空きなし")
    assert jobs.erase_applications() == 0

    hand.move_to(A_YEAR)
    assert (jobs.erase_applications(), jobs.erase_applications()) == (1, 0)
    refused.refresh_from_db()
    screening.refresh_from_db()
    assert (refused.form, screening.subjects, screening.evidence) == ({}, [], "")
    assert Application.objects.exclude(form={}).count() == 3  # those of living contracts keep theirs
