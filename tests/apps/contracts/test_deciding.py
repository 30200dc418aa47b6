"""Whose turn it is, who was screened, what an acceptance fixes, and the nine grounds of a refusal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.accounts.models import Role
from sekisho.apps.audit.models import AuditRow, OutboxRow, SystemActor
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Contract, Screening, ScreeningVerdict
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.plans import Plan
from sekisho.terms.screening import ScreeningResult

from ..world import EVERYTHING, NOW, TESTER, World, premium_quote
from .forms_of_tests import accepted, draft, refusal, screened, submitted

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SECOND = SystemActor("second person")


@pytest.mark.article("11-1")
def test_applications_are_decided_in_the_order_of_their_receipt_or_with_a_reason(seeing_all: World) -> None:
    mine, theirs = seeing_all.owner.organisation, seeing_all.stranger.organisation
    later = submitted(mine, "L-1", NOW - HOUR)
    earlier = submitted(theirs, "L-2", NOW - 2 * HOUR)
    draft(theirs, "L-3", devices=[])  # an incomplete one holds nobody up
    screened(mine), screened(theirs)

    assert refusal(actions.accept_application, TESTER, application=later) == ("acceptance.out_of_order", "11-1")
    assert refusal(actions.refuse_application, TESTER, application=later, ground="technical")[0] == (
        "acceptance.out_of_order"
    )
    actions.accept_application(TESTER, application=later, out_of_turn_reason="回線工事と同日のため")
    assert later.steps.last().details["out_of_turn"] == "回線工事と同日のため"
    assert "out_of_turn" not in acts_on(f"application:{later.number}")[-1].details  # nothing there is ever erased
    assert actions.accept_application(TESTER, application=earlier).number == "SK100005"
    assert refusal(actions.accept_application, TESTER, application=earlier) == ("application.decided", "11-1")


@pytest.mark.article("11-1")
def test_an_acceptance_fixes_the_moment_the_terms_and_the_price_list(seeing_all: World) -> None:
    contract = accepted(seeing_all.owner.organisation, overrides=[{"parameter": "cancellation_months", "setting": 1}])
    row = Contract.objects.get(pk=contract.pk)
    standing = queries.contract_at(EVERYTHING, row, NOW)

    assert (row.accepted_at, row.terms_version, row.price_list) == (NOW, "V6", "2016-10")
    assert (standing.state, standing.facts.plan, standing.facts.started_on) == (
        ContractState.ACCEPTED,
        Plan.BASIC,
        None,
    )
    assert queries.contract_at(EVERYTHING, row, NOW - HOUR).state is ContractState.APPLIED
    act = AuditRow.objects.get(act="contracts.accept_application", contract_id=row.pk)
    news = OutboxRow.objects.get(topic="contracts.accept_application", contract_id=row.pk)
    assert (act.terms_version, news.payload["price_list"]) == ("V6", "2016-10")
    assert not queries.entitlements_of(row, NOW).active


@pytest.mark.article("1-2")
def test_a_condition_of_the_form_outranks_the_terms_for_this_contract(seeing_all: World) -> None:
    contract = accepted(seeing_all.owner.organisation, overrides=[{"parameter": "cancellation_months", "setting": 1}])
    today = dt.date(2026, 5, 4)
    assert queries.effective_param(contract, "cancellation_months", today) == 1
    assert queries.effective_param(seeing_all.contract, "cancellation_months", today) == 2


@pytest.mark.article("5-1")
def test_the_premium_plan_is_accepted_at_the_prices_of_its_quote(seeing_all: World) -> None:
    premium = {"plan": "premium", "access_item": "custom"}
    mine = seeing_all.owner.organisation
    quote = premium_quote(mine.name)
    assert accepted(mine, "L-1", **premium, quote=quote).price_list == quote
    assert refusal(submitted, mine, "L-2", **premium, quote="Q999999") == ("application.no_quote", "5-1")


@pytest.mark.article("8-1")
def test_two_applications_for_one_line_end_in_one_contract(seeing_all: World) -> None:
    mine = seeing_all.owner.organisation
    first, second = submitted(mine, "L-1", NOW - HOUR), submitted(mine, "L-1")
    screened(mine)
    contract = actions.accept_application(TESTER, application=first)
    assert refusal(actions.accept_application, TESTER, application=second) == ("line.has_contract", "8-1")
    actions.withdraw_contract(TESTER, contract=contract)
    assert actions.accept_application(TESTER, application=second).line == contract.line


@pytest.mark.article("11-2(6)")
def test_nobody_is_accepted_without_a_screening_of_the_last_six_months(seeing_all: World, hand: StandingClock) -> None:
    mine = seeing_all.owner.organisation
    application = submitted(mine)
    # The world's own contract was screened on 2026-04-01: good through 2026-10-01.
    hand.move_to(dt.datetime(2026, 10, 2, 3, tzinfo=dt.UTC))
    assert refusal(actions.accept_application, TESTER, application=application) == ("screening.expired", "11-2(6)")
    screening = screened(mine)
    assert screening.looks_back_to == dt.date(2021, 10, 2)
    assert actions.accept_application(TESTER, application=application)


@pytest.mark.article("11-2(6)")
def test_a_grey_result_needs_a_second_person_and_a_hit_is_never_accepted(seeing_all: World) -> None:
    mine = seeing_all.owner.organisation
    application = submitted(mine)
    grey = screened(mine, ScreeningResult.GREY)

    assert refusal(actions.accept_application, TESTER, application=application)[0] == "screening.needs_approval"
    own_word = refusal(
        actions.review_screening, TESTER, screening=grey, verdict=ScreeningVerdict.CLEARED, reason="同姓同名"
    )
    assert own_word == ("screening.needs_approval", "11-2(6)")
    actions.review_screening(SECOND, screening=grey, verdict=ScreeningVerdict.CLEARED, reason="同姓同名")
    screened(mine, ScreeningResult.HIT)
    assert refusal(actions.accept_application, TESTER, application=application) == ("screening.hit", "11-2(6)")
    not_confirmed = refusal(actions.refuse_application, TESTER, application=application, ground="antisocial")
    assert not_confirmed == ("refusal.not_confirmed", "11-2(6)")
    hit = Screening.objects.latest("pk")
    actions.review_screening(SECOND, screening=hit, verdict=ScreeningVerdict.CONFIRMED, reason="記事と一致")
    actions.refuse_application(TESTER, application=application, ground="antisocial")


def test_screenings_are_for_restricted_eyes_and_are_never_rewritten(seeing_all: World) -> None:
    mine = seeing_all.owner.organisation
    screened(mine, ScreeningResult.GREY)
    seeing_all.carrier.role = Role.CARRIER_ADMIN
    assert queries.screenings_of(seeing_all.carrier, mine)[0].result == ScreeningResult.GREY
    for person in (seeing_all.owner, seeing_all.analyst):
        assert refusal(queries.screenings_of, person, mine)[0] == "not_permitted"
    with entered(queries.scope_of(seeing_all.owner)):
        assert not Screening.objects.exists()
    told = [row.details for row in AuditRow.objects.filter(act="contracts.record_screening")]
    assert all("result" not in details and "evidence" not in details for details in told)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        connection.cursor().execute("UPDATE contracts_screening SET result = 'clear'")


@pytest.mark.article("11-2")
@pytest.mark.parametrize("ground", [code for code in GROUNDS[Catalogue.REFUSAL] if code != "antisocial"])
def test_each_ground_of_a_refusal_is_kept_with_its_article(seeing_all: World, ground: str) -> None:
    application = submitted(seeing_all.owner.organisation)
    step = actions.refuse_application(TESTER, application=application, ground=ground, text="理由")
    assert step.details["article"] == GROUNDS[Catalogue.REFUSAL][ground].article
    assert queries.waiting_applications(EVERYTHING) == []


@pytest.mark.article("11-2(9)")
def test_the_open_ground_needs_words_and_an_unknown_one_is_none(seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    wordless = refusal(actions.refuse_application, TESTER, application=application, ground="unsuitable")
    assert wordless == ("ground.text_required", "11-2(9)")
    with pytest.raises(ValueError, match="bad_mood"):
        actions.refuse_application(TESTER, application=application, ground="bad_mood")


def test_a_decision_lies_between_the_receipt_and_now(seeing_all: World) -> None:
    screened(seeing_all.owner.organisation)
    application = submitted(seeing_all.owner.organisation, received_at=NOW - HOUR)
    for at in (NOW - 2 * HOUR, NOW + HOUR):
        code = refusal(actions.accept_application, TESTER, application=application, accepted_at=at)
        assert code == ("acceptance.bad_time", "11-1")


def test_a_step_holds_the_key_of_who_did_it_and_shows_the_name_that_the_key_has_today(seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    screened(seeing_all.owner.organisation)
    actions.refuse_application(seeing_all.carrier, application=application, ground="technical")
    drafted, refused = application.steps.first(), application.steps.last()
    assert (refused.actor_name, refused.who) == (f"person:{seeing_all.carrier.pk}", seeing_all.carrier.name)
    assert (drafted.actor_name, drafted.who) == (TESTER.name, TESTER.name)
