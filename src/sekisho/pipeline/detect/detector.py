"""``Detector``: a table of events in, findings out, and what they count for in correlations.

No state between batches, no I/O, no clock; for many threads. What is counted over time is ``sight.Correlator``'s.

The same events give the same findings with the same keys, however often and in whatever batches they
come, so a batch may be run again after a failure. Nothing that a log line contains can raise here.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect import device_alerts, record
from sekisho.pipeline.detect.correlation import Seen
from sekisho.pipeline.detect.evaluate import Engine
from sekisho.pipeline.detect.indicators import LEVELS, Hit, Indicators
from sekisho.pipeline.detect.rule import Problem, Rule, RuleSet
from sekisho.pipeline.detect.sight import Sights
from sekisho.pipeline.detect.sigma_load import load

SHIPPED_RULES = Path(__file__).parent / "rules"


def shipped_rules() -> RuleSet:
    """The Sigma rules that come with the platform."""
    return load(SHIPPED_RULES)


class Detected(NamedTuple):
    """What one table gave: findings, and what rules of correlations saw."""

    findings: list[DetectionFinding]
    seen: list[Seen]


class Detector:
    """Rules and indicators, ready to run. ``homes`` tells internal from external per device (default: private)."""

    def __init__(
        self,
        rules: RuleSet | None = None,
        homes: record.Homes | None = None,
        indicators: Indicators | None = None,
    ) -> None:
        self._indicators = indicators
        self.rules = rules if rules is not None else shipped_rules()
        self._homes = homes or {}
        self._engine = Engine(self.rules.rules)
        self._sights = Sights(self.rules.correlations)

    @property
    def unfirable(self) -> list[tuple[str, tuple[str, ...]]]:
        """(rule id, reasons) of every rule that can't fire on our columns."""
        return self.rules.unfirable

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.rules.problems

    def findings(self, events: pa.Table) -> list[DetectionFinding]:
        """``detect`` without what is counted over time."""
        return self.detect(events).findings

    def detect(self, events: pa.Table) -> Detected:
        """Findings of the device's own alerts, of the Sigma rules, of the indicators; each in the order of the rows.

        ``events`` has the columns of ``sekisho.ocsf.columns.EVENT_SCHEMA``.
        """
        events = events.combine_chunks()
        matches = self._engine.matches(events)
        by_rule = self._sigma_findings(events, matches)
        reported = [finding for (_, rule), finding in zip(matches, by_rule, strict=True) if rule.reported]
        found = device_alerts.findings(events, self._homes) + reported
        if self._indicators is not None:
            found += self._indicator_findings(events)
        return Detected(found, self._seen(events, matches, by_rule))

    def _indicator_findings(self, events: pa.Table) -> list[DetectionFinding]:
        """One finding for each row and indicator, in whatever columns it is."""
        hits = {(hit.row, hit.indicator): hit for hit in self._indicators.hits(events)} if self._indicators else {}
        if not hits:
            return []
        rows = events.select(record.COLUMNS).take(pa.array([row for row, _ in hits], pa.int64()))
        days = [moment.date() for moment in rows["received_at"].cast(pa.timestamp("s"), safe=False).to_pylist()]
        parts = [_indicator_parts(hit, day) for hit, day in zip(hits.values(), days, strict=True)]
        return record.findings(rows, parts, self._homes)

    def _sigma_findings(self, events: pa.Table, matches: Sequence[tuple[int, Rule]]) -> list[DetectionFinding]:
        if not matches:
            return []
        rows = events.select(record.COLUMNS).take(pa.array([row for row, _ in matches], pa.int64()))
        return record.findings(rows, [_rule_parts(rule) for _, rule in matches], self._homes)

    def _seen(
        self, events: pa.Table, matches: Sequence[tuple[int, Rule]], findings: Sequence[DetectionFinding]
    ) -> list[Seen]:
        """Rule by rule, because each has its own fields."""
        by_rule: dict[str, list[tuple[int, DetectionFinding]]] = defaultdict(list)
        for (row, rule), finding in zip(matches, findings, strict=True):
            if self._sights.counts(rule.id):
                by_rule[rule.id].append((row, finding))
        seen: list[Seen] = []
        for rule_id, its in by_rule.items():
            rows = events.select(sorted(self._sights.columns)).take(pa.array([row for row, _ in its], pa.int64()))
            seen += self._sights.of(rule_id, rows, [finding for _, finding in its])
        return seen


def _indicator_parts(hit: Hit, day: dt.date) -> Mapping[str, Any]:
    indicator = hit.indicator
    left = indicator.confidence_on(day)
    return {
        "rule_source": "indicator",
        "rule_id": f"indicator:{indicator.kind}:{indicator.value}",
        "rule_title": f"Known bad {indicator.kind}: {indicator.value}",
        "rule_family": f"indicator:{indicator.kind}",
        "level": next(level for least, level in LEVELS if left >= least),
    }


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
