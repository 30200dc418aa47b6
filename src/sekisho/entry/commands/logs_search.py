"""Search the log lake: rows of the named contracts, newest first.

A filter is fields, operators and values, joined by and, or, not and brackets:

  src_endpoint.ip = 203.0.113.9             = != < <= > >=
  http_request.url.url_string ~ "*passwd*"  ~ !~      wildcards * and ?, whatever the case
  dst_endpoint.port in (22, 3389)           in        a list, or an IPv4 network such as 192.0.2.0/24
  tls.sni exists                            exists

After | one stage sums up what was found:

  | count by src_endpoint.ip, outcome       every combination and how often, most first
  | top 10 query.hostname                   the most frequent values and their share
  | timeline 1h by outcome                  how many in each span (by itself when none is said)

--contract unknown is what came from senders that no device is known for (with --unparsed: nothing of it is read).

--since and --until take an instant with its zone (2026-11-23T09:00:00+09:00), a date (in Tokyo), or
how long ago: 30m, 12h, 7d. Exit code 0: something was found. 1: nothing was. 2: wrong usage.

examples:
  sekisho logs search 'outcome = blocked' --contract SK100001 --since 1d
  sekisho logs search 'class_uid = 2004' --contract SK100001 --limit 20 --format ndjson | jq .finding_info.title
  sekisho logs search 'outcome = blocked | top 10 src_endpoint.ip' --contract SK100001 --since 7d
  sekisho logs search 'class_uid = 4003' --contract SK100001 --limit 100000 --format parquet --out dns.parquet
  sekisho logs search 'raw ~ "*"' --unparsed --contract SK100001
  sekisho logs count 'not tls.sni exists' --contract SK100001 --contract SK100002 --since 7d
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .printing import printable, width

if TYPE_CHECKING:
    # The lake brings DuckDB and psycopg: loaded when searched, not when `sekisho logs parse` starts.
    from sekisho.lake import Lake, LakeSettings

TOKYO = ZoneInfo("Asia/Tokyo")
UNKNOWN_CONTRACT = "unknown"
"""What people type for the lines that belong to no contract; in the lake their contract is empty."""
LIMIT_DEFAULT = 50
LIMIT_MAX = 1_000_000
PAGE_ROWS = 1_000
TABLE_COLUMNS = {
    "events": (
        "time", "contract", "device", "metadata.event_code", "src_endpoint.ip", "dst_endpoint.ip", "dst_endpoint.port",
        "outcome", "finding_info.title", "http_request.url.hostname", "query.hostname", "tls.sni",
    ),
    "unparsed": ("received_at", "contract", "device", "reason", "raw"),
}  # fmt: skip

_AGO = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def add_parser(subcommands: argparse._SubParsersAction) -> None:
    """Adds ``search`` and ``count`` to the subcommands of ``sekisho logs``."""
    search = _parser(subcommands, "search", "rows of the lake, newest first")
    search.add_argument("--limit", type=int, default=LIMIT_DEFAULT, metavar="N", help=f"rows (default {LIMIT_DEFAULT})")
    search.add_argument(
        "--format", choices=("table", "ndjson", "csv", "parquet"), default="table", help="how to print them"
    )
    search.add_argument("--out", metavar="FILE", help="where to (default: standard output; parquet needs a file)")
    search.set_defaults(run=run_search)
    _parser(subcommands, "count", "how many rows there are").set_defaults(run=run_count)


def _parser(subcommands: argparse._SubParsersAction, name: str, text: str) -> argparse.ArgumentParser:
    parser = subcommands.add_parser(
        name, help=text, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("filter", nargs="?", default="", metavar="FILTER", help="what to look for (default: all)")
    parser.add_argument("--contract", action="append", required=True, help="contract number; may be repeated")
    parser.add_argument("--since", type=instant, default="1d", metavar="WHEN", help="from then on (default: 1d ago)")
    parser.add_argument("--until", type=instant, default="0m", metavar="WHEN", help="before then (default: now)")
    parser.add_argument("--unparsed", action="store_true", help="the lines that could not be read, by time of receipt")
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    return parser


def run_search(arguments: argparse.Namespace) -> int:
    return _guarded("search", arguments, _search)


def run_count(arguments: argparse.Namespace) -> int:
    return _guarded("count", arguments, _count)


def lake_settings(var: str | None) -> LakeSettings:
    """The lake that the environment names, else that of the platform in ``var``. Raises LakeError."""
    from sekisho.lake import LakeError, LakeSettings

    from ..place import Place

    environment = os.environ
    if var or "SEKISHO_LAKE_DATABASE_URL" not in environment:
        environment = (Place.of(var).state() or {}).get("env", {})
    try:
        return LakeSettings.from_environment(environment)
    except KeyError:
        raise LakeError(
            "no lake is named: start the platform with 'sekisho up', or name its folder with --var"
        ) from None


def instant(text: str) -> dt.datetime:
    """An instant, a Tokyo date, or how long ago."""
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return dt.datetime.now(dt.UTC) - dt.timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no instant, date or time ago (30m, 12h, 7d)") from None
    return (found if found.tzinfo else found.replace(tzinfo=TOKYO)).astimezone(dt.UTC)


def _guarded(name: str, arguments: argparse.Namespace, work) -> int:
    from sekisho.lake import FilterError, Lake, LakeError

    from .logs_output import OutputError

    try:
        with Lake(lake_settings(arguments.var)) as lake:
            found = work(lake, arguments)
    except FilterError as error:
        print(f"sekisho logs {name}: {printable(error.reason)}", file=sys.stderr)
        print(f"  {printable(arguments.filter)}\n  {' ' * width(arguments.filter[: error.at])}^", file=sys.stderr)
    except (LakeError, OutputError) as error:
        print(f"sekisho logs {name}: {error}", file=sys.stderr)
    else:
        if not found:
            print(f"sekisho logs {name}: {_nothing(arguments)}", file=sys.stderr)
        return 0 if found else 1
    return 2


def _nothing(arguments: argparse.Namespace) -> str:
    """Where nothing was found, in Tokyo time, and where else one might look."""
    since, until = (at.astimezone(TOKYO).isoformat(timespec="seconds") for at in (arguments.since, arguments.until))
    further = "look further back with --since 30d"
    if not arguments.unparsed:
        further += ", or at lines that could not be read with --unparsed"
    return f"nothing in {printable(', '.join(arguments.contract))} from {since} to {until}: {further}"


def _question(arguments: argparse.Namespace) -> dict:
    return {
        "contracts": {"" if number == UNKNOWN_CONTRACT else number for number in arguments.contract},
        "since": arguments.since,
        "until": arguments.until,
        "where": arguments.filter,
        "table": "unparsed" if arguments.unparsed else "events",
    }


def _count(lake: Lake, arguments: argparse.Namespace) -> int:
    found = lake.count(**_question(arguments))
    print(found)
    return found


def _search(lake: Lake, arguments: argparse.Namespace) -> int:
    from sekisho.lake import stages

    from . import logs_output

    question = _question(arguments)
    if stages.split(arguments.filter)[1].strip():
        question["question"] = question.pop("where")
        rows = lake.summarise(**question)
        if rows.num_rows:
            logs_output.summed(rows, arguments.format, arguments.out)
        return rows.num_rows
    columns = TABLE_COLUMNS[question["table"]] if arguments.format == "table" else None
    with logs_output.writer(arguments.format, arguments.out) as write:
        return _pages(lake, question, columns, arguments.limit, write)


def _pages(lake: Lake, question: dict, columns: tuple[str, ...] | None, limit: int, write: Callable) -> int:
    """Page after page into ``write``; how many rows."""
    wanted = max(1, min(limit, LIMIT_MAX))
    found, cursor = 0, None
    while found < wanted:
        page = lake.search(**question, columns=columns, limit=min(PAGE_ROWS, wanted - found), cursor=cursor)
        if page.rows.num_rows:
            write(page.rows)
        found += page.rows.num_rows
        cursor = page.cursor
        if cursor is None:
            break
    return found
