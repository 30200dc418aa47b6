"""What an incident tells a frightened person, from rows alone."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.incidents import story
from sekisho.apps.incidents.models import (
    Clock,
    CountermeasureProposal,
    EventGroup,
    IncidentState,
    LevelDetermination,
    SecurityIncident,
)

NOW = dt.datetime(2026, 5, 4, 2, 13, 20, tzinfo=dt.UTC)


def _incident(state: str = IncidentState.WITH_SOC) -> SecurityIncident:
    return SecurityIncident(number="IN20260504-0001", level="high", state=state, title_ja="侵入", title_en="Break-in")


def _group(outcome: str = "detected", *, success: bool = False) -> EventGroup:
    return EventGroup(outcome=outcome, success=success, count=3, internal="10.0.0.5", first_at=NOW, rule_title="rule")


def _proposal(**changes: object) -> CountermeasureProposal:
    fields = {"recommendation_ja": "遮断", "recommendation_en": "Block", "performer": "soc", "proposed_at": NOW}
    return CountermeasureProposal(**{**fields, **changes})


@pytest.mark.parametrize(
    ("groups", "state"),
    [
        ([_group("blocked")], "stopped"),
        ([_group("blocked"), _group("allowed")], "running"),
        ([_group("blocked", success=True)], "running"),
        ([_group("detected")], "unsure"),
        ([_group("blocked"), _group("unknown")], "unsure"),
        ([], "unsure"),
    ],
)
def test_stopped_is_said_only_when_every_device_said_so(groups, state) -> None:
    assert story.is_it_stopped(_incident(), groups, []).state == state


def test_a_countermeasure_that_we_carried_out_counts_as_stopped() -> None:
    done = _proposal(answer="accepted", result="blocked", result_at=NOW)
    assert story.is_it_stopped(_incident(), [_group("allowed")], [done]).state == "stopped"


def test_what_the_contractor_reports_of_its_own_act_does_not_stop_the_traffic() -> None:
    theirs = _proposal(answer="accepted", performer="contractor", result="scanned", result_at=NOW)
    assert story.is_it_stopped(_incident(), [_group("allowed")], [theirs]).state == "running"


def test_an_open_countermeasure_asks_for_an_answer_before_anything_else() -> None:
    asked = story.what_must_i_do(_incident(), [_proposal(answer="on_hold"), _proposal()])
    assert asked.state == "act"
    assert asked.short.en == "Answer 2 countermeasures"
    assert asked.detail.ja == "遮断"


def test_what_one_accepted_to_do_oneself_is_the_next_thing() -> None:
    asked = story.what_must_i_do(_incident(), [_proposal(answer="accepted", performer="contractor")])
    assert asked.short.en == "Carry out what you accepted"


@pytest.mark.parametrize("proposals", [[], [_proposal(answer="declined")], [_proposal(answer="accepted")]])
def test_otherwise_there_is_nothing_to_do(proposals) -> None:
    assert story.what_must_i_do(_incident(), proposals).state == "nothing"


def test_a_closed_incident_asks_for_nothing_and_is_stopped() -> None:
    closed = _incident(IncidentState.CLOSED)
    assert story.what_must_i_do(closed, [_proposal()]).state == "nothing"
    assert story.is_it_stopped(closed, [_group("allowed")], []).state == "stopped"


def test_the_moments_are_in_order_and_a_late_notice_is_told() -> None:
    later = NOW + dt.timedelta(minutes=1)
    told = story.moments(
        _incident(),
        groups=[_group()],
        determinations=[LevelDetermination(level="high", at=later, note="inside")],
        notices=[],
        proposals=[_proposal(proposed_at=NOW + dt.timedelta(minutes=5))],
        clocks=[Clock(due_at=NOW + dt.timedelta(minutes=16), verdict="breached"), Clock(due_at=NOW, verdict="met")],
    )
    assert [moment.kind for moment in told] == ["", "decision", "", "missed"]
    assert "inside" not in str(told)
