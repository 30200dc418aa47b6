"""``sekisho``: the one command. Each subcommand is a module of ``entry.commands``, loaded when used.

Exit codes: 0 done, 1 done with something to report (unreadable lines, missing parts), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from .place import PlaceError

COMMANDS = {
    "up": ("up", "start the platform and keep it running until Ctrl-C"),
    "down": ("down", "stop the platform that runs in var/"),
    "status": ("status", "what runs, and whether it keeps up"),
    "doctor": ("doctor", "what is missing on this machine, and how to get it"),
    "logs": ("logs", "parse, search and count security logs"),
    "documents": ("documents", "check the kept documents: invoices, letters, forms"),
    "lake": ("lake", "check the log lake"),
    "evidence": ("evidence", "prove log lines, and check proofs without the platform"),
    "detect": ("detect", "run rules and indicators over a file of log lines"),
    "rules": ("rules", "check detection rules"),
    "definitions": ("definitions", "definitions for the boxes: build, test, sign, give out in steps"),
    "demo": ("demo", "the demonstration's people: passwords and one-time codes"),
    "tokens": ("tokens", "tokens for the REST API: issue, list, revoke"),
    "terms": ("terms", "ask the service terms: every rule, with its article"),
    "vendor": ("vendor", "boxes of other vendors: read their rules, ask for a change, check it"),
    "edge": ("edge", "the UTM: lab, agent, enrolment (hands over to sekisho-edge)"),
}
"""Name -> (module of entry.commands, one line for --help)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the process's exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return 0 if arguments else 2
    if arguments[0] in ("-V", "--version"):
        from importlib.metadata import version

        print(f"sekisho {version('sekisho')}")
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        print(f"sekisho: there is no command {name!r}. Try 'sekisho --help'.", file=sys.stderr)
        return 2
    try:
        return _run(name, arguments[1:])
    except PlaceError as error:
        print(f"sekisho {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): end quietly, as any filter does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(name: str, arguments: Sequence[str]) -> int:
    command = importlib.import_module(f"sekisho.entry.commands.{COMMANDS[name][0]}")
    parser = argparse.ArgumentParser(
        prog=f"sekisho {name}", formatter_class=argparse.RawDescriptionHelpFormatter, description=command.__doc__
    )
    command.add_arguments(parser)
    return command.run(parser.parse_args(arguments))


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "Sekisho (関所): a managed security service platform.",
            "",
            "usage: sekisho COMMAND [...]      'sekisho COMMAND --help' has examples",
            "",
            *lines,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
