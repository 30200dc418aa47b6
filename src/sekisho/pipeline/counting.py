"""Correlations in the loop: windows in memory, what they hold kept, so that nothing is counted twice or forgotten.

Called from the lake's lane, one batch of work after the other, after the rows are safe and before the
sink. Whatever is interrupted is done again and gives the same findings with the same keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from sekisho.lake.windows import FiringRow, SightingRow
from sekisho.ocsf.finding import DetectionFinding
from sekisho.pipeline.detect.correlation import Correlation, Firing, Seen, Sighting
from sekisho.pipeline.detect.sight import Correlator, micros
from sekisho.pipeline.detect.windows import LATE_SECONDS_MAX


class Memory(Protocol):
    """Where windows rest (``sekisho.lake.windows``)."""

    def recall(self) -> tuple[list[SightingRow], list[FiringRow]]: ...

    def keep(self, sightings: Sequence[SightingRow], firings: Sequence[FiringRow]) -> None: ...

    def forget(self, now: dt.datetime, seconds: int) -> int: ...


class Counting:
    """A correlator that remembers. LakeUnavailable passes through: call again with the same."""

    def __init__(self, correlations: Sequence[Correlation], memory: Memory) -> None:
        self._correlator = Correlator(correlations)
        self._memory = memory
        self._longest = max((rule.timespan_seconds for rule in correlations), default=0)
        self._recalled = False

    @property
    def windows(self) -> int:
        return len(self._correlator.windows)

    @property
    def overflowed(self) -> int:
        """Windows that had to make room since the start."""
        return self._correlator.windows.overflowed

    def take(self, seen: Sequence[Seen]) -> list[DetectionFinding]:
        """Count these, keep that they were counted, and return the findings of the windows that they complete."""
        if not seen:
            return []
        self._recall()
        received = max(each.finding.received_at for each in seen)
        firings, findings = self._correlator.take(seen, received)
        self._memory.keep([_sighting_row(each.sighting) for each in seen], [_firing_row(each) for each in firings])
        return findings

    def forget(self, now: dt.datetime) -> None:
        """What can't count any more, here and where it is kept."""
        self._correlator.windows.forget(micros(now))
        self._memory.forget(now, self._longest + LATE_SECONDS_MAX)

    def _recall(self) -> None:
        if not self._recalled:
            sightings, firings = self._memory.recall()
            self._correlator.windows.recall(map(_sighting, sightings), map(_firing, firings))
            self._recalled = True


def _sighting(row: SightingRow) -> Sighting:
    return Sighting(*row)


def _firing(row: FiringRow) -> Firing:
    return Firing(*row)


def _sighting_row(sighting: Sighting) -> SightingRow:
    one = sighting
    return one.correlation, one.contract, one.key, one.rule, one.at, one.batch, one.record, one.value


def _firing_row(firing: Firing) -> FiringRow:
    return firing.correlation, firing.contract, firing.key, firing.at, firing.batch, firing.record, firing.measured
