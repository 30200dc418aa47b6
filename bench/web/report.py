"""What the measurement says: a table of pages, the machine's share, and one line with the verdict."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

P95_MS_MAX = 150


@dataclass(frozen=True, slots=True)
class Row:
    """One page; milliseconds."""

    name: str
    asked: int
    p50: float
    p95: float
    p99: float
    web_cpu: float
    database_cpu: float

    @property
    def slow(self) -> bool:
        return self.p95 >= P95_MS_MAX

    def __str__(self) -> str:
        times = f"{self.p50:>9.1f}{self.p95:>9.1f}{self.p99:>9.1f}{self.web_cpu:>10.1f}{self.database_cpu:>10.1f}"
        return f"{self.name:28}{self.asked:>8,}{times}{'  !' if self.slow else ''}"


HEAD = f"{'page':28}{'asked':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'web CPU':>10}{'PG CPU':>10}"


def rows_of(pages: dict[str, list[float]], cpu: dict[str, tuple[float, float]]) -> list[Row]:
    """A row a page, the slowest first, and one for all together."""
    found = [_row(name, times, cpu.get(name, (0.0, 0.0))) for name, times in pages.items()]
    everything = [time for times in pages.values() for time in times]
    asked = max(1, len(everything))
    web, database = (
        sum(getattr(row, part) * row.asked for row in found) / asked for part in ("web_cpu", "database_cpu")
    )
    return [*sorted(found, key=lambda row: -row.p95), _row("all", everything, (web, database))]


def _row(name: str, times: list[float], cpu: tuple[float, float]) -> Row:
    p50, p95, p99 = (percentile(sorted(times), part) for part in (0.5, 0.95, 0.99))
    return Row(name, len(times), p50, p95, p99, *cpu)


def percentile(times: list[float], part: float) -> float:
    """Of sorted times; NaN where there are none."""
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("nan")


def machine() -> str:
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "?")
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}"


def command() -> str:
    return f"python -m bench.web {' '.join(sys.argv[1:])}".strip()


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines()
