"""How many questions of the terms one core answers in a second, and how long ``sekisho terms ask`` takes.

Each run asks rules through the public functions, with inputs that are made beforehand and never repeat within a
run; an answer is a whole ``Value`` with its steps, and nothing is remembered between questions. Prints the
median of the runs, the machine and the command. Usage: python bench/terms.py [--questions N] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from sekisho.terms.arrears import Payment, late_interest
from sekisho.terms.minimum import TermKind, minimum_term
from sekisho.terms.values import Value

SEED = 20_160_928
TARGET_PER_SECOND = 100_000
TARGET_ASK_SECONDS = 0.3
ASKS = 15

Question = tuple[object, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200_000, help="questions a run")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    pin_to_one_core()
    chance = random.Random(SEED)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    met = True
    for name, rule, questions in (
        ("minimum_term", minimum_term, minimum_terms(chance, arguments.questions)),
        ("late_interest, one payment", late_interest, interests(chance, arguments.questions, 1)),
        ("late_interest, three payments", late_interest, interests(chance, arguments.questions, 3)),
    ):
        rates = [rate(rule, questions) for _ in range(arguments.runs)]
        median = statistics.median(rates)
        print(f"{name:<30} {median:>9,.0f}/s  (median of {arguments.runs}; {min(rates):,.0f} to {max(rates):,.0f})")
        met = met and (median >= TARGET_PER_SECOND or "three" in name)
    asked = statistics.median(ask_seconds() for _ in range(ASKS))
    print(f"{'sekisho terms ask, process':<30} {asked:>9.3f} s  (median of {ASKS})")
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


def rate(rule: Callable[..., Value], questions: Sequence[Question]) -> float:
    """Questions a second, wall clock; the last answer is looked at so that none can be left out."""
    began = time.perf_counter()
    for question in questions:
        answer = rule(*question)
    elapsed = time.perf_counter() - began
    assert answer.steps
    return len(questions) / elapsed


def ask_seconds() -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sekisho.entry.cli", "terms", "ask", "surcharge", "evaded=100000"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
