"""Stage 3: findings that are one thing become one group; a scan of many hosts becomes one group too.

Pure. The contract is the first part of every key, each part is preceded by its length (so that
``1`` + ``10.0.0.1`` and ``11`` + ``0.0.0.1`` differ), and a finding that lacks what the key needs
is a group of its own: nothing is ever merged because two logs both say nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from sekisho.ocsf.finding import DetectionFinding, Direction, Level, Outcome
from sekisho.triage.score import Context, Score

_T = TypeVar("_T")

WINDOW_SECONDS = 3_600
SPAN_SECONDS_MAX = 86_400
SAMPLES_MAX = 5

SCAN_TARGETS_MIN = 21
SCAN_WINDOW_SECONDS = 600

_WORST_OUTCOME: tuple[Outcome, ...] = ("allowed", "detected", "unknown", "blocked")
_WORST_DIRECTION: tuple[Direction, ...] = ("outbound", "lateral", "inbound", "unknown", "local")
_WORST_LEVEL: tuple[Level, ...] = ("critical", "high", "medium", "low", "informational")

_WINDOW = dt.timedelta(seconds=WINDOW_SECONDS)
_SPAN_MAX = dt.timedelta(seconds=SPAN_SECONDS_MAX)
_SCAN_WINDOW = dt.timedelta(seconds=SCAN_WINDOW_SECONDS)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Findings under one key. ``score`` is the highest, outcome, direction and level the worst among them.

    ``samples`` are keys of up to SAMPLES_MAX findings, the first ones seen.
    ``intel_confidence`` is the highest confidence of an indicator hit, 0 without one.
    """

    key: str
    contract: str
    device: str
    rule_id: str
    rule_family: str
    internal: str | None
    external: str | None
    level: Level
    outcome: Outcome
    direction: Direction
    tactic: str | None
    success: bool
    score: float
    intel_confidence: float
    count: int
    first_at: dt.datetime
    last_at: dt.datetime
    samples: tuple[str, ...]


class Scored(msgspec.Struct, frozen=True):
    """A finding with its score and the context that it was scored in."""

    finding: DetectionFinding
    score: Score
    context: Context


def dedup_key(finding: DetectionFinding) -> str:
    """64 hex digits: same contract, device, rule, pair of addresses and outcome."""
    pair = _pair(finding) or ("alone", finding.key)
    return _digest("group", finding.contract, finding.device, finding.rule_id, *pair, finding.outcome)


def scan_key(finding: DetectionFinding) -> str | None:
    """The key that all targets of one scanning address share, or None where an address is missing."""
    if not finding.external or not finding.internal:
        return None
    return _digest("scan", finding.contract, finding.rule_family, finding.external)


def scanning(findings: Iterable[DetectionFinding]) -> frozenset[str]:
    """The scan keys under which more than 20 internal addresses were tried within 10 minutes."""
    tried: dict[str, list[tuple[dt.datetime, str]]] = defaultdict(list)
    for finding in findings:
        key = scan_key(finding)
        if key is not None and finding.direction == "inbound":
            tried[key].append((finding.time, finding.internal or ""))
    return frozenset(key for key, attempts in tried.items() if _is_scan(attempts))


def group_key(finding: DetectionFinding, scans: frozenset[str] = frozenset()) -> str:
    """Where a finding belongs: its scan if it is part of one and did no harm, else its own key."""
    scan = scan_key(finding)
    if scan in scans and finding.direction == "inbound" and not finding.success:
        return str(scan)
    return dedup_key(finding)


def start(key: str, scored: Scored) -> Group:
    """A new group of one finding."""
    finding = scored.finding
    return Group(
        key=key,
        contract=finding.contract,
        device=finding.device,
        rule_id=finding.rule_id,
        rule_family=finding.rule_family,
        internal=finding.internal,
        external=finding.external,
        level=finding.level,
        outcome=finding.outcome,
        direction=finding.direction,
        tactic=finding.tactic,
        success=scored.score.success,
        score=scored.score.value,
        intel_confidence=_confidence(scored.context),
        count=1,
        first_at=finding.time,
        last_at=finding.time,
        samples=(finding.key,),
    )


def accepts(group: Group, at: dt.datetime) -> bool:
    """Whether something at ``at`` still belongs to the group: within 60 minutes of it, 24 hours in all.

    A late event may also extend the group backwards, under the same two limits.
    """
    near = group.first_at - _WINDOW <= at <= group.last_at + _WINDOW
    return near and max(group.last_at, at) - min(group.first_at, at) <= _SPAN_MAX


def add(group: Group, scored: Scored) -> Group:
    """The group with one more finding. The caller has checked key and ``accepts``."""
    finding = scored.finding
    return msgspec.structs.replace(
        group,
        level=_worst(_WORST_LEVEL, group.level, finding.level),
        outcome=_worst(_WORST_OUTCOME, group.outcome, finding.outcome),
        direction=_worst(_WORST_DIRECTION, group.direction, finding.direction),
        tactic=group.tactic or finding.tactic,
        success=group.success or scored.score.success,
        score=max(group.score, scored.score.value),
        intel_confidence=max(group.intel_confidence, _confidence(scored.context)),
        count=group.count + 1,
        first_at=min(group.first_at, finding.time),
        last_at=max(group.last_at, finding.time),
        samples=(*group.samples, finding.key)[:SAMPLES_MAX],
    )


def grouped(findings: Iterable[Scored]) -> list[Group]:
    """All findings as groups, in order of their first event."""
    ordered = sorted(findings, key=lambda scored: (scored.finding.time, scored.finding.key))
    scans = scanning(scored.finding for scored in ordered)
    closed: list[Group] = []
    running: dict[str, Group] = {}
    for scored in ordered:
        key = group_key(scored.finding, scans)
        current = running.get(key)
        if current is not None and accepts(current, scored.finding.time):
            running[key] = add(current, scored)
            continue
        if current is not None:
            closed.append(current)
        running[key] = start(key, scored)
    return sorted([*closed, *running.values()], key=lambda g: (g.first_at, g.key))


def _pair(finding: DetectionFinding) -> tuple[str, str, str] | None:
    """The two ends: across the border where it is known, else source and destination, else unknown."""
    if finding.internal and finding.external:
        return "border", finding.internal, finding.external
    if finding.src_ip and finding.dst_ip:
        return "ends", finding.src_ip, finding.dst_ip
    return None


def _is_scan(attempts: Sequence[tuple[dt.datetime, str]]) -> bool:
    inside: Counter[str] = Counter()
    ordered = sorted(attempts)
    oldest = 0
    for at, target in ordered:
        inside[target] += 1
        while at - ordered[oldest][0] > _SCAN_WINDOW:
            gone = ordered[oldest][1]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            oldest += 1
        if len(inside) >= SCAN_TARGETS_MIN:
            return True
    return False


def _worst(order: Sequence[_T], one: _T, other: _T) -> _T:
    return min(one, other, key=order.index)


def _confidence(context: Context) -> float:
    return context.threat_intel.confidence if context.threat_intel else 0.0


def _digest(*parts: str) -> str:
    packed = b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)
    return hashlib.sha256(packed).hexdigest()
