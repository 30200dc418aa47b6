"""How long a clock runs and what "in time" means: one arithmetic for every clock of the terms.

A deadline is an instant (its second still counts) or a Tokyo date (all of it counts, through 24:00). Spans of
minutes and hours run at once through nights and holidays (Civil Code 139).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

from sekisho.terms.moments import tokyo_date, whole_second
from sekisho.terms.versions import Parameters

Deadline: TypeAlias = dt.datetime | dt.date


@dataclass(frozen=True, slots=True)
class Elapsed:
    """So many seconds of elapsed time; ``parameter`` names the figure of the terms, ``unit`` is its length."""

    parameter: str
    unit: dt.timedelta

    def length(self, parameters: Parameters) -> dt.timedelta:
        return getattr(parameters, self.parameter) * self.unit


def on_time(deadline: Deadline, at: dt.datetime) -> bool:
    """Whether something done at the instant ``at`` keeps the deadline; both limits are inclusive."""
    if isinstance(deadline, dt.datetime):
        return whole_second(at) <= whole_second(deadline, "deadline")
    return tokyo_date(at) <= deadline
