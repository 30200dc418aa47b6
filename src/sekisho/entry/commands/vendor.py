"""Boxes of other vendors: read their rules, ask for a change, see whether it is done. Nothing is ever written to them.

``read`` prints the box's rules as a policy, and on standard error what of them can't be said as one. ``propose``
compares them with a policy and writes the request for the people who work at that box. ``check`` says afterwards what
is still otherwise. Exit code 0: done. 1: ``check`` found differences, or the box can't be read.

examples:
  sekisho vendor read https://192.0.2.1 --token-file token --ca box-ca.pem >now.json
  sekisho vendor propose https://192.0.2.1 wanted.json --why 'no SMB to the outside' --ticket CHG-7 --token-file token
  sekisho vendor check https://192.0.2.1 wanted.json --token-file token
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import msgspec

from sekisho.gateways import clock
from sekisho.gateways.drivers import DriverError, VendorState
from sekisho.gateways.drivers.change_request import builtins, document, outcome, propose
from sekisho.gateways.drivers.fortigate import FortiGate
from sekisho_wire.policy import PolicyError, read_policy

DRIVERS = {"fortigate": FortiGate}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (__doc__ or "").partition("\n\n")[2]
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    read = commands.add_parser("read", help="the box's rules as a policy")
    read.set_defaults(act=_read)
    ask = commands.add_parser("propose", help="what to change, as a document")
    ask.set_defaults(act=_propose)
    check = commands.add_parser("check", help="whether the box is as asked for")
    check.set_defaults(act=_check)
    for command in (read, ask, check):
        command.add_argument("address", metavar="URL")
        if command is not read:
            command.add_argument("wanted", type=Path, metavar="POLICY")
        command.add_argument("--token-file", type=Path, required=True, help="a read-only API token, in a file")
        command.add_argument("--ca", type=Path, help="the authority of the box's certificate (default: the system's)")
        command.add_argument("--vdom", default="root")
        command.add_argument("--driver", choices=sorted(DRIVERS), default="fortigate")
        command.add_argument("--json", action="store_true")
    ask.add_argument("--why", required=True)
    ask.add_argument("--ticket", default="")
    ask.add_argument("--language", choices=("ja", "en"), default="ja")


def run(arguments: argparse.Namespace) -> int:
    try:
        token = arguments.token_file.read_text().strip()
        box = DRIVERS[arguments.driver](arguments.address, token, ca=arguments.ca, vdom=arguments.vdom)
        return arguments.act(arguments, box.read())
    except (DriverError, PolicyError, OSError) as error:
        print(f"sekisho vendor {arguments.subcommand}: {error}", file=sys.stderr)
        return 1


def _read(options: argparse.Namespace, state: VendorState) -> int:
    for left in state.left:
        if left.weight == "lost":
            print(f"not carried over: {left.text}: {left.words.en}", file=sys.stderr)
    print(_json(msgspec.to_builtins(state.policy)))
    return 0


def _propose(options: argparse.Namespace, state: VendorState) -> int:
    wanted = read_policy(options.wanted.read_bytes())
    request = propose(state, wanted, why=options.why, ticket=options.ticket, at=clock.now())
    print(_json(builtins(request)) if options.json else document(request, options.language), end="")
    return 0


def _check(options: argparse.Namespace, state: VendorState) -> int:
    found = outcome(state, read_policy(options.wanted.read_bytes()))
    if options.json:
        print(_json(msgspec.to_builtins(found)))
    else:
        print("\n".join(one.en for one in found.remaining) or "as asked for")
    return 0 if found.done else 1


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
