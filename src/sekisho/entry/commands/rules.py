"""Check detection rules before they go live.

example:
  sekisho rules check my-rules/
"""

from __future__ import annotations

import argparse

from . import rules_check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    rules_check.add_parser(subcommands)


def run(arguments: argparse.Namespace) -> int:
    return arguments.run(arguments)
