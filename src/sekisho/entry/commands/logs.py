"""Parse, import, search and count security logs.

examples:
  sekisho logs parse --product suricata < eve.json
  sekisho logs search 'src_endpoint.ip = 203.0.113.9' --contract SK100001 --since 1d
"""

from __future__ import annotations

import argparse

from . import logs_import, logs_parse, logs_search


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    logs_parse.add_parser(subcommands)
    logs_import.add_parser(subcommands)
    logs_search.add_parser(subcommands)


def run(arguments: argparse.Namespace) -> int:
    return arguments.run(arguments)
