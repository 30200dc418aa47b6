"""When which reminder is due. Pure: levels and what was sent in, the next level out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """``days_late`` from the due date on; ``pay_within_days`` from the letter on."""

    level: int
    days_late: int
    pay_within_days: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A level that was reached. ``decided``: sent or dropped; until then nothing follows."""

    level: int
    decided: bool
    pay_by_on: dt.date


def next_level(levels: Iterable[Level], days_late: int, reached: Iterable[Reached], on: dt.date) -> Level | None:
    """The one level that is due now: they follow in order, each after the time that the one before gave."""
    done = list(reached)
    if any(not step.decided or on <= step.pay_by_on for step in done):
        return None
    last = max((step.level for step in done), default=0)
    following = sorted((level for level in levels if level.level > last), key=lambda level: level.level)
    return following[0] if following and days_late >= following[0].days_late else None
