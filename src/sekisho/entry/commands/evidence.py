"""Prove log lines: export what a customer or a court can check, and check it without the platform.

``export`` writes one file about one line. ``verify`` needs that file (or a proof of growth) and the log's public
key, and nothing else: no database, no network. ``audit`` reads the whole lake and compares every line with what
was received. ``checkpoint`` signs the log's head, ``publish`` also hands it to those who keep it elsewhere.
Exit code 0: proven. 1: refuted. 2: it could not be tried.

examples:
  sekisho evidence key > log.pub
  sekisho logs search 'src_endpoint.ip = 203.0.113.9' --contract SK100001 --format ndjson | jq -r '.metadata.uid'
  sekisho evidence export 'UTM100001/eve/0:4096#17' > line.json
  sekisho evidence verify line.json --key log.pub
  sekisho evidence growth last-month.note > growth.json && sekisho evidence verify growth.json --key log.pub
  sekisho evidence audit
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .logs_search import lake_settings
from .printing import printable

if TYPE_CHECKING:
    from sekisho.evidence.bundle import Proven

GAPS_SHOWN_MAX = 50
AT = "%Y-%m-%d %H:%M:%S UTC"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    _add(commands, "key", "print the log's public key", run_key)
    _add(commands, "checkpoint", "sign the log's head and print it", run_checkpoint)
    _add(commands, "publish", "sign the log's head and hand it to whoever keeps it elsewhere", run_publish)
    export = _add(commands, "export", "a proof about one line, as one file", run_export)
    export.add_argument("line", metavar="LINE", type=_line, help="its metadata.uid in a search: BATCH#RECORD")
    growth = _add(commands, "growth", "a proof that the log only grew since an earlier checkpoint", run_growth)
    growth.add_argument("note", metavar="NOTE", type=Path, help="the earlier checkpoint")
    _add(commands, "audit", "compare every line of the lake with what was received", run_audit)
    verify = commands.add_parser("verify", help="check a proof, without the platform")
    verify.add_argument("file", metavar="FILE", type=Path, help="what 'export' or 'growth' wrote")
    verify.add_argument("--key", required=True, type=Path, metavar="FILE", help="the log's public key")
    verify.add_argument("--raw", action="store_true", help="print the line itself and nothing else")
    verify.set_defaults(run=run_verify)


def _line(text: str) -> tuple[str, int]:
    """``BATCH#RECORD``, as a search gives it."""
    batch, _, record = text.rpartition("#")
    if not batch or not (record.isascii() and record.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not BATCH#RECORD")
    return batch, int(record)


def _add(commands: argparse._SubParsersAction, name: str, text: str, run) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.set_defaults(run=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    from sekisho.evidence.bundle import Refuted
    from sekisho.gateways.mail import HandOverUnclear, MailDelayed, MailRefused
    from sekisho.lake import LakeError

    try:
        return arguments.run(arguments)
    except Refuted as error:
        print(printable(f"REFUTED / 証明できません: {error}"), file=sys.stderr)
        return 1
    except (LakeError, OSError, ValueError, MailDelayed, MailRefused, HandOverUnclear) as error:
        print(printable(f"sekisho evidence {arguments.subcommand}: {error}"), file=sys.stderr)
        return 2


def run_key(arguments: argparse.Namespace) -> int:
    print(_key(arguments).public)
    return 0


def run_checkpoint(arguments: argparse.Namespace) -> int:
    from ..evidence import checkpoint

    print(checkpoint(lake_settings(arguments.var), _key(arguments), dt.datetime.now(dt.UTC)), end="")
    return 0


def run_publish(arguments: argparse.Namespace) -> int:
    from ..evidence import checkpoint, publish

    key = _key(arguments)
    went = publish(checkpoint(lake_settings(arguments.var), key, dt.datetime.now(dt.UTC)), key)
    if not went:
        print("sekisho evidence publish: nobody keeps checkpoints: set SEKISHO_CHECKPOINT_DIR or "
              "SEKISHO_CHECKPOINT_MAIL", file=sys.stderr)  # fmt: skip
        return 2
    print("\n".join(went))
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    from sekisho.evidence import bundle
    from sekisho.evidence.segment import decoded
    from sekisho.lake import Lake
    from sekisho.lake.evidence import reading

    from ..evidence import checkpoint

    settings = lake_settings(arguments.var)
    text = checkpoint(settings, _key(arguments), dt.datetime.now(dt.UTC))
    with reading(settings) as log, Lake(settings) as lake:
        batch, record = arguments.line
        found = log.find(batch)
        if found is None:
            raise ValueError(f"the log has no batch {batch!r}")
        segment = decoded(found[1])
        lines = lake.lines_of(segment.contract, segment.batch, segment.received_at)
        if not 0 <= record < segment.records:
            raise ValueError(f"the batch has records 0 to {segment.records - 1}")
        if not lines:
            raise ValueError("the lake keeps these lines no longer: only their hashes are left")
        made = bundle.made(lines, record, segment, found[0], log.node, text, _size(text, arguments))
    sys.stdout.buffer.write(made.encoded() + b"\n")
    return 0


def run_growth(arguments: argparse.Namespace) -> int:
    from sekisho.evidence import growth
    from sekisho.lake.evidence import reading

    from ..evidence import checkpoint

    settings, key = lake_settings(arguments.var), _key(arguments)
    older = arguments.note.read_text(encoding="utf-8")
    newer = checkpoint(settings, key, dt.datetime.now(dt.UTC))
    with reading(settings) as log:
        made = growth.made(older, newer, key.name, key.key.public_key(), log.node)
    sys.stdout.buffer.write(made.encoded() + b"\n")
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    from sekisho.evidence import bundle, growth, note

    name, key = note.read_key(arguments.key.read_text(encoding="utf-8"))
    data = arguments.file.read_bytes()
    if growth.is_one(data):
        older, newer = growth.proven(growth.read(data), name, key)
        print(f"PROVEN / 証明されました: the {older.size} segments of {older.signed_at:{AT}} stand unchanged")
        print(f"in the {newer.size} of {newer.signed_at:{AT}}")
        return 0
    found = bundle.proven(bundle.read(data), name, key)
    if arguments.raw:
        sys.stdout.buffer.write(found.line + b"\n")
        return 0
    _tell(found)
    return 0


def run_audit(arguments: argparse.Namespace) -> int:
    from sekisho.evidence.segment import decoded, root_of
    from sekisho.lake import Lake
    from sekisho.lake.evidence import reading

    settings = lake_settings(arguments.var)
    whole = gone = wrong = first = 0
    with reading(settings) as log, Lake(settings) as lake:
        while leaves := log.leaves(first):
            first = leaves[-1][0] + 1
            for _, batch, data in leaves:
                segment = decoded(data)
                lines = lake.lines_of(segment.contract, batch, segment.received_at)
                if root_of(lines, segment.framing) == segment.root:
                    whole += 1
                elif not lines:
                    gone += 1
                else:
                    wrong += 1
                    if wrong <= GAPS_SHOWN_MAX:
                        print(printable(f"{batch}: {len(lines)} lines are not the {segment.records} that came"))
    print(f"{whole} segments are as they were received, {gone} are no longer kept, {wrong} were changed")
    return 1 if wrong else 0


def _tell(found: Proven) -> None:
    received = dt.datetime.fromtimestamp(found.segment.received_at, dt.UTC)
    head = found.checkpoint
    for name, value in (
        ("PROVEN / 証明されました", found.line.decode("utf-8", "replace")),
        ("line / 行", f"{found.record} of batch {found.segment.batch}"),
        ("device / 装置", found.segment.device),
        ("contract / 契約", found.segment.contract or "-"),
        ("received / 受領", f"{received:{AT}}"),
        ("log / 証跡", f"{head.origin}, {head.size} segments, signed {head.signed_at:{AT}}"),
    ):
        print(printable(f"{name}: {value}"))


def _key(arguments: argparse.Namespace):
    import os

    from ..evidence import log_key
    from ..place import Place

    environment = (Place.of(arguments.var).state() or {}).get("env", {}) | dict(os.environ)
    return log_key(Path(environment.get("SEKISHO_CA_DIR") or Place.of(arguments.var).ca), environment)


def _size(text: str, arguments: argparse.Namespace) -> int:
    from sekisho.evidence import note

    key = _key(arguments)
    return note.opened(text, key.name, key.key.public_key()).size
