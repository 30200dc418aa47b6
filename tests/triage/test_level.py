from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.pipeline.detect import attack
from sekisho.triage import proposed_level, words
from sekisho.triage.level import level_by_value

from .samples import group


@pytest.mark.parametrize(
    ("value", "level"),
    [(75, "high"), (74.9, "medium"), (50, "medium"), (49.9, "low"), (25, "low"), (24.9, "informational")],
)
def test_the_cut_offs_of_the_four_levels(value, level):
    assert level_by_value(value) == level


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        ({"direction": "outbound", "outcome": "allowed"}, "high"),
        ({"direction": "outbound", "outcome": "unknown"}, "high"),
        ({"direction": "lateral", "outcome": "detected"}, "high"),
        ({"direction": "outbound", "outcome": "blocked"}, "medium"),
        ({"direction": "inbound", "outcome": "allowed"}, "medium"),
        ({"direction": "inbound", "outcome": "blocked", "success": True}, "high"),
        ({"direction": "unknown", "outcome": "allowed"}, "medium"),
    ],
)
def test_high_needs_more_than_a_number(parts, level):
    proposal = proposed_level(95, [group(**parts)])
    assert (proposal.level, proposal.by_value, proposal.capped) == (level, "high", level != "high")


def test_three_tactics_open_the_gate():
    tactics = ["discovery", "execution", "persistence"]
    members = [group(key=t, tactic=t, outcome="blocked") for t in tactics]
    assert proposed_level(80, members).level == "high"
    assert proposed_level(80, members[:2]).level == "medium"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"direction": "inbound"}, "Capped at medium: inbound attempt, no sign of success."),
        ({"outcome": "blocked"}, "Capped at medium: everything was blocked and there is no sign of success."),
        (
            {"direction": "unknown"},
            "Capped at medium: not known to come from an internal host, no sign of success.",
        ),
    ],
)
def test_a_cap_says_why_in_both_languages(parts, said):
    reason = proposed_level(95, [group(**parts)]).reasons[-1]
    assert reason.en == said
    assert reason.ja.startswith("「中」を上限としました")


@given(st.floats(0, 100), st.floats(0, 100), st.sampled_from(["inbound", "outbound", "local"]))
def test_a_higher_value_never_gives_a_lower_level(one, other, direction):
    order = ["informational", "low", "medium", "high"]
    low, high = (proposed_level(v, [group(direction=direction)]).level for v in sorted((one, other)))
    assert order.index(low) <= order.index(high)


def test_every_tactic_has_its_name_in_both_languages():
    assert set(words.TACTICS) == set(attack.TACTICS.values())
    assert all(name.ja and name.en for name in words.TACTICS.values())
