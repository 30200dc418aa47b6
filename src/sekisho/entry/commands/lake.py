"""Check the log lake.

``fsck`` compares every file with what the catalogue says of it: is it there, is it whole, does
reading it give as many rows. Exit code 0: sound. 1: something is wrong. 2: it could not be checked.

examples:
  sekisho lake fsck
  sekisho lake fsck --deep            decode every column of every file, too
  sekisho lake fsck --json | jq '.problems[] | select(.kind == "missing") | .path'
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict

from sekisho.lake import LakeError, Report, check

from .logs_search import lake_settings
from .printing import printable

PROBLEMS_SHOWN_MAX = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    fsck = subcommands.add_parser(
        "fsck",
        help="is every row there that should be",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fsck.add_argument("--deep", action="store_true", help="decode every column of every file")
    fsck.add_argument("--json", action="store_true", help="one JSON object")
    fsck.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")


def run(arguments: argparse.Namespace) -> int:
    try:
        report = check(lake_settings(arguments.var), dt.datetime.now(dt.UTC), deep=arguments.deep)
    except LakeError as error:
        print(f"sekisho lake fsck: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps({**asdict(report), "sound": report.sound}))
    else:
        _print(report)
    return 0 if report.sound else 1


def _print(report: Report) -> None:
    for problem in report.problems[:PROBLEMS_SHOWN_MAX]:
        print(printable(f"{problem.kind:<8} {problem.path}: {problem.detail}"))
    if len(report.problems) > PROBLEMS_SHOWN_MAX:
        print(f"... and {len(report.problems) - PROBLEMS_SHOWN_MAX} more (all of them with --json)")
    rows = ", ".join(f"{count} {table}" for table, count in report.rows.items())
    print(f"{'sound' if report.sound else 'NOT SOUND'}: {rows} in {report.files} files, {report.bytes} bytes")
