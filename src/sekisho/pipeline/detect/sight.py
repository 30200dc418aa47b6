"""From the rows that a rule matched to what they count for, and from a firing to its finding."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect.correlation import Correlation, Firing, Member, Seen, Sighting
from sekisho.pipeline.detect.expression import Field
from sekisho.pipeline.detect.view import column_of
from sekisho.pipeline.detect.windows import Windows

SUMMARY_CHARS_MAX = 300
KEY_CHARS_MAX = 500
"""A value longer than this is cut: two that agree so far are the same attacker for us."""


class Sights:
    """Which rules count for which correlations."""

    def __init__(self, correlations: Iterable[Correlation]) -> None:
        self._members: dict[str, list[tuple[Correlation, Member]]] = defaultdict(list)
        for correlation in correlations:
            for member in correlation.members:
                if member.inherited is None:
                    self._members[member.rule].append((correlation, member))

    @property
    def columns(self) -> set[str]:
        """What the keys and values are made of."""
        fields = (f for each in self._members.values() for _, member in each for f in (*member.key, *member.value))
        return {field.column for field in fields}

    def of(self, rule: str, rows: pa.Table, findings: Sequence[DetectionFinding]) -> list[Seen]:
        """What the rows that this rule matched count for; ``findings`` are theirs, in their order.

        A row in which a part of the key is missing counts for nothing: what is not known is not the same.
        """
        count = len(findings)
        return [
            Seen(_sighting(correlation, member, finding, key, value), finding)
            for correlation, member in self._members.get(rule, ())
            for finding, key, value in zip(
                findings,
                _tuples(rows, member.key, count),
                _tuples(rows, member.value, count),
                strict=True,
            )
            if None not in key and None not in value
        ]

    def counts(self, rule: str) -> bool:
        return rule in self._members


def _sighting(
    correlation: Correlation,
    member: Member,
    finding: DetectionFinding,
    key: tuple[str | None, ...],
    value: tuple[str | None, ...],
) -> Sighting:
    at = min(finding.time, finding.received_at)
    return Sighting(
        correlation.id,
        finding.contract,
        tuple((part or "")[:KEY_CHARS_MAX] for part in key),
        member.rule,
        micros(at),
        finding.batch,
        finding.record,
        "\0".join(part or "" for part in value)[:KEY_CHARS_MAX] if value else None,
    )


def micros(instant: dt.datetime) -> int:
    """Microseconds since 1970, without a float in between."""
    return (instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _tuples(rows: pa.Table, fields: Sequence[Field], count: int) -> list[tuple[str | None, ...]]:
    """``count`` rows: a table without columns does not know how many it has."""
    if not fields:
        return [()] * count
    return list(zip(*(_texts(rows, field) for field in fields), strict=True))


def _texts(rows: pa.Table, field: Field) -> list[str | None]:
    """Of a list its values one after the other; no text and an empty text are both no value."""
    values = column_of(rows, field)
    if pa.types.is_list(values.type):
        found = [",".join(str(item) for item in items or () if item is not None) for items in values.to_pylist()]
    else:
        found = pc.cast(values, pa.string()).to_pylist()
    return [text or None for text in found]


class Correlator:
    """The windows with the rules' words: what counts in, findings out. Not for two threads at once."""

    def __init__(self, correlations: Sequence[Correlation]) -> None:
        self._rules: Mapping[str, Correlation] = {rule.id: rule for rule in correlations}
        self.windows = Windows(correlations)

    def take(self, seen: Sequence[Seen], received: dt.datetime) -> tuple[list[Firing], list[DetectionFinding]]:
        """Count these; the firings, and findings for those that are to be reported."""
        by_line = {(each.sighting.batch, each.sighting.record): each.finding for each in seen}
        firings = self.windows.take((each.sighting for each in seen), micros(received))
        return firings, [
            _finding(self._rules[firing.correlation], firing, by_line[firing.batch, firing.record])
            for firing in firings
            if self._rules[firing.correlation].reported
        ]


def _finding(rule: Correlation, firing: Firing, base: DetectionFinding) -> DetectionFinding:
    """About the line that completed the window."""
    return msgspec.structs.replace(
        base,
        rule_source="sigma",
        rule_id=rule.id,
        rule_title=rule.title,
        rule_family=rule.family,
        level=rule.level,
        tactic=rule.tactic,
        technique=rule.technique,
        success=False,
        summary=f"{said(rule, firing)}: {base.summary}"[:SUMMARY_CHARS_MAX],
    )


def said(rule: Correlation, firing: Firing) -> str:
    """What was counted, in the rule's own terms."""
    grouped = ", ".join(f"{name} {value}" for name, value in zip(rule.group_by, firing.key, strict=True))
    measured = f"{rule.kind} {firing.measured:g} in {_span(rule.timespan_seconds)}"
    return f"{measured} for {grouped}" if grouped else measured


def _span(seconds: int) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
