"""One incident, determined more than once: its history replayed into clocks.

- raised: the higher clock starts; the lower one keeps running, and the call of the higher level stops it too;
- lowered before the notice: the higher clock is void, unless it was breached already: a breach stays;
- determined again at the level it has: nothing starts, because a correction must not buy time;
- lowered after the notice: nothing starts, because the contractor knows.

The terms say nothing about a second determination; these are the house's rules (register R032).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sekisho.terms.clocks import (
    NOTICE_RULES,
    Channel,
    Clock,
    ClockState,
    Determination,
    Level,
    Notice,
    judged,
    notice_clock,
)
from sekisho.terms.moments import whole_second
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST, Terms


def notice_clocks(
    determinations: Sequence[Determination],
    notices: Iterable[Notice],
    *,
    now: dt.datetime,
    terms: Terms = LATEST,
) -> tuple[ClockState, ...]:
    """Every clock that one incident's history started, in order, as known at ``now``.

    ``determinations`` in the order they were made, ``notices`` in any order. What lies after ``now`` is not
    yet known and is left out, so that the same history can be asked as of any instant. Level and start identify
    a clock within its incident, and a clock never disappears as ``now`` goes on.
    """
    asked_at = whole_second(now, "now")
    known = _in_order(determinations, asked_at)
    heard = sorted(
        (Notice(Channel(n.channel), whole_second(n.at, "notices")) for n in notices), key=lambda n: (n.at, n.channel)
    )
    runs: list[_Run] = []
    for index, determined in enumerate(known):
        if index and known[index - 1].level is determined.level:
            continue
        _void_higher(runs, determined, heard, known)
        if _needs_clock(runs, known[: index + 1], heard):
            clock = notice_clock(determined, terms=terms)
            if clock is not None:
                runs.append(_Run(clock))
    return tuple(_state(run, heard, known, asked_at) for run in runs)


@dataclass(slots=True)
class _Run:
    """A started clock while a history is replayed."""

    clock: Clock
    voided_at: dt.datetime | None = None


def _in_order(determinations: Sequence[Determination], asked_at: dt.datetime) -> list[Determination]:
    cut = [Determination(Level(d.level), whole_second(d.at, "determinations")) for d in determinations]
    if any(later.at < earlier.at for earlier, later in pairwise(cut)):
        raise BadParameter("determinations", "are not in the order they were made")
    return [d for d in cut if d.at <= asked_at]


def _void_higher(
    runs: list[_Run], lowered: Determination, heard: Sequence[Notice], known: Sequence[Determination]
) -> None:
    for run in list(runs):
        if run.clock.level.rank > lowered.level.rank and _state(run, heard, known, lowered.at).verdict == "open":
            run.voided_at = lowered.at
            if run.clock.started_at == lowered.at:
                runs.remove(run)  # it did not run for a second, and must not share its key with a later one


def _needs_clock(runs: Sequence[_Run], known: Sequence[Determination], heard: Sequence[Notice]) -> bool:
    """Whether the last of ``known`` asks for a notice that is neither given nor already awaited."""
    determined = known[-1]
    if len(known) == 1 or determined.level.rank > known[-2].level.rank:
        return True
    stretch_began = determined.at
    for earlier in reversed(known):
        if earlier.level.rank < determined.level.rank:
            break
        stretch_began = earlier.at
    states = (_state(run, heard, known, determined.at) for run in runs if run.clock.started_at >= stretch_began)
    return not any(
        state.clock.level.rank >= determined.level.rank and (state.verdict == "open" or state.stopped_at is not None)
        for state in states
    )


def _state(run: _Run, heard: Sequence[Notice], known: Sequence[Determination], asked_at: dt.datetime) -> ClockState:
    stop = None if run.voided_at else _first_stop(run.clock, heard, known, asked_at)
    return judged(run.clock, stop, asked_at, voided_at=run.voided_at)


def _first_stop(
    clock: Clock, heard: Sequence[Notice], known: Sequence[Determination], asked_at: dt.datetime
) -> Notice | None:
    for notice in heard:
        if clock.started_at <= notice.at <= asked_at and _stops(clock, notice, known):
            return notice
    return None


def _stops(clock: Clock, notice: Notice, known: Sequence[Determination]) -> bool:
    """The clock's own channel, or the call of a higher level that was in force when the call was made."""
    if notice.channel is clock.channel:
        return True
    in_force = next((d.level for d in reversed(known) if d.at <= notice.at), clock.level)
    higher = NOTICE_RULES.get(in_force)
    return higher is not None and in_force.rank > clock.level.rank and higher.channel is notice.channel
