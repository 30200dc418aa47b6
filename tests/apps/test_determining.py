"""An analyst's determination: what it opens, starts and sends; and how its clock is judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from sekisho.apps.contracts.models import Contact, Contract
from sekisho.apps.contracts.queries import contacts_of, scope_of
from sekisho.apps.incidents import actions, jobs, queries
from sekisho.apps.incidents.actions import Determined
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Clock, EventGroup, GroupState, Level, SecurityIncident
from sekisho.apps.notices import actions as notices_actions
from sekisho.apps.notices import queries as notices
from sekisho.apps.notices.models import CallResult, Channel, NoticeState
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import MemoryMail

from .world import EVERYTHING, NOW, World, finding

Determine = Callable[..., Determined]


@pytest.fixture
def determine(seeing_all: World) -> Determine:
    """Judge a fresh group, or an incident."""

    def act(level: Level, incident: SecurityIncident | None = None) -> Determined:
        group = None if incident else open_group()
        return actions.determine_level(seeing_all.analyst, group=group, incident=incident, level=level, note="確認済み")

    return act


def open_group(**changes: object) -> EventGroup:
    record_findings([finding(**changes)])
    return queries.triage_queue(EVERYTHING)[0]


def first_contact(contract: Contract) -> Contact:
    return contacts_of(EVERYTHING, contract)[0]


def dial(world: World, incident: SecurityIncident, result: CallResult = CallResult.NO_ANSWER, **more: object) -> None:
    contact = first_contact(world.contract)
    actions.record_call_attempt(world.carrier, incident=incident, contact_id=contact.pk, result=result, **more)


def mail_out(incident: SecurityIncident) -> None:
    """The mails of the incident, taken by a mail server at this instant."""
    for notice in notices.notices_about(EVERYTHING, queries.subject_of(incident)):
        if notice.channel == Channel.MAIL:
            notices_actions.deliver(notice.pk, MemoryMail())
    jobs.judge_clocks(incident_number=incident.number)


def clocks(incident: SecurityIncident) -> list[tuple[str, str | None]]:
    jobs.judge_clocks(incident_number=incident.number)
    return [(clock.level, clock.verdict) for clock in queries.clocks_of(EVERYTHING, incident)]


def test_high_opens_an_incident_starts_its_clock_and_asks_for_a_call_and_mails(determine: Determine) -> None:
    done = determine(Level.HIGH)

    assert done.incident.number == "IN20260504-0001"
    assert done.determination.at == NOW
    assert done.clock.due_at == dt.datetime(2026, 5, 4, 2, 28, 20, tzinfo=dt.UTC)
    about = notices.notices_about(EVERYTHING, "incident:IN20260504-0001")
    assert [n.channel for n in about] == [Channel.PHONE, Channel.MAIL, Channel.MAIL]
    assert about[1].subject.startswith("【High】") and about[2].subject.startswith("[High]")
    assert done.incident.number in about[1].subject


def test_incident_numbers_count_up_within_a_tokyo_day(determine: Determine, hand: StandingClock) -> None:
    hand.move_to(dt.datetime(2026, 5, 4, 14, 59, 59, tzinfo=dt.UTC))
    record_findings([finding(record=n, rule_id=str(n)) for n in range(3)])
    numbers = [determine(Level.MEDIUM).incident.number for _ in range(2)]
    hand.advance(seconds=1)

    assert [*numbers, determine(Level.MEDIUM).incident.number] == [
        "IN20260504-0001",
        "IN20260504-0002",
        "IN20260505-0001",
    ]


@pytest.mark.article("6-1(3)")
@pytest.mark.parametrize(("seconds", "verdict"), [(15 * 60, "met"), (15 * 60 + 1, "breached")])
def test_the_dial_within_fifteen_minutes_keeps_the_high_clock_answered_or_not(
    determine: Determine, seeing_all: World, hand: StandingClock, seconds: int, verdict: str
) -> None:
    done = determine(Level.HIGH)
    hand.advance(seconds=seconds)
    dial(seeing_all, done.incident)

    assert clocks(done.incident) == [("high", verdict)]


@pytest.mark.article("6-1(3)")
@pytest.mark.parametrize(("seconds", "verdict"), [(3600, "met"), (3601, "breached")])
def test_the_hand_over_to_our_mail_server_within_an_hour_keeps_the_medium_clock(
    determine: Determine, hand: StandingClock, seconds: int, verdict: str
) -> None:
    done = determine(Level.MEDIUM)
    hand.advance(seconds=seconds)
    mail_out(done.incident)

    assert clocks(done.incident) == [("medium", verdict)]


@pytest.mark.article("6-1(3)")
def test_a_mail_alone_never_keeps_a_high_clock(determine: Determine, seeing_all: World, hand: StandingClock) -> None:
    done = determine(Level.HIGH)
    hand.advance(minutes=3)
    mail_out(done.incident)
    assert clocks(done.incident) == [("high", None)]
    hand.advance(minutes=13)
    dial(seeing_all, done.incident)

    assert clocks(done.incident) == [("high", "breached")]


@pytest.mark.article("6-1(3)")
def test_raising_medium_to_high_starts_a_new_clock_and_the_call_stops_both(
    determine: Determine, seeing_all: World, hand: StandingClock
) -> None:
    done = determine(Level.MEDIUM)
    hand.advance(minutes=20)
    raised = determine(Level.HIGH, done.incident)
    assert raised.clock.due_at == raised.clock.started_at + dt.timedelta(minutes=15)
    hand.advance(minutes=5)
    dial(seeing_all, done.incident)

    assert clocks(done.incident) == [("medium", "met"), ("high", "met")]
    assert [c.superseded for c in queries.clocks_of(EVERYTHING, done.incident)] == [True, False]


@pytest.mark.article("6-1(3)")
def test_lowering_before_the_notice_voids_the_clock_and_withdraws_the_call(
    determine: Determine, hand: StandingClock
) -> None:
    done = determine(Level.HIGH)
    hand.advance(minutes=5)
    determine(Level.LOW, done.incident)

    assert clocks(done.incident) == [("high", "void")]
    call = notices.call_about(EVERYTHING, queries.subject_of(done.incident))
    assert call.state == NoticeState.WITHDRAWN


@pytest.mark.article("6-1(3)")
@pytest.mark.parametrize("level", [Level.LOW, Level.INFORMATIONAL])
def test_below_medium_there_is_no_incident_no_notice_and_no_clock(determine: Determine, level: Level) -> None:
    done = determine(level)

    assert (done.incident, done.clock) == (None, None)
    group = queries.group_by_id(EVERYTHING, done.determination.group_id)
    assert (group.state, group.determined_level) == (GroupState.DETERMINED, level)
    assert not Clock.objects.exists()


def test_a_verdict_and_a_determination_are_never_written_twice(
    determine: Determine, seeing_all: World, hand: StandingClock
) -> None:
    done = determine(Level.HIGH)
    hand.advance(minutes=16)
    assert jobs.judge_overdue() == 1
    (before,) = queries.clocks_of(EVERYTHING, done.incident)
    hand.advance(minutes=1)
    dial(seeing_all, done.incident)

    (after,) = queries.clocks_of(EVERYTHING, done.incident)
    assert (after.verdict, after.judged_at) == ("breached", before.judged_at)
    assert jobs.judge_overdue() == 0


def test_the_sweep_warns_once_when_most_of_the_time_has_run(determine: Determine, hand: StandingClock) -> None:
    done = determine(Level.HIGH)
    hand.advance(minutes=9)

    assert (jobs.judge_overdue(), jobs.judge_overdue()) == (1, 0)
    assert queries.clocks_of(EVERYTHING, done.incident)[0].warned_at == hand.now()


def test_a_contact_list_that_nobody_confirmed_for_half_a_year_is_noted_on_the_verdict(
    determine: Determine, seeing_all: World, hand: StandingClock
) -> None:
    hand.move_to(dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    done = determine(Level.HIGH)
    dial(seeing_all, done.incident)

    (clock,) = queries.clocks_of(EVERYTHING, done.incident)
    assert (clock.verdict, clock.contact_stale) == ("met", True)


def test_the_determination_keeps_what_the_machine_had_proposed(determine: Determine) -> None:
    determination = determine(Level.LOW).determination

    assert determination.proposed_level in Level.values
    assert determination.proposed_score > 0
    assert all(reason["ja"] and reason["en"] for reason in determination.proposed_reasons)


@pytest.mark.article("3")
def test_only_people_with_the_permission_determine(seeing_all: World) -> None:
    with pytest.raises(Refused) as refused:
        actions.determine_level(seeing_all.owner, group=open_group(), level=Level.HIGH)
    assert refused.value.code == "not_permitted"


def test_a_group_is_decided_once(determine: Determine, seeing_all: World) -> None:
    group = open_group()
    actions.determine_level(seeing_all.analyst, group=group, level=Level.LOW)
    for act in (
        lambda: actions.determine_level(seeing_all.analyst, group=group, level=Level.HIGH),
        lambda: actions.archive_group(seeing_all.analyst, group=group, note="誤検知"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "group.not_open"


def test_two_levels_within_one_second_are_refused(determine: Determine) -> None:
    done = determine(Level.MEDIUM)
    with pytest.raises(Refused) as refused:
        determine(Level.HIGH, done.incident)
    assert refused.value.code == "incident.just_determined"


def test_a_further_group_joins_an_incident_without_a_second_clock(seeing_all: World) -> None:
    record_findings([finding(), finding(record=1, rule_id="2019402")])
    first, second = queries.triage_queue(EVERYTHING)
    done = actions.determine_level(seeing_all.analyst, group=first, level=Level.HIGH)
    joined = actions.determine_level(seeing_all.analyst, group=second, incident=done.incident, level=Level.HIGH)

    assert joined.clock is None
    assert len(queries.groups_of(EVERYTHING, done.incident)) == 2
    assert len(queries.evidence_of(EVERYTHING, done.incident)) == 2
    assert len(notices.calls_to_make(EVERYTHING)) == 1


@pytest.mark.article("6-1(1)")
def test_a_contract_without_operations_has_no_determinations(seeing_all: World) -> None:
    group = open_group(contract="SK100003")
    with pytest.raises(Refused) as refused:
        actions.determine_level(seeing_all.carrier, group=group, level=Level.HIGH)
    assert refused.value.code == "contract.no_operations"


def test_archiving_needs_a_reason_and_leaves_the_events(seeing_all: World) -> None:
    group = open_group()
    with pytest.raises(Refused) as refused:
        actions.archive_group(seeing_all.analyst, group=group, note="  ")
    assert refused.value.code == "group.no_note"

    archived = actions.archive_group(seeing_all.analyst, group=group, note="既知の診断")
    assert (archived.state, len(queries.events_of(EVERYTHING, archived))) == (GroupState.ARCHIVED, 1)
    assert queries.triage_queue(EVERYTHING) == []


@pytest.mark.parametrize("minutes", [-1, 1])
def test_a_call_is_not_written_into_the_past_or_the_future(
    determine: Determine, seeing_all: World, hand: StandingClock, minutes: int
) -> None:
    done = determine(Level.HIGH)
    with pytest.raises(Refused) as refused:
        dial(seeing_all, done.incident, started_at=hand.now() + dt.timedelta(minutes=minutes))
    assert refused.value.code == "call.time"


def test_a_call_to_somebody_who_is_not_on_the_list_is_refused(determine: Determine, seeing_all: World) -> None:
    done = determine(Level.HIGH)
    with pytest.raises(Refused) as refused:
        actions.record_call_attempt(
            seeing_all.carrier,
            incident=done.incident,
            contact_id=first_contact(seeing_all.other_contract).pk,
            result=CallResult.ANSWERED,
        )
    assert refused.value.code == "call.no_task"


@pytest.mark.article("6-1(1)")
def test_an_incident_is_not_closed_without_a_countermeasure_nor_with_a_notice_due(
    determine: Determine, seeing_all: World
) -> None:
    incident = determine(Level.HIGH).incident

    def close() -> SecurityIncident:
        return actions.close_incident(seeing_all.analyst, incident=incident, note="完了")

    with pytest.raises(Refused) as refused:
        close()
    assert (refused.value.code, refused.value.article) == ("incident.no_countermeasure", "6-1(1)")
    draft = actions.drafts_for(incident)[0]
    actions.propose_countermeasure(seeing_all.analyst, incident=incident, draft=draft)
    with pytest.raises(Refused) as refused:
        close()
    assert refused.value.code == "incident.notice_due"
    dial(seeing_all, incident, CallResult.ANSWERED)

    assert close().closed_at == NOW
    with pytest.raises(Refused) as refused:
        determine(Level.MEDIUM, incident)
    assert refused.value.code == "incident.closed"


def test_an_analyst_works_within_the_partners_own_scope(determine: Determine, seeing_all: World) -> None:
    group = open_group()
    with entered(scope_of(seeing_all.analyst)):
        done = actions.determine_level(seeing_all.analyst, group=group, level=Level.HIGH)
        assert clocks(done.incident) == [("high", None)]
    assert len(notices.notices_about(EVERYTHING, queries.subject_of(done.incident))) == 3
