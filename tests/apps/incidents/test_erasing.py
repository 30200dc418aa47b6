"""After a contract's end nothing that people wrote about its incidents is left, and the record of the service is."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.accounts.actions import add_person
from sekisho.apps.accounts.models import Role
from sekisho.apps.audit.models import AuditRow, OutboxRow
from sekisho.apps.contracts import jobs as contract_jobs
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.queries import after_end
from sekisho.apps.incidents import actions, jobs
from sekisho.apps.incidents.erasing import WORDS
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Answer, Breach, EventGroup, FaultReview, Level, SecurityEvent
from sekisho.apps.incidents.queries import triage_queue
from sekisho.apps.notices.models import CallResult
from sekisho.gateways.clock import StandingClock
from sekisho.terms.credit import Fault

from ..world import EVERYTHING, PASSWORD, TESTER, World, finding
from .acts import dial, missed

A_YEAR_LATER = dt.datetime(2027, 5, 4, 15, 7, tzinfo=dt.UTC)  # 00:07 of 5 May in Tokyo
WHO = "内田 一郎"


@pytest.fixture
def written(seeing_all: World, hand: StandingClock) -> Breach:
    """A breach about which everybody has written who it was, and the contract's end on the same day."""
    breach = missed(seeing_all, hand)
    incident = breach.incident
    hand.advance(seconds=1)
    actions.determine_level(seeing_all.analyst, incident=incident, level=Level.HIGH, note=f"{WHO}の端末")
    dial(seeing_all, incident, CallResult.ANSWERED)
    actions.claim_credit(seeing_all.owner, breach=breach, words=f"{WHO}は待っていた")
    admin = _of_carrier(seeing_all, "admin@carrier.example")
    actions.review_fault(admin, breach=breach, fault=Fault.CARRIER, reason=f"担当は{WHO}")
    proposal = actions.propose_countermeasure(
        seeing_all.analyst, incident=incident, draft=actions.drafts_for(incident)[0]
    )
    actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED, note=f"{WHO}が承諾")
    actions.report_result(seeing_all.analyst, proposal=proposal, result=f"{WHO}が実施")
    actions.close_incident(seeing_all.analyst, incident=incident, note=f"{WHO}に連絡済み")
    _archived(seeing_all)
    fields = {"contract": seeing_all.contract, "ground": "insolvency", "fact": "申立て", "evidence": "官報"}
    measures.approve_termination(admin, measure=measures.propose_termination(seeing_all.carrier, **fields))
    return breach


def _of_carrier(world: World, email: str):
    return add_person(
        TESTER,
        organisation=world.carrier.organisation,
        role=Role.CARRIER_ADMIN,
        email=email,
        name="九重 太郎",
        password=PASSWORD,
    )


def _archived(world: World) -> None:
    record_findings([finding(rule_id="2019403", record=2, summary=f"user={WHO}")])
    actions.archive_group(world.analyst, group=triage_queue(EVERYTHING)[0], note=f"{WHO}の検査")


def erase_everything(hand: StandingClock) -> None:
    hand.move_to(A_YEAR_LATER)
    contract_jobs.erase_what_is_due()
    jobs.answer_erasures(0)


def words_left() -> list[tuple[str, str]]:
    """(model, field) wherever something is still written."""
    return [
        (model._meta.label, field)
        for model, fields in WORDS.items()
        for field in fields
        if model._default_manager.exclude(**{field: ""}).exists()
    ]


@pytest.mark.article("38-5")
def test_what_people_wrote_goes_and_what_was_done_stays(
    seeing_all: World, written: Breach, hand: StandingClock
) -> None:
    assert len(words_left()) == sum(map(len, WORDS.values()))  # everywhere something is written before
    erase_everything(hand)
    assert words_left() == []
    written.refresh_from_db()
    assert (written.incident.level, written.reviews.get().fault, written.claims.get().form) == (
        "high",
        "carrier",
        "portal",
    )
    assert EventGroup.objects.get(state="archived").archived_by == seeing_all.analyst


@pytest.mark.article("38-5")
def test_the_certificate_waits_for_the_answer_and_counts_its_rows(
    seeing_all: World, written: Breach, hand: StandingClock
) -> None:
    hand.move_to(A_YEAR_LATER)
    contract_jobs.erase_what_is_due()
    jobs.answer_erasures(0)
    jobs.answer_erasures(0)
    certificate = after_end.certificate_of(EVERYTHING, seeing_all.contract, dt.date(2027, 5, 5))
    counts = {model: rows for erased in certificate.erased for model, rows in erased.counts.items()}
    assert (counts["incidents.FaultReview"], counts["incidents.BreachClaim"]) == (1, 1)


@pytest.mark.article("38-5")
def test_words_of_another_contract_stay(seeing_all: World, written: Breach, hand: StandingClock) -> None:
    record_findings([finding("SK100002", summary="GET /theirs")])
    erase_everything(hand)
    assert SecurityEvent.objects.get(contract=seeing_all.other_contract).summary == "GET /theirs"


@pytest.mark.article("38-5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incidents_faultreview SET reason = ''",
        "UPDATE incidents_breachclaim SET words = ''",
        "UPDATE incidents_leveldetermination SET note = ''",
        "UPDATE incidents_securityevent SET evidence = ''",
    ],
)
def test_before_the_erasure_is_on_record_the_database_keeps_every_word(written: Breach, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.article("38-5")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incidents_faultreview SET reason = '別の理由'",
        "UPDATE incidents_faultreview SET fault = ''",
        "UPDATE incidents_faultreview SET reason = '', at = now()",
    ],
)
def test_an_erasure_lets_nothing_through_but_the_emptying(written: Breach, hand: StandingClock, statement: str) -> None:
    hand.move_to(A_YEAR_LATER)
    contract_jobs.erase_what_is_due()
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert FaultReview.objects.get().reason


def test_the_record_that_is_for_ever_holds_keys_and_no_notes(written: Breach) -> None:
    rows = [*AuditRow.objects.values_list("details", flat=True), *OutboxRow.objects.values_list("payload", flat=True)]
    assert not [row for row in rows if WHO in json.dumps(row, ensure_ascii=False)]
    closed = AuditRow.objects.get(act="incidents.close")
    assert closed.details == {"incident": written.incident_id}
