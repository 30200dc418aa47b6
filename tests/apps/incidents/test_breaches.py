"""A missed service level: it arises once, at its deadline; it is claimed in time or not at all; a person reviews it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.incidents import actions, jobs, queries
from sekisho.apps.incidents.breaching import arise, arise_missing
from sekisho.apps.incidents.models import Breach, BreachClaim, Clock, FaultReview, Level, SecurityIncident
from sekisho.apps.notices import actions as notices_actions
from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import CallResult, Channel
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import MailRefused, MemoryMail
from sekisho.terms.credit import Fault

from ..world import EVERYTHING, NOW, World
from .acts import dial, missed, opened

DEADLINE = dt.datetime(2026, 5, 4, 2, 28, 20, tzinfo=dt.UTC)
LAST_SECOND = dt.datetime(2026, 5, 18, 14, 59, 59, tzinfo=dt.UTC)
"""23:59:59 in Tokyo on the last day of two weeks; the breach was on Monday 2026-05-04."""

REASON = "夜間の担当者が発信を失念した。"


@pytest.mark.article("6-1(3)")
def test_a_clock_that_runs_out_makes_one_breach_at_its_deadline(seeing_all: World, hand: StandingClock) -> None:
    incident = opened(seeing_all, Level.HIGH)
    hand.move_to(DEADLINE)
    jobs.judge_overdue()
    assert not Breach.objects.exists()  # 15:00 is still in time

    hand.advance(seconds=40)
    for _ in range(3):
        jobs.judge_clocks(incident_number=incident.number)
        jobs.judge_overdue()

    breach = Breach.objects.get()
    assert (breach.breached_at, breach.recorded_at) == (DEADLINE, DEADLINE + dt.timedelta(seconds=40))
    assert (breach.level, breach.channel, breach.notified_at) == ("high", "phone", None)
    assert (breach.rule, breach.terms_version) == ("6-1(3)", seeing_all.contract.terms_version)
    assert "28:20" in breach.steps[1]["ja"] and "28:20" in breach.steps[1]["en"]
    assert [a.act for a in acts_on(f"incident:{incident.number}")].count("incidents.breach_arose") == 1


@pytest.mark.article("6-1(3)")
def test_a_late_notice_makes_the_breach_before_any_timer_does(seeing_all: World, hand: StandingClock) -> None:
    incident = opened(seeing_all, Level.HIGH)
    hand.move_to(DEADLINE + dt.timedelta(seconds=1))
    dial(seeing_all, incident)

    breach = Breach.objects.get()
    assert (breach.breached_at, breach.notified_at) == (DEADLINE, DEADLINE + dt.timedelta(seconds=1))


@pytest.mark.article("6-1(3)")
def test_a_notice_in_its_last_second_makes_none(seeing_all: World, hand: StandingClock) -> None:
    incident = opened(seeing_all, Level.HIGH)
    hand.move_to(DEADLINE)
    dial(seeing_all, incident)
    hand.advance(hours=5)
    jobs.judge_overdue()
    assert not Breach.objects.exists()


@pytest.mark.article("6-1(3)")
def test_medium_breaks_when_the_mail_is_not_handed_over_within_an_hour(seeing_all: World, hand: StandingClock) -> None:
    opened(seeing_all, Level.MEDIUM)
    hand.advance(minutes=60)
    jobs.judge_overdue()
    assert not Breach.objects.exists()
    hand.advance(seconds=1)
    jobs.judge_overdue()
    assert Breach.objects.get().breached_at == NOW.replace(microsecond=0) + dt.timedelta(minutes=60)


def test_a_breach_that_a_judgement_left_behind_arises_with_the_next_sweep(
    seeing_all: World, hand: StandingClock
) -> None:
    missed(seeing_all, hand)
    ran = Clock.objects.get()
    assert arise(ran) == Breach.objects.get()  # asked again, it is the same row
    with connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
        cursor.execute("DELETE FROM incidents_breach")
    assert arise_missing() == 0


@pytest.mark.article("35-1")
def test_a_claim_in_the_last_second_of_two_weeks_counts_and_one_second_later_none(
    seeing_all: World, hand: StandingClock
) -> None:
    breach = missed(seeing_all, hand)
    assert breach.claimable_until == dt.date(2026, 5, 18)

    hand.move_to(LAST_SECOND + dt.timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        actions.claim_credit(seeing_all.owner, breach=breach, words="遅延の賠償を求めます。")
    assert (refused.value.code, refused.value.article) == ("claim.too_late", "35-1")
    assert "5月18日" in refused.value.words.ja and "2026-05-18" in refused.value.words.en

    hand.move_to(LAST_SECOND)
    claim = actions.claim_credit(seeing_all.owner, breach=breach, words="遅延の賠償を求めます。")
    assert (claim.form, claim.arrived_at, claim.by) == ("portal", LAST_SECOND, seeing_all.owner)


@pytest.mark.article("35-1")
def test_paper_counts_by_its_arrival_however_late_it_is_written_down(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    hand.move_to(LAST_SECOND + dt.timedelta(days=3))
    with pytest.raises(Refused) as refused:
        actions.record_claim(seeing_all.carrier, breach=breach, arrived_at=LAST_SECOND + dt.timedelta(seconds=1))
    assert refused.value.code == "claim.too_late"

    claim = actions.record_claim(seeing_all.carrier, breach=breach, arrived_at=LAST_SECOND, words="書留で到達")
    assert (claim.form, claim.arrived_at, claim.recorded_at) == ("paper", LAST_SECOND, hand.now())


@pytest.mark.article("35-1")
@pytest.mark.parametrize("off", [dt.timedelta(minutes=-1), dt.timedelta(days=2)])
def test_paper_arrives_after_the_breach_and_not_in_the_future(
    seeing_all: World, hand: StandingClock, off: dt.timedelta
) -> None:
    breach = missed(seeing_all, hand)
    with pytest.raises(Refused, match=r"claim\.arrival"):
        actions.record_claim(seeing_all.carrier, breach=breach, arrived_at=DEADLINE + off)


def test_nothing_is_claimed_twice_but_after_a_withdrawal_again(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    actions.claim_credit(seeing_all.owner, breach=breach)
    with pytest.raises(Refused, match=r"claim\.exists"):
        actions.record_claim(seeing_all.carrier, breach=breach, arrived_at=hand.now())

    actions.withdraw_claim(seeing_all.carrier, breach=breach, reason="別件の書面でした。")
    with pytest.raises(Refused, match=r"claim\.none"):
        actions.withdraw_claim(seeing_all.carrier, breach=breach, reason="もう一度")
    actions.claim_credit(seeing_all.owner, breach=breach)
    assert [c.form for c in BreachClaim.objects.order_by("number")] == ["portal", "", "portal"]


@pytest.mark.article("35-1")
def test_a_review_stands_until_it_is_withdrawn_with_a_reason(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.CONTRACTOR, reason="電話番号が古い。")
    with pytest.raises(Refused, match=r"breach\.reviewed"):
        actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.CARRIER, reason=REASON)
    with pytest.raises(Refused, match=r"breach\.no_reason"):
        actions.withdraw_review(seeing_all.carrier, breach=breach, reason=" ")

    actions.withdraw_review(seeing_all.carrier, breach=breach, reason="番号は新しかった。")
    actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.PARTNER, reason=REASON)
    told = [(r.number, r.fault) for r in FaultReview.objects.order_by("number")]
    assert told == [(1, "contractor"), (2, ""), (3, "partner")]
    acts = [a.act for a in acts_on(f"incident:{breach.incident.number}")]
    assert acts[-3:] == ["incidents.review_fault", "incidents.withdraw_review", "incidents.review_fault"]


@pytest.mark.article("36-1")
def test_force_majeure_names_its_ground(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    with pytest.raises(Refused, match=r"breach\.ground"):
        actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.FORCE_MAJEURE, reason="台風")
    row = actions.review_fault(
        seeing_all.carrier, breach=breach, fault=Fault.FORCE_MAJEURE, ground="natural_disaster", reason="台風による停電"
    )
    standing = queries.standing_of(queries.breach_by_id(EVERYTHING, breach.pk))
    assert (row.ground, standing.refusal.code) == ("natural_disaster", "credit.not_claimed")


@pytest.mark.article("35-1")
def test_a_breach_says_why_it_is_not_credited(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)

    def code() -> str:
        return queries.standing_of(queries.breach_by_id(EVERYTHING, breach.pk)).refusal.code

    assert code() == "credit.not_claimed"
    actions.claim_credit(seeing_all.owner, breach=breach)
    assert code() == "credit.not_reviewed"
    actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.CONTRACTOR, reason="電話番号が古い。")
    assert code() == "credit.not_at_fault"


def test_only_the_carrier_reviews_and_only_the_contractor_claims(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    for person in (seeing_all.analyst, seeing_all.owner):
        with pytest.raises(Refused, match="not_permitted"):
            actions.review_fault(person, breach=breach, fault=Fault.CARRIER, reason=REASON)
    for person in (seeing_all.analyst, seeing_all.carrier):
        with pytest.raises(Refused, match="not_permitted"):
            actions.claim_credit(person, breach=breach)


def test_a_contractor_sees_its_own_breaches_only(seeing_all: World, hand: StandingClock) -> None:
    breach = missed(seeing_all, hand)
    for person, seen in ((seeing_all.owner, [breach]), (seeing_all.stranger, [])):
        scope = scope_of(person)
        with entered(scope):
            assert queries.breaches_of(scope) == seen
            assert queries.breaches_to_review(scope) == seen


def test_claimed_breaches_come_first_for_review_and_reviewed_ones_leave(seeing_all: World, hand: StandingClock) -> None:
    first, second = missed(seeing_all, hand), missed(seeing_all, hand, rule_id="2019402")
    assert queries.breaches_to_review(EVERYTHING) == [first, second]
    actions.claim_credit(seeing_all.owner, breach=second)
    assert queries.breaches_to_review(EVERYTHING) == [second, first]
    actions.review_fault(seeing_all.carrier, breach=second, fault=Fault.CONTRACTOR, reason="不在")
    assert queries.breaches_to_review(EVERYTHING) == [first]
    actions.withdraw_review(seeing_all.carrier, breach=second, reason="誤り")
    assert queries.breaches_to_review(EVERYTHING) == [second, first]


@pytest.mark.article("35-1")
def test_the_record_hints_at_the_contractor_whose_address_refused_the_mail(
    seeing_all: World, hand: StandingClock
) -> None:
    incident = opened(seeing_all, Level.MEDIUM)
    for notice in notices.notices_about(EVERYTHING, queries.subject_of(incident)):
        if notice.channel == Channel.MAIL:
            notices_actions.deliver(notice.pk, MemoryMail(_refuse))
    hand.advance(minutes=61)
    jobs.judge_overdue()
    fault, words = queries.fault_hint(EVERYTHING, Breach.objects.get())
    assert fault is Fault.CONTRACTOR and "メールアドレス" in words.ja


@pytest.mark.article("35-1")
def test_the_record_hints_at_a_stale_contact_list_and_else_at_us(seeing_all: World, hand: StandingClock) -> None:
    assert queries.fault_hint(EVERYTHING, missed(seeing_all, hand))[0] is Fault.CARRIER
    hand.move_to(NOW + dt.timedelta(days=200))
    assert queries.fault_hint(EVERYTHING, missed(seeing_all, hand, rule_id="9"))[0] is Fault.CONTRACTOR


@pytest.mark.parametrize("table", ["breach", "faultreview", "breachclaim"])
def test_words_about_a_breach_can_not_be_changed_even_by_sql(
    seeing_all: World, hand: StandingClock, table: str
) -> None:
    breach = missed(seeing_all, hand)
    actions.claim_credit(seeing_all.owner, breach=breach, words="賠償を求めます")
    actions.review_fault(seeing_all.carrier, breach=breach, fault=Fault.CONTRACTOR, reason="不在")
    for act in ("UPDATE incidents_{} SET rule = 'x'", "DELETE FROM incidents_{}"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act.format(table))


def test_a_call_that_was_answered_late_still_closes_nothing_away(seeing_all: World, hand: StandingClock) -> None:
    incident: SecurityIncident = missed(seeing_all, hand).incident
    dial(seeing_all, incident, CallResult.ANSWERED)
    assert Breach.objects.get().notified_at is None  # the breach stays as it arose


def _refuse(message: object) -> None:
    raise MailRefused("550 no such user")
