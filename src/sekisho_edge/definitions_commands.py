"""``sekisho-edge definitions``: does a set load here, and which one is in force."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from sekisho_edge.command import CommandFailed
from sekisho_edge.definitions_check import check_set
from sekisho_edge.definitions_client import read_state

SHOWN_MAX = 20


def add_to(parser: argparse.ArgumentParser) -> None:
    """The subcommands."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="have a set of definitions loaded by every engine that will use it")
    check.add_argument("folder", type=Path, metavar="FOLDER")
    check.add_argument("--json", action="store_true")
    check.add_argument("--installed", action="store_true", help="leave out what this machine has no engine for")
    check.set_defaults(act=_check)
    show = commands.add_parser("show", help="the version in force on a box, its age, and what was refused")
    show.add_argument("--state", required=True, type=Path)
    show.set_defaults(act=_show)


def _check(options):
    if not options.folder.is_dir():
        raise CommandFailed(f"{options.folder} is no folder")
    checked = check_set(options.folder, installed_only=options.installed)
    if options.json:
        told = {"counts": checked.counts, "faults": [asdict(fault) for fault in checked.faults]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for kind, count in checked.counts.items():
            sys.stdout.write(f"{kind}: {count}\n")
        for fault in checked.faults[:SHOWN_MAX]:
            sys.stdout.write(f"{fault}\n")
        if len(checked.faults) > SHOWN_MAX:
            sys.stdout.write(f"and {len(checked.faults) - SHOWN_MAX} more\n")
    return 1 if checked.faults else 0


def _show(options):
    sys.stdout.write(json.dumps(asdict(read_state(options.state)), indent=1) + "\n")
    return 0
