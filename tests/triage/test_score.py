from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.triage import Context, ThreatIntel, Verdicts, alert_score
from sekisho.triage.score import (
    DIRECTION_FACTOR,
    OUTCOME_FACTOR,
    PRIOR,
    SUCCESS_FLOOR,
    intel_factor,
    precision_factor,
)

from .samples import finding

LISTED = ThreatIntel(confidence=0.9)
TEN_PERCENT = Verdicts(true_positives=5, false_positives=45)


@pytest.mark.parametrize(
    ("level", "outcome", "direction", "context", "expected"),
    [
        ("critical", "blocked", "inbound", Context(), 48.7),
        ("high", "blocked", "inbound", Context(), 11.9),
        ("critical", "blocked", "outbound", Context(), 65.5),
        ("critical", "blocked", "outbound", Context(threat_intel=LISTED, criticality=4), 93.4),
        ("critical", "detected", "inbound", Context(), 95.0),
        ("high", "allowed", "outbound", Context(), 89.0),
        ("high", "allowed", "outbound", Context(contract_verdicts=TEN_PERCENT), 61.9),
        ("medium", "allowed", "outbound", Context(), 72.7),
        ("medium", "allowed", "outbound", Context(threat_intel=LISTED), 90.8),
        ("low", "allowed", "outbound", Context(first_time=True), 54.5),
        ("informational", "allowed", "outbound", Context(), 13.6),
    ],
)
def test_the_design_s_sanity_run_comes_out(level, outcome, direction, context, expected):
    score = alert_score(finding(level=level, outcome=outcome, direction=direction), context)
    assert round(score.value, 1) == expected


@pytest.mark.parametrize(("level", "prior"), PRIOR.items())
def test_without_circumstances_the_score_is_the_level_s_prior(level, prior):
    assert alert_score(finding(level=level, outcome="unknown", direction="unknown")).value == pytest.approx(100 * prior)


def test_evidence_of_success_never_falls_below_the_floor_even_when_blocked_and_expected():
    score = alert_score(finding(level="informational", outcome="blocked", success=True), Context(expected=True))
    assert score.value == SUCCESS_FLOOR
    assert score.factors[-1].name == "floor"


def test_what_the_customer_expects_scores_a_tenth_of_the_odds():
    plain, expected = alert_score(finding()), alert_score(finding(), Context(expected=True))
    assert _odds(expected.value) == pytest.approx(_odds(plain.value) / 10)


@pytest.mark.parametrize(
    ("hits", "confidence", "switch", "outcome", "direction", "success"),
    [
        (3, 0.8, True, "blocked", "outbound", True),
        (2, 0.8, True, "blocked", "outbound", False),
        (3, 0.79, True, "blocked", "outbound", False),
        (3, 0.8, False, "blocked", "outbound", False),
        (3, 0.8, True, "detected", "outbound", False),
        (3, 0.8, True, "blocked", "inbound", False),
    ],
)
def test_a_host_that_keeps_calling_a_listed_peer_is_taken_as_infected(
    hits, confidence, switch, outcome, direction, success
):
    context = Context(threat_intel=ThreatIntel(confidence), blocked_c2_hits=hits, repeated_c2_is_success=switch)
    assert alert_score(finding(outcome=outcome, direction=direction), context).success is success


def test_an_indicator_loses_half_its_weight_in_thirty_days():
    assert intel_factor(ThreatIntel(1.0, 0)) == 4.0
    assert intel_factor(ThreatIntel(1.0, 30)) == 2.5
    assert intel_factor(ThreatIntel(0.0, 0)) == 1.0


def test_the_contract_s_own_judgements_go_before_everybody_s():
    mostly_right = Verdicts(true_positives=900, false_positives=100)
    own = Context(contract_verdicts=TEN_PERCENT, global_verdicts=mostly_right)
    few = Context(contract_verdicts=Verdicts(0, 19), global_verdicts=mostly_right)
    assert _factor(own, "precision").multiplier == 0.2
    assert _factor(few, "precision").multiplier == 5.0
    assert _factor(Context(global_verdicts=Verdicts(1, 2)), "precision") is None


def test_precision_stays_within_its_bounds_and_never_divides_by_zero():
    assert precision_factor(Verdicts(0, 0)) == 1.0
    assert precision_factor(Verdicts(10_000, 0)) == 5.0
    assert precision_factor(Verdicts(0, 10_000)) == 0.2


def test_every_factor_is_a_sentence_in_both_languages_without_open_placeholders():
    context = Context(threat_intel=LISTED, criticality=4, contract_verdicts=TEN_PERCENT, first_time=True, expected=True)
    for factor in alert_score(finding(success=True), context).factors:
        assert factor.words.ja.endswith("。") and factor.words.en.endswith(".")
        assert "{" not in factor.words.ja + factor.words.en


CONTEXTS = st.builds(
    Context,
    threat_intel=st.none() | st.builds(ThreatIntel, st.floats(0, 1), st.floats(0, 1e6)),
    criticality=st.integers(1, 4),
    contract_verdicts=st.builds(Verdicts, st.integers(0, 10**6), st.integers(0, 10**6)),
    global_verdicts=st.builds(Verdicts, st.integers(0, 10**6), st.integers(0, 10**6)),
    first_time=st.booleans(),
    expected=st.booleans(),
    blocked_c2_hits=st.integers(0, 100),
)
FINDINGS = st.builds(
    finding,
    level=st.sampled_from(list(PRIOR)),
    outcome=st.sampled_from(list(OUTCOME_FACTOR)),
    direction=st.sampled_from(list(DIRECTION_FACTOR)),
    success=st.booleans(),
)


@given(FINDINGS, CONTEXTS)
def test_a_score_is_bounded_and_its_points_add_up_to_it(seen, context):
    score = alert_score(seen, context)
    assert 1.0 <= score.value <= 99.0
    assert math.fsum(factor.points for factor in score.factors) == pytest.approx(score.value)
    for factor in score.factors[1:]:
        assert factor.name in ("floor", "clamp") or factor.points * math.log(factor.multiplier) >= 0


@given(CONTEXTS, st.sampled_from(list(OUTCOME_FACTOR)), st.sampled_from(list(DIRECTION_FACTOR)))
def test_a_higher_level_never_scores_less(context, outcome, direction):
    levels = sorted(PRIOR, key=PRIOR.__getitem__)
    scores = [alert_score(finding(level=x, outcome=outcome, direction=direction), context).value for x in levels]
    assert scores == sorted(scores)


@given(FINDINGS, CONTEXTS, st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_and_a_more_important_asset_never_score_less(seen, context, one, other):
    low, high = sorted((one, other))

    def with_(confidence: float, criticality: int) -> float:
        parts = {name: getattr(context, name) for name in context.__struct_fields__}
        parts |= {"threat_intel": ThreatIntel(confidence), "criticality": criticality}
        return alert_score(seen, Context(**parts)).value

    assert with_(low, 1) <= with_(high, 1) + 1e-9 <= with_(high, 4) + 2e-9


def _odds(value: float) -> float:
    return value / (100 - value)


def _factor(context: Context, name: str):
    return next((f for f in alert_score(finding(), context).factors if f.name == name), None)
