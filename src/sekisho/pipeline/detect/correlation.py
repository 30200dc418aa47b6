"""A Sigma correlation as the windows see it: what is counted, by what, within how long. Pure data.

Times are microseconds since 1970 in UTC. The contract is the first part of every key: what happened
to one contractor is never counted together with what happened to another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from sekisho.ocsf.finding import DetectionFinding, Level
from sekisho.pipeline.detect.expression import Field

Kind = Literal[
    "event_count", "value_count", "value_sum", "value_avg", "value_median", "value_percentile",
    "temporal", "temporal_ordered",
]  # fmt: skip
Comparison = Literal["gte", "gt", "eq", "lt", "lte", "neq"]

COUNT_MAX = 10_000
"""More than this a window does not hold, so a rule that asks for more could never fire."""
VALUES_MAX = 2_000
"""The same for windows of which not only the number of entries is asked."""
TIMESPAN_SECONDS_MAX = 31 * 86_400


class Term(msgspec.Struct, frozen=True):
    """An extended condition: all or any of rules and further terms."""

    every: bool
    parts: tuple[str | Term, ...]


class Member(msgspec.Struct, frozen=True):
    """Of one rule of a correlation: where the values of its key lie in that rule's rows, and the counted value.

    For a rule that is a correlation itself, ``inherited`` says which parts of that one's key make the key.
    """

    rule: str
    key: tuple[Field, ...] = ()
    value: tuple[Field, ...] = ()
    inherited: tuple[int, ...] | None = None


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """``rules`` are ids, in the order that ``temporal_ordered`` asks for. ``number`` is compared by ``comparison``.

    For the temporal kinds ``number`` is how many different rules have to be seen, unless there is a ``term``.
    """

    id: str
    title: str
    level: Level
    family: str
    tactic: str | None
    technique: str | None
    path: Path
    kind: Kind
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    timespan_seconds: int
    comparison: Comparison
    number: float
    percentile: float = 50.0
    term: Term | None = None
    members: tuple[Member, ...] = ()
    reported: bool = True
    """Whether its firings are findings, or only count for another correlation."""


class Sighting(msgspec.Struct, frozen=True):
    """One event that counts for one correlation. ``batch`` and ``record`` tell which line it was."""

    correlation: str
    contract: str
    key: tuple[str, ...]
    rule: str
    at: int
    batch: str
    record: int
    value: str | None = None

    @property
    def order(self) -> tuple[int, str, int, str]:
        """By time; what is of one instant in an order that does not depend on who came first."""
        return self.at, self.batch, self.record, self.rule

    @property
    def place(self) -> Place:
        return self.correlation, self.contract, self.key


Place = tuple[str, str, tuple[str, ...]]
"""Correlation, contract, and the values that are grouped by: what has a window of its own."""


class Seen(msgspec.Struct, frozen=True):
    """A sighting with the finding of its line, from which the correlation's own finding is made."""

    sighting: Sighting
    finding: DetectionFinding


class Firing(msgspec.Struct, frozen=True):
    """A window that met its condition: its last instant, the sighting that completed it, and what was measured."""

    correlation: str
    contract: str
    key: tuple[str, ...]
    at: int
    batch: str
    record: int
    measured: float

    @property
    def place(self) -> Place:
        return self.correlation, self.contract, self.key
