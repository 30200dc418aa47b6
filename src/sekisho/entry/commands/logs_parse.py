"""Turn log lines of a security product into OCSF, one JSON object a line on standard output.

A line that cannot be read goes to standard error with its number and the reason.
Exit code 0: every line was read. 1: some were not. 2: wrong usage.

A product is told by --product, or found out line by line (auto). What is known to each line's product
goes to OCSF attributes, all else stays under "unmapped".

examples:
  sekisho logs parse --product suricata < eve.json
  sekisho logs parse --product fortigate /var/log/fortigate.log | jq -c 'select(.outcome == "blocked")'
  sekisho logs parse --time-zone Asia/Tokyo --product cisco_asa asa.log
  sekisho logs parse eve.json other.json | jq -r 'select(.class_uid == 2004) | .finding_info.title'
  tail -F /var/log/suricata/eve.json | sekisho logs parse --home 203.0.113.0/24 --raw
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import os
import select
import sys
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

PRODUCTS = (
    *("auto", "suricata", "fortigate", "panos", "cisco_asa", "checkpoint", "juniper_srx", "sonicwall", "sophos"),
    *("watchguard", "stormshield", "barracuda", "forcepoint", "cef", "leef", "netfilter", "squid", "unbound", "zeek"),
    "sekisho-icap",
    "sekisho-mail",
)
"""Spelt out so that the command's help needs no Arrow; a test compares them with the pipeline's own."""
READ_BYTES_MAX = 1 << 20
SHOWN_CHARACTERS_MAX = 120
"""How much of an unreadable line is shown with its reason."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    parser = subparsers.add_parser(
        "parse",
        help="log lines in, OCSF JSON out",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="log files (default, or '-': standard input)")
    parser.add_argument("--product", choices=PRODUCTS, default="auto", help="what wrote the lines (default: find out)")
    parser.add_argument(
        "--home",
        action="append",
        metavar="CIDR",
        type=_network,
        help="a network on the customer's side; may be repeated (default: RFC 1918 and fc00::/7)",
    )
    parser.add_argument(
        "--time-zone",
        metavar="ZONE",
        type=_zone,
        default="UTC",
        help="what the device's clock shows where its lines do not say (IANA name; default: UTC)",
    )
    parser.add_argument("--raw", action="store_true", help="add each line as it was, as raw_data")
    parser.set_defaults(run=run)


def _network(text: str):
    try:
        return ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(f"no time zone {text!r}") from error


def run(args: argparse.Namespace) -> int:
    """Parse everything that was named, in order; the exit code."""
    from sekisho.ocsf.device import PRIVATE_NETWORKS, DeviceContext

    home_networks = tuple(args.home) if args.home else PRIVATE_NETWORKS
    device = DeviceContext(
        device="", contract="", product=args.product, home_networks=home_networks, time_zone=args.time_zone
    )
    unread = 0
    for name in args.files or ["-"]:
        try:
            with _opened(name) as source:
                unread += _convert(source, name, device, args.raw)
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            print(f"sekisho logs parse: {printable(name)}: {error.strerror}", file=sys.stderr)
            return 2
    return 1 if unread else 0


def _opened(name: str) -> BinaryIO:
    # Unbuffered on purpose: a read returns what there is, so that a line of `tail -F` is not held back.
    if name == "-":
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    return Path(name).open("rb", buffering=0)


def _convert(source: BinaryIO, name: str, device, raw: bool) -> int:
    """Write the events of one source; how many lines could not be read."""
    chunks = _chunks(source)
    first = next(chunks, None)
    if first is None:
        return 0
    # Arrow is loaded only when there is something to do.
    from sekisho.ocsf.nested import rows, to_json
    from sekisho.pipeline.normalise import normalise_records, recognise
    from sekisho.pipeline.normalise.cells import Batch

    batch = Batch("", dt.datetime.now(dt.UTC), device)
    likely, done, unread = None, 0, 0
    for lines in itertools.chain([first], chunks):
        if device.product == "auto":
            likely = likely or recognise(lines)
        found = normalise_records(lines, batch, device.product, first_record=done, likely=likely)
        done += len(lines)
        for row in rows(found.events.drop_columns(["received_at"])):
            sys.stdout.buffer.write(to_json(row, raw=raw) + b"\n")
        sys.stdout.buffer.flush()
        for bad in found.unparsed.to_pylist():
            _complain(name, bad["record"] + 1, bad["reason"], bad["raw"])
        unread += found.unparsed.num_rows
    return unread


def _chunks(source: BinaryIO) -> Iterator[list[bytes]]:
    """Whole lines, as many as are there. Of a line beyond the limit only as much is kept as shows that it is."""
    from sekisho.pipeline.parse import LINE_BYTES_MAX

    begun = bytearray()
    while piece := _available(source):
        head, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield bytes(begun + head).split(b"\n")
            begun = bytearray(tail)
        elif len(begun) <= LINE_BYTES_MAX:
            begun += tail
    if begun:
        yield [bytes(begun)]


def _available(source: BinaryIO) -> bytes:
    """What can be read without waiting for more, up to READ_BYTES_MAX; empty at the end of the source."""
    piece = source.read(READ_BYTES_MAX)
    while piece and len(piece) < READ_BYTES_MAX and select.select([source], [], [], 0)[0]:
        more = source.read(READ_BYTES_MAX - len(piece))
        if not more:
            break
        piece += more
    return piece


def _complain(name: str, number: int, reason: str, line: bytes) -> None:
    where = f"line {number}" if name == "-" else f"{printable(name)}:{number}"
    start = line[: SHOWN_CHARACTERS_MAX * 4].decode("utf-8", "backslashreplace")
    shown = start[:SHOWN_CHARACTERS_MAX]
    more = "..." if len(start) > SHOWN_CHARACTERS_MAX or len(line) > SHOWN_CHARACTERS_MAX * 4 else ""
    print(f"{where}: {reason}: {printable(shown)}{more}", file=sys.stderr)


def printable(text: str) -> str:
    """Hostile text made harmless for a terminal: whatever is not printable is written as an escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
