"""What rules cost: 10, 100, 1,000 and all of SigmaHQ's 3,141 on the same events; and that they find what they must.

Only some 85 of the 3,141 are about logs of a network, so for the scaling each rule is moved to logs that
there are: its log source becomes a proxy's or a resolver's, and its fields theirs, the same name always
the same column; values, modifiers and conditions stay as their authors wrote them. Beside it: the rules
as they are, and a slow reading of the YAML, one rule on one row, that shares nothing with the engine.

usage: python -m bench.rules [-n 100000] [--runs 3] [--exact 300] [--data ../shared/data] [--json]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from tests.detect import reference

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.detect import RuleSet, load
from sekisho.pipeline.detect.evaluate import Engine
from sekisho.pipeline.normalise import normalise_body
from sekisho.pipeline.normalise.cells import Batch

STEPS = (10, 100, 1_000, 3_141)
PROXY = ("c-uri", "c-useragent", "cs-host", "cs-referrer", "c-uri-query", "cs-method", "sc-content-type")
RESOLVER = ("query", "record_type", "answer")
BODY_LINES = 2_000
DEVICE = DeviceContext(device="UTM100001", contract="SK100001", product="suricata")


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        folder = Path(name)
        events = _events(arguments, folder)
        with tarfile.open(arguments.data / "definitions" / "sigmahq-rules.tar.gz") as archive:
            archive.extractall(folder, filter="data")
        own = load(folder / "rules")
        moved = moved_rules(folder / "rules", folder / "moved")
        result = {"events": events.num_rows, "loaded_as_they_are": len(own.rules), "loaded_moved": len(moved.rules)}
        result["as_they_are"] = _cost(own, events, arguments.runs)
        result["moved"] = [_cost(_first(moved, count), events, arguments.runs) for count in STEPS]
        result["exact"] = _exact(moved, events, arguments.exact)
    result |= {"cpus": os.cpu_count(), "load_average": os.getloadavg()[0]}
    _print(result, arguments.json)
    return 0 if result["exact"]["different"] == 0 else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=100_000, help="events (default 100000)")
    parser.add_argument("--runs", type=int, default=3, help="the figure is their median (default 3)")
    parser.add_argument("--exact", type=int, default=300, help="rows of each log to read slowly, by every rule")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser.parse_args()


def _events(arguments: argparse.Namespace, folder: Path) -> pa.Table:
    made = folder / "eve.json"
    subprocess.run([sys.executable, str(arguments.data / "make_eve.py"), str(arguments.n), str(made)], check=True)
    lines = made.read_bytes().splitlines(keepends=True)
    received = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    bodies = (b"".join(lines[at : at + BODY_LINES]) for at in range(0, len(lines), BODY_LINES))
    tables = [normalise_body(body, Batch(f"b{i}", received, DEVICE)).events for i, body in enumerate(bodies)]
    return pa.concat_tables(tables).combine_chunks()


def moved_rules(source: Path, target: Path) -> RuleSet:
    """Every rule of the folder, about logs that we have."""
    target.mkdir()
    for number, path in enumerate(sorted(source.rglob("*.yml"))):
        rule = next(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        resolver = number % 4 == 0
        rule["logsource"] = {"category": "dns" if resolver else "proxy"}
        fields = RESOLVER if resolver else PROXY
        rule["detection"] = {
            name: each if name in ("condition", "timeframe") else _moved(each, fields)
            for name, each in rule["detection"].items()
        }
        rule.pop("status", None)
        (target / f"{number:05}.yml").write_text(yaml.safe_dump(rule, sort_keys=False), encoding="utf-8")
    return load(target)


def _moved(definition: Any, fields: tuple[str, ...]) -> Any:
    if isinstance(definition, list):
        return [_moved(each, fields) for each in definition]
    if not isinstance(definition, dict):
        return definition
    moved: dict[str, Any] = {}
    for key, value in definition.items():
        name, *modifiers = str(key).split("|")
        free = [field for field in _in_turn(name, fields) if "|".join([field, *modifiers]) not in moved]
        moved["|".join([(free or fields)[0] if name else name, *modifiers])] = value
    return moved


def _in_turn(name: str, fields: tuple[str, ...]) -> Iterator[str]:
    first = zlib.crc32(name.encode()) % len(fields)
    yield from (*fields[first:], *fields[:first])


def _first(rules: RuleSet, count: int) -> RuleSet:
    """So many of them, spread over all."""
    step = max(1, len(rules.rules) / count)
    return RuleSet(tuple(rules.rules[int(i * step)] for i in range(min(count, len(rules.rules)))))


def _cost(rules: RuleSet, events: pa.Table, runs: int) -> dict[str, Any]:
    started = time.process_time()
    engine = Engine(rules.rules)
    made = time.process_time() - started
    found = engine.matches(events)
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        engine.matches(events)
        seconds.append(time.process_time() - started)
    cpu = statistics.median(seconds)
    return {
        "rules": len(rules.rules),
        "cpu_seconds": round(cpu, 3),
        "events_per_cpu_second": round(events.num_rows / cpu),
        "ready_seconds": round(made, 2),
        "findings": len(found),
    }


def _exact(rules: RuleSet, events: pa.Table, rows: int) -> dict[str, int]:
    """Every rule on some rows of each log, read slowly."""
    picked = pa.concat_tables(
        events.filter(pa.compute.equal(events["class_uid"], class_uid)).slice(0, rows) for class_uid in (4002, 4003)
    ).combine_chunks()
    found = {(row, rule.id) for row, rule in Engine(rules.rules).matches(picked)}
    read = {rule.id: yaml.safe_load(rule.path.read_text(encoding="utf-8")) for rule in rules.rules}
    listed = list(enumerate(picked.to_pylist()))
    expected = {(n, name) for name, rule in read.items() for n, row in listed if reference.fires(rule, row)}
    return {"rows": len(listed), "rules": len(read), "findings": len(found), "different": len(found ^ expected)}


def _print(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        for each in value if isinstance(value, list) else [value]:
            print(f"{name.replace('_', ' '):<20}  {each}")


if __name__ == "__main__":
    sys.exit(main())
