"""When a schedule holds, in the kernel's time: Japan's hours and days as UTC matches for nftables. Pure.

The kernel compares ``meta hour`` in UTC, and Japan has no summer time, so that the shift is nine hours for ever. A
window from Monday 05:00 to 10:00 in Tokyo begins on Sunday at 20:00 UTC and is two windows here. ``nft`` itself must
run with TZ=UTC, or it shifts once more.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sekisho_edge.render.expressions import Expression, match, meta, one_of
from sekisho_wire.policy import Once, Schedule, Weekly

JAPAN_AHEAD_MINUTES = 9 * 60
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As the kernel counts them: Sunday is 0."""

Window = list[Expression]


def windows(schedule: Schedule) -> list[Window]:
    """Matches, any of which says that the schedule holds now."""
    return [*_weekly_windows(schedule.weekly), *map(_once, schedule.once)]


def utc_spans(weekly: tuple[Weekly, ...]) -> list[tuple[int, int]]:
    """Minutes of the UTC week (Sunday 00:00 is 0) in which any of these holds; ends are outside, spans don't touch."""
    spans = []
    for one in weekly:
        for day in one.days:
            start = _DAYS.index(day) * DAY_MINUTES + _minutes(one.start)
            length = (_minutes(one.end) - _minutes(one.start)) % DAY_MINUTES or DAY_MINUTES
            spans += _wrapped((start - JAPAN_AHEAD_MINUTES) % WEEK_MINUTES, length)
    return _joined(spans)


def _weekly_windows(weekly):
    """One window for all days that have the same hours."""
    days = defaultdict(list)
    for start, end in utc_spans(weekly):
        for day in range(start // DAY_MINUTES, (end - 1) // DAY_MINUTES + 1):
            midnight = day * DAY_MINUTES
            hours = max(start, midnight) - midnight, min(end, midnight + DAY_MINUTES) - midnight
            days[hours].append(day)
    return [_window(sorted(on), *hours) for hours, on in sorted(days.items())]


def _window(days, start, end):
    window = [] if len(days) == 7 else [match(meta("day"), one_of(days))]
    if (start, end) != (0, DAY_MINUTES):
        # The range includes its last second.
        window.append(match(meta("hour"), {"range": [_clock(start * 60), _clock(end * 60 - 1)]}))
    return window


def _once(once: Once):
    return [match(meta("time"), _utc(once.start), ">="), match(meta("time"), _utc(once.end), "<")]


def _utc(moment):
    return str(datetime.fromisoformat(moment) - timedelta(minutes=JAPAN_AHEAD_MINUTES))


def _minutes(clock):
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(seconds):
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _wrapped(start, length):
    """A span that goes past the end of the week goes on at its beginning."""
    end = start + length
    if end <= WEEK_MINUTES:
        return [(start, end)]
    return [(start, WEEK_MINUTES), (0, end - WEEK_MINUTES)]


def _joined(spans):
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
