from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.triage import KnownIncident, entity_risk, joining, promotion
from sekisho.triage.risk import risk_of

from .samples import NOON, group, groups

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([99], 99.0),
        ([73], 73.0),
        ([70, 45, 21, 21, 21], 77.3),
        ([47] * 3, 54.7),
        ([99, 47, 47, 47], 100),
        ([21] * 50, 29.4),
        ([21] * 500, 30.6),
        ([], 0),
    ],
)
def test_the_design_s_table_of_host_risks_comes_out(scores, expected):
    assert round(risk_of(scores), 1) == expected


def test_the_contributions_of_a_host_s_groups_add_up_to_its_risk():
    risk = entity_risk(groups(70, 45, 21, 21, 21), NOON)
    assert sum(c.points for c in risk.contributions) == pytest.approx(risk.value)
    assert [c.score for c in risk.contributions] == [70, 45, 21, 21, 21]


def test_a_group_counts_once_and_only_for_a_day():
    twice = [group(key="a", score=50), group(key="a", score=40, last_at=NOON - HOUR)]
    old = group(key="b", score=90, last_at=NOON - 25 * HOUR)
    assert entity_risk([*twice, old], NOON).value == 50


@given(st.lists(st.floats(1, 99)), st.floats(1, 99))
def test_another_group_never_lowers_the_risk_and_it_stays_bounded(scores, more):
    assert risk_of(scores) <= risk_of([*scores, more]) + 1e-9
    assert 0 <= risk_of(scores) <= 100


@given(st.lists(st.floats(1, 49), min_size=1, max_size=1000))
def test_volume_alone_never_outweighs_half_of_the_strongest(scores):
    assert risk_of(scores) <= 1.5 * max(scores)


@pytest.mark.parametrize(
    ("members", "candidate"),
    [
        (groups(49.9), False),
        (groups(50), True),
        (groups(21, 21, 21), False),
        (groups(30, direction="outbound", outcome="allowed", intel_confidence=0.8), True),
        (groups(30, direction="outbound", outcome="allowed", intel_confidence=0.79), False),
        (groups(30, direction="outbound", outcome="blocked", intel_confidence=0.9), False),
        ([], False),
    ],
)
def test_what_makes_a_candidate_incident(members, candidate):
    assert promotion(members, NOON).candidate is candidate


def test_breadth_over_a_week_makes_a_candidate_of_weak_findings():
    tactics = ["discovery", "execution", "persistence", "execution"]
    week = [
        group(key=str(i), score=5, tactic=tactic, rule_family=f"family{i}", last_at=NOON - i * DAY)
        for i, tactic in enumerate(tactics)
    ]
    assert promotion(week, NOON).candidate
    assert not promotion(week[:3], NOON).candidate
    assert not promotion(week, NOON + 5 * DAY).candidate


def test_a_promotion_tells_all_its_reasons_in_both_languages():
    strong = promotion(groups(80, direction="outbound", outcome="allowed", intel_confidence=0.9), NOON)
    assert len(strong.reasons) == 3
    assert all(reason.ja and reason.en and "{" not in reason.ja + reason.en for reason in strong.reasons)


def incident(**parts: object) -> KnownIncident:
    defaults = {
        "contract": "SK100001",
        "internals": frozenset({"192.168.1.10"}),
        "externals": frozenset({("203.0.113.9", "command-and-control")}),
        "last_at": NOON,
    }
    return KnownIncident(**{**defaults, **parts})


@pytest.mark.parametrize(
    ("member", "known", "expected"),
    [
        (group(), incident(), "join"),
        (group(contract="SK100002"), incident(), "no"),
        (group(internal="192.168.1.99", tactic="command-and-control"), incident(), "join"),
        (group(internal="192.168.1.99", tactic="discovery"), incident(), "no"),
        (group(internal=None, external=None), incident(), "no"),
        (group(last_at=NOON + 25 * HOUR), incident(), "no"),
        (group(), incident(closed_at=NOON - DAY, verdict="true_positive"), "reopen"),
        (group(), incident(closed_at=NOON - DAY, verdict="false_positive"), "attach"),
        (group(), incident(closed_at=NOON - DAY, verdict="expected"), "attach"),
        (group(), incident(closed_at=NOON - 8 * DAY, verdict="true_positive"), "no"),
    ],
)
def test_how_a_group_meets_an_existing_incident(member, known, expected):
    assert joining(member, known, NOON) == expected
