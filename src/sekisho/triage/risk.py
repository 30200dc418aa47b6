"""Stages 4 and 5: the risk of one internal host over its groups, and when it becomes an incident's candidate.

Pure; ``now`` is an argument. The strongest group dominates and the rest fade fast, so that a lone
critical is never hidden and a scanner's five hundred alerts never outweigh it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from sekisho.triage import words
from sekisho.triage.group import Group
from sekisho.triage.words import Words

RISK_WINDOW_HOURS = 24
BREADTH_WINDOW_DAYS = 7
TAIL_WEIGHT = 0.3
TAIL_EXPONENT = 1.5
RISK_MAX = 100.0
CONTRIBUTIONS_SHOWN_MAX = 10

PROMOTE_RISK_MIN = 50.0
PROMOTE_SCORE_MIN = 75.0
PROMOTE_CONFIDENCE_MIN = 0.8
BREADTH_TACTICS_MIN = 3
BREADTH_FAMILIES_MIN = 4

JOIN_HOURS = 24
REOPEN_DAYS = 7

Joining = Literal["no", "join", "reopen", "attach"]
Verdict = Literal["true_positive", "false_positive", "expected"]


class Contribution(msgspec.Struct, frozen=True):
    """What one group adds to the risk, in points."""

    key: str
    score: float
    points: float


class EntityRisk(msgspec.Struct, frozen=True):
    """``value`` is 0..100; the largest CONTRIBUTIONS_SHOWN_MAX contributions explain it."""

    value: float
    contributions: tuple[Contribution, ...]


class Promotion(msgspec.Struct, frozen=True):
    """``candidate`` says that a person should look at this as an incident, for every one of ``reasons``."""

    candidate: bool
    risk: EntityRisk
    reasons: tuple[Words, ...]


class KnownIncident(msgspec.Struct, frozen=True, kw_only=True):
    """What joining needs to know of an incident that already exists."""

    contract: str
    internals: frozenset[str]
    externals: frozenset[tuple[str, str]]
    """Pairs of external address and tactic."""
    last_at: dt.datetime
    closed_at: dt.datetime | None = None
    verdict: Verdict | None = None


def risk_of(scores: Iterable[float]) -> float:
    """A(1) + 0.3 * sum of A(i) / i^1.5 over scores in descending order, at most 100; 0 for none."""
    return min(sum(_points(scores)), RISK_MAX)


def entity_risk(groups: Iterable[Group], now: dt.datetime) -> EntityRisk:
    """The risk over distinct groups that were active in the 24 hours before ``now``."""
    active = _distinct(_active(groups, now, dt.timedelta(hours=RISK_WINDOW_HOURS)))
    points = _points(group.score for group in active)
    contributions = [Contribution(g.key, g.score, p) for g, p in zip(active, points, strict=True)]
    return EntityRisk(min(sum(points), RISK_MAX), tuple(contributions[:CONTRIBUTIONS_SHOWN_MAX]))


def promotion(groups: Sequence[Group], now: dt.datetime) -> Promotion:
    """Whether the groups of one internal host make a candidate incident at ``now``, and why."""
    risk = entity_risk(groups, now)
    recent = list(_active(groups, now, dt.timedelta(hours=RISK_WINDOW_HOURS)))
    reasons = (*_risk_reasons(risk, recent), *_intel_reasons(recent), *_breadth_reasons(groups, now))
    return Promotion(bool(reasons), risk, reasons)


def joining(group: Group, incident: KnownIncident, now: dt.datetime) -> Joining:
    """How a group meets an existing incident.

    ``join`` an open one; ``reopen`` one closed as real within 7 days; ``attach`` silently, counting
    only, to one closed within 7 days as false or expected; ``no`` otherwise.
    """
    if not _related(group, incident):
        return "no"
    if incident.closed_at is None:
        return "join" if _near(group, incident) else "no"
    if now - incident.closed_at > dt.timedelta(days=REOPEN_DAYS) or incident.verdict is None:
        return "no"
    return "reopen" if incident.verdict == "true_positive" else "attach"


def tactics_of(groups: Iterable[Group]) -> frozenset[str]:
    return frozenset(group.tactic for group in groups if group.tactic)


def _points(scores: Iterable[float]) -> list[float]:
    ordered = sorted(scores, reverse=True)
    return ordered[:1] + [TAIL_WEIGHT * a / i**TAIL_EXPONENT for i, a in enumerate(ordered[1:], start=2)]


def _active(groups: Iterable[Group], now: dt.datetime, window: dt.timedelta) -> Iterable[Group]:
    """Groups whose last event is at most ``window`` old. A device's clock ahead of ours is no reason to drop."""
    return (group for group in groups if now - group.last_at <= window)


def _distinct(groups: Iterable[Group]) -> list[Group]:
    """One group a key, the strongest, in descending order of score."""
    ordered = sorted(groups, key=lambda g: (-g.score, g.key, g.first_at))
    return list({group.key: group for group in reversed(ordered)}.values())[::-1]


def _risk_reasons(risk: EntityRisk, recent: Sequence[Group]) -> Iterable[Words]:
    if risk.value >= PROMOTE_RISK_MIN:
        yield words.PROMOTED_RISK.format(risk=round(risk.value), limit=round(PROMOTE_RISK_MIN))
    top = max((group.score for group in recent), default=0.0)
    if top >= PROMOTE_SCORE_MIN:
        yield words.PROMOTED_SCORE.format(score=round(top), limit=round(PROMOTE_SCORE_MIN))


def _intel_reasons(recent: Sequence[Group]) -> Iterable[Words]:
    through = (g.intel_confidence for g in recent if g.direction == "outbound" and g.outcome == "allowed")
    confidence = max(through, default=0.0)
    if confidence >= PROMOTE_CONFIDENCE_MIN:
        yield words.PROMOTED_INTEL.format(percent=round(100 * confidence))


def _breadth_reasons(groups: Sequence[Group], now: dt.datetime) -> Iterable[Words]:
    week = list(_active(groups, now, dt.timedelta(days=BREADTH_WINDOW_DAYS)))
    tactics, families = tactics_of(week), {group.rule_family for group in week}
    if len(tactics) >= BREADTH_TACTICS_MIN and len(families) >= BREADTH_FAMILIES_MIN:
        yield words.PROMOTED_BREADTH.format(tactics=len(tactics), families=len(families))


def _related(group: Group, incident: KnownIncident) -> bool:
    if group.contract != incident.contract:
        return False
    if group.internal is not None and group.internal in incident.internals:
        return True
    return bool(group.external and group.tactic) and (group.external, group.tactic) in incident.externals


def _near(group: Group, incident: KnownIncident) -> bool:
    return abs(group.last_at - incident.last_at) <= dt.timedelta(hours=JOIN_HOURS)
