"""Events as rows: a test names only the columns that it speaks about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.pipeline.detect import Detector, RuleSet, load

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
NETWORK, HTTP, DNS, ALERT = 4001, 4002, 4003, 2004

_ALWAYS = {
    "contract": "SK100001",
    "device": "UTM100001",
    "batch": "UTM100001/eve/0",
    "time": NOON,
    "received_at": NOON,
    "metadata.product.name": "Suricata",
    "raw": b"{}",
}


def table(*rows: Mapping[str, Any]) -> pa.Table:
    """Rows of the event table; ``record`` counts from 0."""
    filled = [{**_ALWAYS, "record": number, **row} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(filled, schema=EVENT_SCHEMA)


def http(**parts: Any) -> dict[str, Any]:
    """An HTTP row: url, method, agent, host, status, referer by short names."""
    names = {
        "url": "http_request.url.url_string",
        "method": "http_request.http_method",
        "agent": "http_request.user_agent",
        "host": "http_request.url.hostname",
        "referer": "http_request.referrer",
        "status": "http_response.code",
    }
    return {"class_uid": HTTP, **{names.get(name, name): value for name, value in parts.items()}}


def dns(query: str | None, kind: str = "A", **parts: Any) -> dict[str, Any]:
    return {"class_uid": DNS, "query.hostname": query, "query.type": kind, **parts}


def sigma(detection: Mapping[str, Any], *, number: int = 1, category: str = "proxy", **parts: Any) -> dict[str, Any]:
    """A whole rule around a detection."""
    return {
        "title": f"Rule {number}",
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "status": "test",
        "description": "for a test",
        "logsource": {"category": category},
        "detection": dict(detection),
        "level": "medium",
        **parts,
    }


def rule_set(folder: Path, rules: Iterable[Mapping[str, Any]]) -> RuleSet:
    """Rules through a file, as users have them."""
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump_all([dict(rule) for rule in rules], sort_keys=False), encoding="utf-8")
    return load(path)


def rows_found(folder: Path, detection: Mapping[str, Any], *rows: Mapping[str, Any], **parts: Any) -> list[int]:
    """Which rows one rule finds."""
    rules = rule_set(folder, [sigma(detection, **parts)])
    assert rules.problems == (), [str(problem) for problem in rules.problems]
    found = Detector(rules).findings(table(*rows))
    return [finding.record for finding in found if finding.rule_source == "sigma"]
