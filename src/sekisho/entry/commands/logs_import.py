"""Bring log files into the platform, as if the device had sent them: through the stream, rules and lake.

The same file again changes nothing: its lines are known by its content. Plain, .gz and .xz. The
pipeline does the rest; 'sekisho status' shows when it has caught up. Exit code 2: it did not work.

examples:
  sekisho logs import eve.json --device UTM100001
  sekisho logs import /var/log/suricata/eve.json.*.gz --device UTM100001 --product suricata
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from sekisho.gateways.bus import Bus, BusError
from sekisho.gateways.bus_jetstream import JetStreamBus
from sekisho.pipeline.collect.files import import_file

from ..place import Place
from .printing import printable


def add_parser(subcommands: argparse._SubParsersAction) -> None:
    """Adds ``import`` to the subcommands of ``sekisho logs``."""
    parser = subcommands.add_parser(
        "import",
        help="log files into the platform",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="log file; plain, .gz or .xz")
    parser.add_argument("--device", required=True, help="whose lines they are, such as UTM100001")
    parser.add_argument("--product", default="auto", help="what wrote them (default: find out)")
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    url = _nats_url(arguments.var)
    if url is None:
        print("sekisho logs import: nothing runs there: start the platform with 'sekisho up'", file=sys.stderr)
        return 2
    try:
        asyncio.run(_import(url, arguments.files, arguments.device, arguments.product))
    except (OSError, EOFError, BusError) as error:
        print(f"sekisho logs import: {printable(str(error))}", file=sys.stderr)
        return 2
    return 0


async def _import(url: str, files: list[Path], device: str, product: str) -> None:
    bus: Bus = await JetStreamBus.connect(url)
    try:
        for path in files:
            lines, new = await import_file(bus, path, device, product)
            print(f"{printable(str(path))}: {lines} lines, {new} of them new to the stream")
    finally:
        await bus.close()


def _nats_url(var: str | None) -> str | None:
    if not var and "SEKISHO_NATS_URL" in os.environ:
        return os.environ["SEKISHO_NATS_URL"]
    return (Place.of(var).state() or {}).get("env", {}).get("SEKISHO_NATS_URL")
