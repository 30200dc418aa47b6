"""What time it is. The only place that asks the machine.

Actions and jobs ask ``now()``; rules never do, they are told. A test or a rehearsal moves the hand
with ``standing_at``; nothing else in the platform can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Clock(Protocol):
    def now(self) -> dt.datetime:
        """The instant, aware, in UTC, to the microsecond."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class StandingClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = _aware(at)

    def now(self) -> dt.datetime:
        return self._at

    def move_to(self, at: dt.datetime) -> None:
        self._at = _aware(at)

    def advance(self, **step: float) -> None:
        """Go forward by the arguments of ``timedelta``."""
        self._at += dt.timedelta(**step)


_clock: Clock = SystemClock()


def now() -> dt.datetime:
    """The instant by this process's clock."""
    return _clock.now()


@contextmanager
def standing_at(at: dt.datetime) -> Iterator[StandingClock]:
    """Inside the block the process's clock stands at ``at`` and moves only by the hand that is given."""
    global _clock
    before, hand = _clock, StandingClock(at)
    _clock = hand
    try:
        yield hand
    finally:
        _clock = before


def _aware(at: dt.datetime) -> dt.datetime:
    if at.tzinfo is None:
        raise ValueError(f"an instant needs its offset: {at.isoformat()}")
    return at.astimezone(dt.UTC)
