"""The device's own alerts: what Suricata and its like already judged becomes a finding of its own.

Always on, whatever rules a contract has. The level follows ``severity_id``, where the word of the
signature's author already went before the product's; messages of the engine about itself and about
broken packets are information, never more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from sekisho.ocsf.classes import DETECTION_FINDING
from sekisho.ocsf.finding import DetectionFinding, Level
from sekisho.pipeline.detect import attack, record
from sekisho.pipeline.detect.evaluate import routed
from sekisho.pipeline.detect.expression import Route

ENGINE_SIDS = range(2_200_000, 2_300_000)
"""Suricata's own decoder, stream and protocol events."""

_LEVEL: Mapping[int, Level] = {
    1: "informational",
    2: "low",
    3: "medium",
    4: "high",
    5: "critical",
    6: "critical",
}

SUCCESS_CATEGORIES = frozenset(
    {
        "successful administrator privilege gain",
        "successful user privilege gain",
        "successful credential theft detected",
        "information leak",
        "large scale information leak",
        "denial of service",
    }
)
"""Descriptions of Suricata's classtypes successful-admin, -user, -recon-limited, -recon-largescale, -dos
and credential-theft: the attack is over and it worked."""

SUCCESS_TITLE = " ATTACK_RESPONSE "
"""Signatures about what a host says only after an attack on it has worked."""

_CATEGORY_TACTIC = {
    "malware command and control activity detected": "command-and-control",
    "domain observed used for c2 detected": "command-and-control",
    "detection of a network scan": "reconnaissance",
    "web application attack": "initial-access",
    "exploit kit activity detected": "initial-access",
    "successful credential theft detected": "credential-access",
    "crypto currency mining activity detected": "impact",
}
"""Only classtypes whose tactic is beyond doubt: three tactics open the gate to High."""

_COLUMNS = (
    "metadata.product.name",
    "severity_id",
    "signature.gid",
    "finding_info.title",
    "finding_info.analytic.uid",
    "finding_info.analytic.category",
    "finding_info.attacks.tactic.uid",
    "finding_info.attacks.tactic.name",
    "finding_info.attacks.technique.uid",
)


def findings(events: pa.Table, homes: record.Homes) -> list[DetectionFinding]:
    """One finding for every alert among the events."""
    numbers = routed(events, Route((DETECTION_FINDING,)))
    if not len(numbers):
        return []
    rows = events.select([*record.COLUMNS, *_COLUMNS]).take(numbers)
    return record.findings(rows, _rule_parts(rows), homes)


def _rule_parts(rows: pa.Table) -> Iterator[Mapping[str, Any]]:
    """A few signatures make most alerts, so each distinct one is worked out once."""
    known: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for values in zip(*(rows[name].to_pylist() for name in _COLUMNS), strict=True):
        if values not in known:
            known[values] = _signature(dict(zip(_COLUMNS, values, strict=True)))
        yield known[values]


def _signature(alert: Mapping[str, Any]) -> Mapping[str, Any]:
    title = alert["finding_info.title"] or ""
    category = alert["finding_info.analytic.category"] or ""
    product = (alert["metadata.product.name"] or "unknown").lower()
    uid = alert["finding_info.analytic.uid"] or title or "unknown"
    gid = alert["signature.gid"]
    return {
        "rule_source": "device",
        "rule_id": f"{product}:{uid}" if gid is None else f"{product}:{gid}:{uid}",
        "rule_title": title or uid,
        "rule_family": category or product,
        "level": _level(alert),
        "tactic": _tactic(alert, category),
        "technique": attack.technique(alert["finding_info.attacks.technique.uid"]),
        "success": category.lower() in SUCCESS_CATEGORIES or SUCCESS_TITLE in f" {title} ",
    }


def _level(alert: Mapping[str, Any]) -> Level:
    uid = alert["finding_info.analytic.uid"] or ""
    if uid.isascii() and uid.isdigit() and len(uid) < 10 and int(uid) in ENGINE_SIDS:
        return "informational"
    return _LEVEL.get(alert["severity_id"], "medium")


def _tactic(alert: Mapping[str, Any], category: str) -> str | None:
    told = attack.tactic(alert["finding_info.attacks.tactic.uid"], alert["finding_info.attacks.tactic.name"])
    return told or _CATEGORY_TACTIC.get(category.lower())
