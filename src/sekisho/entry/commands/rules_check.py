"""Check Sigma rules: which load, which can't fire here and why, and what is wrong, with file and line.

example:
  sekisho rules check my-rules/
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from sekisho.pipeline.detect import RuleSet, load


def add_parser(subcommands: Any) -> argparse.ArgumentParser:
    """Adds ``check`` to the subcommands of ``sekisho rules``."""
    parser = subcommands.add_parser(
        "check",
        help="which rules load, which can't fire and why",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("places", metavar="DIR", nargs="+", type=Path, help="folder or file with Sigma rules")
    parser.add_argument("-q", "--quiet", action="store_true", help="only problems and the summary")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Exit code 0 if every rule is valid (also where some can't fire here), 1 on any error, 2 if unreadable."""
    try:
        rules = load(*arguments.places)
    except OSError as error:
        print(f"sekisho rules check: {error}", file=sys.stderr)
        return 2
    if not arguments.quiet:
        _list(rules)
    for problem in rules.problems:
        print(_printable(str(problem)))
    print(_summary(rules))
    return 1 if rules.errors else 0


def _list(rules: RuleSet) -> None:
    for rule in sorted((*rules.rules, *rules.correlations), key=lambda rule: rule.id):
        print(_printable(f"{rule.id}  {rule.level:<13}  {rule.title}"))


def _summary(rules: RuleSet) -> str:
    partial = sum(problem.kind == "partial" for problem in rules.problems)
    return (
        f"{len(rules.rules) + len(rules.correlations)} rules can fire ({partial} remarks on parts that can't), "
        f"{len(rules.unfirable)} can't, {len(rules.errors)} errors"
    )


def _printable(text: str) -> str:
    """A rule may come from anywhere: no control characters of its author reach the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
