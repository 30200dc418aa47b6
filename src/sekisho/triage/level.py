"""Stage 6: the level that the machine proposes. A person decides; only that decision starts a clock.

Pure. The levels are the contract's four. High means a telephone call within minutes, so it has
gates beside its number: something that is not only an attempt must be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from sekisho.triage import words
from sekisho.triage.group import Group
from sekisho.triage.risk import tactics_of
from sekisho.triage.words import Words

ProposedLevel = Literal["high", "medium", "low", "informational"]

HIGH_MIN = 75.0
MEDIUM_MIN = 50.0
LOW_MIN = 25.0
HIGH_TACTICS_MIN = 3


class Proposal(msgspec.Struct, frozen=True):
    """``level`` after the gates, ``by_value`` before them; ``reasons`` for a person to read."""

    level: ProposedLevel
    by_value: ProposedLevel
    reasons: tuple[Words, ...]

    @property
    def capped(self) -> bool:
        return self.level != self.by_value


def level_by_value(value: float) -> ProposedLevel:
    """The level of a score or risk of 0..100, before any gate."""
    if value >= HIGH_MIN:
        return "high"
    if value >= MEDIUM_MIN:
        return "medium"
    return "low" if value >= LOW_MIN else "informational"


def proposed_level(value: float, groups: Sequence[Group]) -> Proposal:
    """The level for ``value`` (an alert's score or a host's risk, 0..100) made by these groups."""
    by_value = level_by_value(value)
    stated = words.LEVEL_BY_VALUE.format(value=round(value))
    if by_value != "high":
        return Proposal(by_value, by_value, (stated,))
    opened = tuple(_gates(groups))
    if opened:
        return Proposal("high", by_value, (stated, *opened))
    return Proposal("medium", by_value, (stated, _cap_reason(groups)))


def _gates(groups: Sequence[Group]) -> Iterable[Words]:
    """Every reason for which High may stand."""
    if any(_moving(group) for group in groups):
        yield words.HIGH_MOVING
    if any(group.success for group in groups):
        yield words.SUCCESS
    tactics = tactics_of(groups)
    if len(tactics) >= HIGH_TACTICS_MIN:
        yield words.HIGH_TACTICS.format(tactics=len(tactics))


def _moving(group: Group) -> bool:
    return group.outcome != "blocked" and group.direction in ("outbound", "lateral")


def _cap_reason(groups: Sequence[Group]) -> Words:
    if all(group.outcome == "blocked" for group in groups):
        return words.CAPPED_BLOCKED
    if all(group.direction == "inbound" for group in groups if group.outcome != "blocked"):
        return words.CAPPED_INBOUND
    return words.CAPPED_DIRECTION
