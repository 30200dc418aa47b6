"""How findings and triage groups lie in the database's rows, and back. Pure but for the row objects."""

from __future__ import annotations

import datetime as dt

import msgspec

from sekisho import triage
from sekisho.apps.contracts.models import Contract
from sekisho.ocsf.finding import DetectionFinding
from sekisho.terms.words import Words

from .models import EventGroup, Level, SecurityEvent

GROUP_COLUMNS_THAT_CHANGE = (
    "rule_level",
    "outcome",
    "direction",
    "tactic",
    "success",
    "score",
    "factors",
    "intel_confidence",
    "count",
    "first_at",
    "last_at",
    "samples",
)


_TEXTS = tuple(field.name for field in msgspec.structs.fields(DetectionFinding) if "str" in str(field.type))


def as_json(words: triage.Words | Words) -> dict[str, str]:
    return {"ja": words.ja, "en": words.en}


def factors_json(score: triage.Score) -> list[dict]:
    return [
        {"name": f.name, "multiplier": round(f.multiplier, 3), "points": round(f.points, 1), **as_json(f.words)}
        for f in score.factors
    ]


def triage_group(row: EventGroup) -> triage.Group:
    """The row as the rules of triage know it."""
    return triage.Group(
        key=row.key,
        contract=str(row.contract_id),
        device=row.device,
        rule_id=row.rule_id,
        rule_family=row.rule_family,
        internal=row.internal or None,
        external=row.external or None,
        level=row.rule_level,
        outcome=row.outcome,
        direction=row.direction,
        tactic=row.tactic or None,
        success=row.success,
        score=row.score,
        intel_confidence=row.intel_confidence,
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        samples=tuple(row.samples),
    )


def new_group(contract: Contract, key: str, scored: triage.Scored) -> EventGroup:
    """A row, not yet saved, that holds this one finding."""
    finding = scored.finding
    row = EventGroup(
        contract=contract,
        key=key,
        device=finding.device,
        rule_source=finding.rule_source,
        rule_id=finding.rule_id,
        rule_title=finding.rule_title,
        rule_family=finding.rule_family,
        technique=finding.technique or "",
        internal=finding.internal or "",
        external=finding.external or "",
        received_at=finding.received_at,
        factors=factors_json(scored.score),
        proposed_level=Level.INFORMATIONAL,
    )
    _copy(triage.start(key, scored), row)
    return row


def grow(row: EventGroup, scored: triage.Scored) -> None:
    """One more finding into the row; the factors shown are those of the highest score."""
    if scored.score.value > row.score:
        row.factors = factors_json(scored.score)
    _copy(triage.add(triage_group(row), scored), row)


def _copy(group: triage.Group, row: EventGroup) -> None:
    row.rule_level, row.outcome, row.direction = group.level, group.outcome, group.direction
    row.tactic, row.success, row.score = group.tactic or "", group.success, group.score
    row.intel_confidence, row.count = group.intel_confidence, group.count
    row.first_at, row.last_at, row.samples = group.first_at, group.last_at, list(group.samples)


def event_row(finding: DetectionFinding, score: triage.Score, group: EventGroup, now: dt.datetime) -> SecurityEvent:
    return SecurityEvent(
        key=finding.key,
        contract_id=group.contract_id,
        group=group,
        device=finding.device,
        batch=finding.batch,
        record=finding.record,
        time=finding.time,
        received_at=finding.received_at,
        recorded_at=now,
        rule_source=finding.rule_source,
        rule_id=finding.rule_id,
        rule_title=finding.rule_title,
        rule_family=finding.rule_family,
        level=finding.level,
        score=score.value,
        tactic=finding.tactic or "",
        technique=finding.technique or "",
        success=finding.success,
        outcome=finding.outcome,
        direction=finding.direction,
        internal=finding.internal or "",
        external=finding.external or "",
        src_ip=finding.src_ip or "",
        src_port=finding.src_port,
        dst_ip=finding.dst_ip or "",
        dst_port=finding.dst_port,
        protocol=finding.protocol or "",
        summary=finding.summary,
        evidence=finding.evidence,
    )


def storable(finding: DetectionFinding) -> DetectionFinding:
    """The finding as PostgreSQL can keep it: a NUL or half a surrogate pair becomes a replacement character."""
    texts = {name: value for name in _TEXTS if isinstance(value := getattr(finding, name), str)}
    changed = {name: clean for name, value in texts.items() if (clean := _storable(value)) != value}
    return msgspec.structs.replace(finding, **changed) if changed else finding


def _storable(hostile: str) -> str:
    return hostile.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
