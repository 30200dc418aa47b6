"""Rules that are ready to run, and everything that is wrong with those that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from sekisho.ocsf.finding import Level
from sekisho.pipeline.detect.correlation import Correlation
from sekisho.pipeline.detect.expression import Expression, Route

ProblemKind = Literal["error", "unfirable", "partial"]


class Problem(msgspec.Struct, frozen=True):
    """Something a rule's author should know, with its place.

    ``error``: the file is no valid rule. ``unfirable``: valid, but it can't fire on our columns.
    ``partial``: it runs, but one of its alternatives can't fire.
    """

    kind: ProblemKind
    rule_id: str
    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.message}"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One Sigma rule, compiled. ``success`` says that a match is evidence that an attack worked.

    One that is not ``reported`` only counts for a correlation.
    """

    id: str
    title: str
    level: Level
    family: str
    tactic: str | None
    technique: str | None
    success: bool
    path: Path
    route: Route
    expression: Expression
    reported: bool = True


class RuleSet(msgspec.Struct, frozen=True):
    """All rules of some folders that can run, in the order of their ids, and every problem of the others."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    correlations: tuple[Correlation, ...] = ()

    @property
    def unfirable(self) -> list[tuple[str, tuple[str, ...]]]:
        """(rule id, reasons) of every rule that loads but can't fire."""
        reasons: dict[str, list[str]] = {}
        for problem in self.problems:
            if problem.kind == "unfirable":
                reasons.setdefault(problem.rule_id, []).append(str(problem))
        return [(rule_id, tuple(said)) for rule_id, said in sorted(reasons.items())]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.kind == "error")

    def __add__(self, other: RuleSet) -> RuleSet:
        return RuleSet(self.rules + other.rules, self.problems + other.problems, self.correlations + other.correlations)
