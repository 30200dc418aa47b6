"""Run Sigma rules and indicators over log lines: one finding a line of JSON on standard output.

Each has rule_id, title, level, line (its number, from 1), event (the OCSF event), score (1 to 99) and
why (each factor of the score with its share). A correlation's finding is about the line that completed its window.
Device alerts are findings too, unless --no-device.
What could not be used goes to standard error: rules that can't fire here and why, indicators left out,
lines that can't be read. Exit code 0: done. 1: done, but some lines or rules were bad. 2: wrong usage.

examples:
  sekisho detect --rules my-rules/ --product suricata eve.json
  sekisho detect --rules my-rules/ --indicators bad.csv --product auto /var/log/firewall.log | jq -c '{title, line}'
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .logs_parse import PRODUCTS, _chunks, _complain, _network, _opened, printable

if TYPE_CHECKING:
    from sekisho.pipeline.detect import RuleSet
    from sekisho.pipeline.detect.indicators import Indicators

REASONS_SHOWN_MAX = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="log lines ('-': standard input)")
    parser.add_argument("--rules", action="append", type=Path, default=[], metavar="DIR", help="Sigma rules")
    parser.add_argument(
        "--indicators", action="append", type=Path, default=[], metavar="F", help="STIX, MISP, CSV, list"
    )
    parser.add_argument("--product", choices=PRODUCTS, default="auto", help="what wrote the lines (default: find out)")
    parser.add_argument("--home", action="append", metavar="CIDR", type=_network, help="a network of the customer")
    parser.add_argument("--no-device", action="store_true", help="leave out what the device itself had alerted")


def run(arguments: argparse.Namespace) -> int:
    """Findings out, remarks to standard error; the exit code."""
    from sekisho.ocsf.device import PRIVATE_NETWORKS, DeviceContext
    from sekisho.pipeline.detect import Detector, load

    homes = tuple(arguments.home) if arguments.home else PRIVATE_NETWORKS
    try:
        rules = load(*arguments.rules)
        indicators = _indicators(arguments.indicators, homes)
        with _opened(arguments.file) as source:
            detector = Detector(rules, {"": homes}, indicators)
            device = DeviceContext(device="", contract="", product=arguments.product, home_networks=homes)
            unread = _detect(source, arguments, device, detector)
    except (OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        print(f"sekisho detect: {printable(str(error))}", file=sys.stderr)
        return 2
    _summary(rules, indicators)
    return 1 if unread or rules.errors else 0


def _indicators(paths: list[Path], homes: tuple[Any, ...]) -> Indicators | None:
    from sekisho.pipeline.detect import indicator_files
    from sekisho.pipeline.detect.indicators import Indicators

    found = []
    for path in paths:
        try:
            some, left_out = indicator_files.read(path)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        found += some
        for reason, count in left_out.items():
            print(f"{printable(str(path))}: {count} left out: {reason}", file=sys.stderr)
    return Indicators(found, map(str, homes)) if paths else None


def _detect(source: Any, arguments: argparse.Namespace, device: Any, detector: Any) -> int:
    from sekisho.pipeline.detect.sight import Correlator
    from sekisho.pipeline.normalise import normalise_records
    from sekisho.pipeline.normalise.cells import Batch

    batch = Batch("", dt.datetime.now(dt.UTC), device)
    correlator = Correlator(detector.rules.correlations)
    done = unread = 0
    for lines in _chunks(source):
        read = normalise_records(lines, batch, arguments.product, first_record=done)
        done += len(lines)
        _write(read.events, detector, correlator, arguments.no_device)
        for bad in read.unparsed.to_pylist():
            _complain(arguments.file, bad["record"] + 1, bad["reason"], bad["raw"])
        unread += read.unparsed.num_rows
    return unread


def _write(events: Any, detector: Any, correlator: Any, no_device: bool) -> None:
    import msgspec
    import pyarrow as pa

    from sekisho.ocsf.nested import rows, to_nested

    detected = detector.detect(events)
    _, counted = correlator.take(detected.seen, dt.datetime.now(dt.UTC))
    found = [f for f in detected.findings + counted if not (no_device and f.rule_source == "device")]
    if not found:
        return
    place = {record: row for row, record in enumerate(events["record"].to_pylist())}
    picked = events.drop_columns(["received_at"]).take(pa.array([place[f.record] for f in found], pa.int64()))
    for finding, event in zip(found, rows(picked), strict=True):
        sys.stdout.buffer.write(msgspec.json.encode(_told(finding, to_nested(event)), enc_hook=str) + b"\n")
    sys.stdout.buffer.flush()


def _told(finding: Any, event: dict[str, Any]) -> dict[str, Any]:
    from sekisho.triage.score import alert_score

    score = alert_score(finding)
    return {
        "rule_id": finding.rule_id,
        "title": finding.rule_title,
        "level": finding.level,
        "line": finding.record + 1,
        "event": event,
        "score": round(score.value, 1),
        "why": [
            {"factor": each.name, "points": round(each.points, 1), "ja": each.words.ja, "en": each.words.en}
            for each in score.factors
        ],
    }


def _summary(rules: RuleSet, indicators: Indicators | None) -> None:
    for rule_id, reasons in rules.unfirable[:REASONS_SHOWN_MAX]:
        print(printable(f"can't fire: {rule_id}: {reasons[0]}"), file=sys.stderr)
    more = len(rules.unfirable) - REASONS_SHOWN_MAX
    if more > 0:
        print(f"... and {more} more rules that can't fire: 'sekisho rules check' lists all", file=sys.stderr)
    for problem in rules.errors:
        print(printable(str(problem)), file=sys.stderr)
    dropped = indicators.dropped.total() if indicators else 0
    print(
        f"{len(rules.rules) + len(rules.correlations)} rules ran, "
        f"{len(rules.unfirable)} can't fire here, {len(rules.errors)} are broken; "
        f"{indicators.count if indicators else 0} indicators, {dropped} held back by guards",
        file=sys.stderr,
    )
