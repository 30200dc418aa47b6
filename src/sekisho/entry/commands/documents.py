"""Check the kept documents: is every one there, unchanged, and linked to the one before.

``verify`` computes every hash of the chain anew, from rows, files and names. Exit code 0: whole. 1: it says the first
place where it is not. 2: it could not be checked. Whoever owns the database could compute a new chain; so write the
printed mark down elsewhere now and then, and hand it back with --noted.

examples:
  sekisho documents verify
  sekisho documents verify --noted 10231:9f2c...      the mark that an earlier run printed
  sekisho documents verify --json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from ..place import Place

UNCHECKED = 2
HASH_BYTES = 32
WORDS = {
    "changed": "the row was changed after it was kept",
    "content": "the file is not the one that was kept, or is gone",
    "cut": "documents are gone that the audit or the note knows of",
    "missing": "a document is gone, or another was put in",
    "name": "the counterparty's name is not the one that was kept, or is gone",
    "noted": "the chain is not the one whose mark was written down",
}
"""What each kind of break means."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    verify = subcommands.add_parser(
        "verify",
        help="is every document there and unchanged",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.add_argument("--noted", metavar="POSITION:HASH", type=_mark, help="a mark that was written down elsewhere")
    verify.add_argument("--json", action="store_true", help="one JSON object")
    verify.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")


def run(arguments: argparse.Namespace) -> int:
    url = _database_url(arguments.var)
    if not url:
        print("sekisho documents verify: no running platform; start it with 'sekisho up'", file=sys.stderr)
        return UNCHECKED
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    os.environ["SEKISHO_APP_DATABASE_URL"] = url
    import django  # here, because the command line shall start fast
    from django.db import DatabaseError

    django.setup()
    from sekisho.apps.documents.queries import verify_chain

    try:
        report = verify_chain(arguments.noted)
    except DatabaseError as error:
        print(f"sekisho documents verify: {str(error).strip()}", file=sys.stderr)
        return UNCHECKED
    told = {
        "documents": report.documents,
        "expired": report.expired,
        "mark": f"{report.position}:{report.hash.hex()}",
        "broken": None if report.broken is None else {"position": report.broken.position, "what": report.broken.what},
    }
    print(json.dumps(told) if arguments.json else _told(told))
    return 0 if report.broken is None else 1


def _database_url(var: str | None) -> str:
    """The database that the environment names, else that of the platform that runs in ``var``; "" for none."""
    environment = os.environ
    if var or "SEKISHO_APP_DATABASE_URL" not in environment:
        environment = (Place.of(var).state() or {}).get("env", {})
    return environment.get("SEKISHO_APP_DATABASE_URL", "")


def _mark(text: str) -> tuple[int, bytes]:
    position, _, spelt = text.partition(":")
    try:
        mark = int(position), bytes.fromhex(spelt)
    except ValueError:
        mark = 0, b""
    if mark[0] < 1 or len(mark[1]) != HASH_BYTES:
        raise argparse.ArgumentTypeError(f"{text!r} is no mark: a position, a colon and {HASH_BYTES * 2} hex digits")
    return mark


def _told(told: dict[str, Any]) -> str:
    broken = told["broken"]
    if broken is not None:
        return f"BROKEN at {broken['position']}: {WORDS[broken['what']]}\nwhole up to {told['mark']}"
    expired = f", {told['expired']} of them without their file, whose time was over" if told["expired"] else ""
    return f"whole: {told['documents']} documents{expired}\nmark {told['mark']}"
