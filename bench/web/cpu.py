"""CPU seconds of a process and all below it, from /proc: threads and children that have ended too."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time, in steps of a clock tick (10 ms)."""
    return sum(map(_own_seconds, family_of(pid)))


def family_of(pid: int) -> set[int]:
    """The process and its descendants that are alive."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        children.setdefault(int(_fields(stat)[1]), []).append(int(stat.parent.name))
    found, new = set(), [pid]
    while new:
        found.update(new)
        new = [child for one in new for child in children.get(one, [])]
    return found


def _own_seconds(pid: int) -> float:
    """Of its threads, and of its children that have ended and were waited for."""
    return sum(map(int, _fields(PROC / str(pid) / "stat")[11:15])) / CLOCK_TICKS


def _fields(stat: Path) -> list[str]:
    """What stands after the name in brackets; of a process that has just ended, zeros."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 15
