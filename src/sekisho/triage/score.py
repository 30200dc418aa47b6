"""Stage 2: how much one finding matters, 1 to 99, with every reason.

Pure; all numbers are starting values to be calibrated with analysts' verdicts. The rule's level
gives a prior probability; each circumstance multiplies its odds, so that factors can be learned and
replaced one by one and no pile of them can leave the scale. Nothing here raises on a valid
``DetectionFinding`` and ``Context``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated

import msgspec

from sekisho.ocsf.finding import DetectionFinding
from sekisho.triage import words
from sekisho.triage.words import Words

PRIOR = {"informational": 0.05, "low": 0.21, "medium": 0.47, "high": 0.73, "critical": 0.95}
OUTCOME_FACTOR = {"blocked": 0.05, "detected": 1.0, "unknown": 1.0, "allowed": 1.5}
DIRECTION_FACTOR = {"outbound": 2.0, "lateral": 2.0, "inbound": 1.0, "local": 1.0, "unknown": 1.0}
CRITICALITY_FACTOR = {1: 0.5, 2: 1.0, 3: 1.5, 4: 2.0}

INTEL_WEIGHT = 3.0
INTEL_HALF_LIFE_DAYS = 30.0
PRECISION_JUDGED_MIN = 20
PRECISION_FACTOR_MIN, PRECISION_FACTOR_MAX = 0.2, 5.0
FIRST_TIME_FACTOR = 1.5
FIRST_TIME_DAYS = 30
EXPECTED_FACTOR = 0.1
SUCCESS_FACTOR = 4.0
SUCCESS_FLOOR = 75.0
SCORE_MIN, SCORE_MAX = 1.0, 99.0

REPEATED_C2_HITS_MIN = 3
REPEATED_C2_CONFIDENCE_MIN = 0.8


class ThreatIntel(msgspec.Struct, frozen=True):
    """The best indicator that the finding's peer matched; ``age_days`` since it was last confirmed."""

    confidence: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
    age_days: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0


class Verdicts(msgspec.Struct, frozen=True):
    """How analysts judged earlier findings of the same rule."""

    true_positives: int = 0
    false_positives: int = 0

    @property
    def judged(self) -> int:
        return self.true_positives + self.false_positives


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform knows around a finding. The defaults are neutral: each multiplies by one.

    ``expected`` is true while an unexpired judgement of the customer says that the same key is normal.
    ``blocked_c2_hits`` counts blocked outbound attempts to the same listed peer in the last hour,
    this one included; the contract may switch off (``repeated_c2_is_success``) that they count as success.
    """

    threat_intel: ThreatIntel | None = None
    criticality: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    contract_verdicts: Verdicts = Verdicts()
    global_verdicts: Verdicts = Verdicts()
    first_time: bool = False
    expected: bool = False
    blocked_c2_hits: int = 0
    repeated_c2_is_success: bool = True


NEUTRAL = Context()


class Factor(msgspec.Struct, frozen=True):
    """One reason: ``multiplier`` of the odds and ``points`` of the score (signed; all points add up to the score)."""

    name: str
    multiplier: float
    points: float
    words: Words


class Score(msgspec.Struct, frozen=True):
    """``value`` is 1..99. ``factors`` starts with the prior ("level"); the points of all sum to ``value``."""

    value: float
    success: bool
    factors: tuple[Factor, ...]


_Step = tuple[str, float, Words]


def alert_score(finding: DetectionFinding, context: Context = NEUTRAL) -> Score:
    """The score of one finding in its context. Independent of time: ages are in the context."""
    success = has_success(finding, context)
    steps = list(_steps(finding, context))
    base = _logit(PRIOR[finding.level])
    end = base + sum(math.log(multiplier) for _, multiplier, _ in steps)
    factors = [Factor("level", 1.0, _percent(base), words.BASE[finding.level])]
    slope = _mean_slope(base, end)
    factors += [Factor(name, m, slope * math.log(m), said) for name, m, said in steps]
    value = _percent(end)
    limited = _limit(value, success)
    if limited != value:
        factors.append(_limit_factor(limited - value, success))
    return Score(limited, success, tuple(factors))


def has_success(finding: DetectionFinding, context: Context = NEUTRAL) -> bool:
    """Evidence that the attack worked: the rule says so, or a host keeps calling a listed peer in vain."""
    return finding.success or repeated_contained_c2(finding, context)


def repeated_contained_c2(finding: DetectionFinding, context: Context) -> bool:
    """The device stopped every call home, but something on the host keeps calling."""
    return (
        context.repeated_c2_is_success
        and finding.outcome == "blocked"
        and finding.direction == "outbound"
        and context.threat_intel is not None
        and context.threat_intel.confidence >= REPEATED_C2_CONFIDENCE_MIN
        and context.blocked_c2_hits >= REPEATED_C2_HITS_MIN
    )


def intel_factor(intel: ThreatIntel) -> float:
    """1 to 4: what an indicator adds fades by half every INTEL_HALF_LIFE_DAYS."""
    return 1.0 + INTEL_WEIGHT * intel.confidence * 2.0 ** (-intel.age_days / INTEL_HALF_LIFE_DAYS)


def precision_factor(verdicts: Verdicts) -> float:
    """The rule's odds of being right, with one judgement of each kind assumed, kept between 0.2 and 5."""
    odds = (verdicts.true_positives + 1) / (verdicts.false_positives + 1)
    return min(max(odds, PRECISION_FACTOR_MIN), PRECISION_FACTOR_MAX)


def _steps(finding: DetectionFinding, context: Context) -> Iterable[_Step]:
    yield "outcome", OUTCOME_FACTOR[finding.outcome], words.OUTCOME[finding.outcome]
    yield "direction", DIRECTION_FACTOR[finding.direction], words.DIRECTION[finding.direction]
    if context.threat_intel is not None:
        yield _intel_step(context.threat_intel)
    yield "criticality", CRITICALITY_FACTOR[context.criticality], words.CRITICALITY[context.criticality]
    yield from _precision_step(context)
    if context.first_time:
        yield "first_time", FIRST_TIME_FACTOR, words.FIRST_TIME.format(days=FIRST_TIME_DAYS)
    if context.expected:
        yield "expected", EXPECTED_FACTOR, words.EXPECTED
    yield from _success_step(finding, context)


def _intel_step(intel: ThreatIntel) -> _Step:
    said = words.THREAT_INTEL.format(percent=round(100 * intel.confidence), days=int(intel.age_days))
    return "threat_intel", intel_factor(intel), said


def _precision_step(context: Context) -> Iterable[_Step]:
    """The contract's own experience if it is large enough, else everybody's, else nothing."""
    known = ((context.contract_verdicts, words.PRECISION_CONTRACT), (context.global_verdicts, words.PRECISION_GLOBAL))
    for verdicts, said in known:
        if verdicts.judged >= PRECISION_JUDGED_MIN:
            filled = said.format(true=verdicts.true_positives, judged=verdicts.judged)
            yield "precision", precision_factor(verdicts), filled
            return


def _success_step(finding: DetectionFinding, context: Context) -> Iterable[_Step]:
    if finding.success:
        yield "success", SUCCESS_FACTOR, words.SUCCESS
    elif repeated_contained_c2(finding, context):
        yield "success", SUCCESS_FACTOR, words.SUCCESS_BY_REPETITION.format(hits=context.blocked_c2_hits)


def _logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _percent(logit: float) -> float:
    return 100.0 / (1.0 + math.exp(-logit))


def _mean_slope(start: float, end: float) -> float:
    """Score points per unit of log-odds, averaged over the way from start to end.

    With it every factor's points are in proportion to its log-odds, do not depend on the order of
    the factors, and add up exactly to the change (integrated gradients along the straight line).
    """
    if abs(end - start) > 1e-9:
        return (_percent(end) - _percent(start)) / (end - start)
    p = _percent(start) / 100.0
    return 100.0 * p * (1.0 - p)


def _limit(value: float, success: bool) -> float:
    floor = SUCCESS_FLOOR if success else SCORE_MIN
    return min(max(value, floor), SCORE_MAX)


def _limit_factor(points: float, success: bool) -> Factor:
    if success and points > 0:
        return Factor("floor", 1.0, points, words.FLOOR.format(floor=round(SUCCESS_FLOOR)))
    return Factor("clamp", 1.0, points, words.CLAMP)
