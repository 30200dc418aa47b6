"""How many questions of the terms one core answers in a second, and how long ``sekisho terms ask`` takes.

Counted in CPU time, because the wall clock of a busy machine measures its other work; the wall clock is printed
beside it. Each run asks rules through the public functions, with inputs that are made beforehand and do not
repeat within a run; an answer is a whole ``Value`` with its steps, and nothing is remembered between questions.
Prints the median of the runs, the machine and the command. Usage: python bench/terms.py [--questions N] [--runs N]
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sekisho.terms.arrears import Payment, late_interest
from sekisho.terms.minimum import TermKind, minimum_term
from sekisho.terms.values import Value

SEED = 20_160_928
TARGET_PER_SECOND = 100_000
TARGET_ASK_SECONDS = 0.3
ASKS = 15

Question = tuple[object, ...]


class Measured(NamedTuple):
    """A figure by CPU time, and the same by the wall clock."""

    cpu: float
    wall: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200_000, help="questions a run")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    pin_to_one_core()
    chance = random.Random(SEED)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{processor()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}")
    met = True
    for name, rule, questions in (
        ("minimum_term", minimum_term, minimum_terms(chance, arguments.questions)),
        ("late_interest, one payment", late_interest, interests(chance, arguments.questions, 1)),
        ("late_interest, three payments", late_interest, interests(chance, arguments.questions, 3)),
    ):
        runs = [rate(rule, questions) for _ in range(arguments.runs)]
        median, wall = (statistics.median(of) for of in zip(*runs, strict=True))
        lowest, highest = min(runs).cpu, max(runs).cpu
        spread = f"median of {arguments.runs} runs, {lowest:,.0f} to {highest:,.0f}; by the wall clock {wall:,.0f}/s"
        print(f"{name:<30} {median:>9,.0f}/s  ({spread})")
        met = met and median >= TARGET_PER_SECOND
    asks = [ask_seconds() for _ in range(ASKS)]
    asked, wall = (statistics.median(of) for of in zip(*asks, strict=True))
    fastest = min(ask.wall for ask in asks)
    spread = f"median of {ASKS}; by the wall clock {wall:.3f} s, at best {fastest:.3f} s"
    print(f"{'sekisho terms ask, process':<30} {asked:>9.3f} s  ({spread})")
    print(f"command: python bench/terms.py --questions {arguments.questions} --runs {arguments.runs}")
    met = met and asked < TARGET_ASK_SECONDS
    print(f"target of {TARGET_PER_SECOND:,}/s and {TARGET_ASK_SECONDS} s: {'met' if met else 'NOT MET'}")
    return 0 if met else 1


def pin_to_one_core() -> None:
    """So that the figure is one core's; the processes that are timed for ``ask`` share it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def minimum_terms(chance: random.Random, count: int) -> list[Question]:
    """Every kind and any day of twenty years and more, no two the same until all were asked."""
    first, kinds = dt.date(2016, 1, 1).toordinal(), list(TermKind)
    days_needed = -(-count // len(kinds))
    questions = [(kind, dt.date.fromordinal(first + n)) for n in range(days_needed) for kind in kinds]
    chance.shuffle(questions)
    return questions[:count]


def interests(chance: random.Random, count: int, payments: int) -> list[Question]:
    """Debts of 1 yen to 100 million, due on any day of twenty years, paid in parts up to three years later."""
    first = dt.date(2016, 1, 1).toordinal()
    questions: list[Question] = []
    for _ in range(count):
        principal, due = chance.randint(payments, 10**8), first + chance.randrange(7_300)
        part = principal // payments
        paid = [Payment(dt.date.fromordinal(due + chance.randrange(1_100)), part) for _ in range(payments - 1)]
        paid.append(Payment(dt.date.fromordinal(due + chance.randrange(1_100)), principal - part * (payments - 1)))
        questions.append((principal, dt.date.fromordinal(due), paid))
    return questions


def rate(rule: Callable[..., Value], questions: Sequence[Question]) -> Measured:
    """Questions a second; the last answer is looked at so that none can be left out."""
    began, began_cpu = time.perf_counter(), time.process_time()
    for question in questions:
        answer = rule(*question)
    elapsed, used = time.perf_counter() - began, time.process_time() - began_cpu
    assert answer.steps
    return Measured(len(questions) / used, len(questions) / elapsed)


def ask_seconds() -> Measured:
    """Seconds of one whole process, from its start to its end."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "terms", "ask", "surcharge", "evaded=100000"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, elapsed)


def processor() -> str:
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open() as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
