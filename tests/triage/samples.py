"""Findings and groups with only the parts a test speaks about; the rest is the same everywhere."""

from __future__ import annotations

import datetime as dt

from sekisho.ocsf.finding import DetectionFinding
from sekisho.triage import Group

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def finding(**parts: object) -> DetectionFinding:
    defaults: dict[str, object] = {
        "contract": "SK100001",
        "device": "UTM100001",
        "batch": "UTM100001/eve/0",
        "record": 0,
        "time": NOON,
        "received_at": NOON,
        "rule_source": "device",
        "rule_id": "1:2000001",
        "rule_title": "a rule",
        "rule_family": "trojan-activity",
        "level": "medium",
        "outcome": "detected",
        "direction": "inbound",
        "internal": "192.168.1.10",
        "external": "203.0.113.9",
    }
    return DetectionFinding(**{**defaults, **parts})


def group(**parts: object) -> Group:
    defaults: dict[str, object] = {
        "key": "k",
        "contract": "SK100001",
        "device": "UTM100001",
        "rule_id": "1:2000001",
        "rule_family": "trojan-activity",
        "internal": "192.168.1.10",
        "external": "203.0.113.9",
        "level": "medium",
        "outcome": "detected",
        "direction": "inbound",
        "tactic": None,
        "success": False,
        "score": 47.0,
        "intel_confidence": 0.0,
        "count": 1,
        "first_at": NOON,
        "last_at": NOON,
        "samples": ("s",),
    }
    return Group(**{**defaults, **parts})


def groups(*scores: float, **parts: object) -> list[Group]:
    return [group(key=str(number), score=score, **parts) for number, score in enumerate(scores)]
