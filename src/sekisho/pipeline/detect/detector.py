"""``Detector``: a table of events in, findings out. No state between batches, no I/O, no clock.

The same events give the same findings with the same keys, however often and in whatever batches they
come, so a batch may be run again after a failure. Nothing that a log line contains can raise here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect import device_alerts, record
from sekisho.pipeline.detect.evaluate import Engine
from sekisho.pipeline.detect.rule import Problem, Rule, RuleSet
from sekisho.pipeline.detect.sigma_load import load

SHIPPED_RULES = Path(__file__).parent / "rules"


def shipped_rules() -> RuleSet:
    """The Sigma rules that come with the platform."""
    return load(SHIPPED_RULES)


class Detector:
    """Rules, ready to run. ``homes`` tells internal from external per device (default: private ranges)."""

    def __init__(self, rules: RuleSet | None = None, homes: record.Homes | None = None) -> None:
        self.rules = rules if rules is not None else shipped_rules()
        self._homes = homes or {}
        self._engine = Engine(self.rules.rules)

    @property
    def unfirable(self) -> list[tuple[str, tuple[str, ...]]]:
        """(rule id, reasons) of every rule that can't fire on our columns."""
        return self.rules.unfirable

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.rules.problems

    def findings(self, events: pa.Table) -> list[DetectionFinding]:
        """Findings of the device's own alerts, then of the Sigma rules; each in the order of the rows.

        ``events`` has the columns of ``sekisho.ocsf.columns.EVENT_SCHEMA``.
        """
        events = events.combine_chunks()
        return device_alerts.findings(events, self._homes) + self._sigma_findings(events)

    def _sigma_findings(self, events: pa.Table) -> list[DetectionFinding]:
        matches = self._engine.matches(events)
        if not matches:
            return []
        rows = events.select(record.COLUMNS).take(pa.array([row for row, _ in matches], pa.int64()))
        return record.findings(rows, [_rule_parts(rule) for _, rule in matches], self._homes)


def _rule_parts(rule: Rule) -> Mapping[str, Any]:
    return {
        "rule_source": "sigma",
        "rule_id": rule.id,
        "rule_title": rule.title,
        "rule_family": rule.family,
        "level": rule.level,
        "tactic": rule.tactic,
        "technique": rule.technique,
        "success": rule.success,
    }
