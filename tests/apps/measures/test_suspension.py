"""Suspension for the contractor's fault: announced or urgent, decided by a person, ended by resuming (Art. 21)."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.actions.measures import Basis, Plan
from sekisho.apps.contracts.models import Measure, MeasureKind
from sekisho.apps.contracts.queries import entitlements_of
from sekisho.apps.contracts.queries.measures import MeasureState, measure_by_number, open_measures, state_of
from sekisho.gateways.clock import StandingClock

from ..world import EVERYTHING, NOW, World
from .conftest import DAY, HOUR, SOON, deliver, mails, overlays, refusal


def plan(**changes: object) -> Plan:
    fields = {
        "kind": MeasureKind.SUSPENSION,
        "basis": Basis.SUSPENSION,
        "ground": "arrears",
        "fact": "2026年3月分のご請求が未払いです",
        "reason": "料金の支払遅滞",
        "period": "お支払いの確認まで",
        "starts_at": SOON,
        "arrears_due_on": dt.date(2026, 4, 30),
        **changes,
    }
    return Plan(**fields)


def announced(world: World, **changes: object) -> Measure:
    measure = measures.announce(world.carrier, contract=world.contract, plan=plan(**changes))
    deliver(measure)
    return measure


@pytest.mark.article("21-2")
def test_without_a_notice_or_an_urgent_reason_nothing_is_suspended(seeing_all: World) -> None:
    act = measures.take_urgently, seeing_all.carrier
    assert refusal(*act, contract=seeing_all.contract, plan=plan(), urgent_reason=" ") == ("notice.missing", "21-2")
    assert Measure.objects.count() == 0
    assert overlays(seeing_all.contract) == set()


@pytest.mark.article("21-2")
@pytest.mark.parametrize("missing", ["reason", "period"])
def test_a_notice_that_leaves_one_of_three_things_out_is_none(seeing_all: World, missing: str) -> None:
    act = measures.announce, seeing_all.carrier
    assert refusal(*act, contract=seeing_all.contract, plan=plan(**{missing: ""})) == ("notice.incomplete", "21-2")


@pytest.mark.article("21-2")
def test_a_notice_that_our_server_has_not_taken_before_the_start_does_not_count(
    seeing_all: World, hand: StandingClock
) -> None:
    measure = measures.announce(seeing_all.carrier, contract=seeing_all.contract, plan=plan())
    assert refusal(measures.take, seeing_all.carrier, measure=measure) == ("notice.missing", "21-2")
    deliver(measure)
    measures.take(seeing_all.carrier, measure=measure)


@pytest.mark.article("21-1")
def test_an_announced_suspension_lies_over_the_contract_from_its_start_until_it_is_resumed(
    seeing_all: World, hand: StandingClock
) -> None:
    contract, carrier = seeing_all.contract, seeing_all.carrier
    measure = announced(seeing_all)
    assert state_of(measure) is MeasureState.ANNOUNCED
    measures.take(carrier, measure=measure)
    assert overlays(contract) == set()
    assert overlays(contract, SOON) == {"suspended"}
    hand.move_to(SOON + 3 * HOUR)
    assert entitlements_of(contract, hand.now()).clocked is False

    measures.lift(carrier, measure=measure, reason="入金を確認")
    assert overlays(contract) == set()
    assert overlays(contract, SOON + HOUR) == {"suspended"}
    assert entitlements_of(contract, hand.now()).clocked is True
    found = measure_by_number(EVERYTHING, measure.number)
    assert [step.act for step in found.steps.all()] == ["announced", "taken", "ended"]
    assert open_measures(EVERYTHING) == []


@pytest.mark.article("21-1(1)")
def test_arrears_are_a_ground_from_the_first_day_after_the_due_date_and_not_once_paid(seeing_all: World) -> None:
    act = measures.announce, seeing_all.carrier
    on_the_day = plan(arrears_due_on=dt.date(2026, 5, 5))  # the suspension would begin on this day
    assert refusal(*act, contract=seeing_all.contract, plan=on_the_day) == ("suspension.not_in_arrears", "21-1(1)")
    assert refusal(*act, contract=seeing_all.contract, plan=plan(arrears_due_on=None))[0] == "suspension.not_in_arrears"
    measure = announced(seeing_all, arrears_due_on=dt.date(2026, 5, 4))
    assert refusal(measures.take, seeing_all.carrier, measure=measure, paid=True) == ("suspension.paid", "21-1(1)")


@pytest.mark.article("21-2")
def test_urgency_on_record_needs_no_notice_and_the_contractor_is_told_at_once(seeing_all: World) -> None:
    urgent = plan(ground="harm_to_facilities", arrears_due_on=None)
    measure = measures.take_urgently(
        seeing_all.carrier, contract=seeing_all.contract, plan=urgent, urgent_reason="収容設備の輻輳"
    )
    assert overlays(seeing_all.contract) == {"suspended"}
    assert "収容設備の輻輳" in mails(measure)["ja"]
    assert mails(measure)["en"].startswith("Suspension of the service: carried out")


@pytest.mark.article("21-2")
def test_the_letter_says_what_why_how_long_and_by_which_article_in_both_languages(seeing_all: World) -> None:
    sent = mails(announced(seeing_all))
    assert sent["ja"].startswith("【重要】サービス提供の停止のお知らせ(事前通知)(SK100001 MS100001)\n")
    for told in ("未払いです", "料金の支払遅滞", "お支払いの確認まで", "第21条第1項第1号", "2026年05月05日(火) 11:13"):
        assert told in sent["ja"]
    for told in ("fees in arrears", "Article 21-1(1)", "Tue 2026-05-05 11:13"):
        assert told in sent["en"]


@pytest.mark.article("21-1(4)")
def test_the_open_ended_ground_has_to_say_what_happened(seeing_all: World) -> None:
    act = measures.announce, seeing_all.carrier
    silent = plan(ground="terms_breach", fact=" ", arrears_due_on=None)
    assert refusal(*act, contract=seeing_all.contract, plan=silent) == ("ground.text_required", "21-1(4)")


def test_who_has_no_mail_address_gets_a_letter_and_its_arrival_counts(seeing_all: World, hand: StandingClock) -> None:
    seeing_all.contract.contacts.all().delete()
    seeing_all.owner.organisation.people.update(is_active=False)
    measure = measures.announce(seeing_all.carrier, contract=seeing_all.contract, plan=plan())
    assert mails(measure) == {}
    assert refusal(measures.take, seeing_all.carrier, measure=measure)[0] == "notice.missing"
    hand.advance(hours=5)
    act = measures.note_letter, seeing_all.carrier
    assert refusal(*act, measure=measure, arrived_at=NOW + DAY, note="内容証明")[0] == "notice.not_yet"
    measures.note_letter(seeing_all.carrier, measure=measure, arrived_at=NOW + HOUR, note="内容証明 123-45")
    measures.take(seeing_all.carrier, measure=measure)
    assert overlays(seeing_all.contract, SOON) == {"suspended"}


def test_a_suspension_that_is_withdrawn_is_never_taken_and_the_contractor_hears_of_it(seeing_all: World) -> None:
    measure = announced(seeing_all)
    measures.withdraw(seeing_all.carrier, measure=measure, reason="入金")
    assert refusal(measures.take, seeing_all.carrier, measure=measure)[0] == "measure.state"
    assert "取りやめました" in mails(measure)["ja"]
    assert overlays(seeing_all.contract, SOON) == set()


def test_every_step_is_an_act_with_its_news_and_without_words_about_people(seeing_all: World) -> None:
    measure = announced(seeing_all)
    measures.take(seeing_all.carrier, measure=measure)
    acts = acts_on(f"measure:{measure.number}")
    assert [row.act for row in acts] == ["contracts.announce_suspension", "contracts.suspend"]
    news = OutboxRow.objects.filter(topic="contracts.suspend")
    assert [row.payload["measure"] for row in news] == [measure.number]
    assert not any("未払い" in str(row.details) for row in acts)
