"""What runs in var/, and whether it keeps up: processes, restarts, the pipeline's counters.

examples:
  sekisho status
  sekisho status --json | jq .pipeline.lag
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from ..place import Place

SILENT_SECONDS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    place = Place.of(arguments.var)
    state = place.state()
    if not place.is_held() or state is None:
        print(f"sekisho status: nothing runs in {place.var}; start it with 'sekisho up'", file=sys.stderr)
        return 1
    state.pop("env", None)
    state["pipeline"] = _pipeline(place)
    state["syslog"] = _json_file(place.run / "syslog.json")
    state["edge"] = _json_file(place.edge / "status.json")
    if arguments.json:
        print(json.dumps(state, ensure_ascii=False))
        return 0
    _print(place, state)
    return 0


def _print(place: Place, state: dict) -> None:
    print(f"Sekisho in {place.var}: {state.get('url', 'starting')}, {state.get('mode', 'starting')}")
    for child in state["children"]:
        mark = "ready" if child["ready"] else "starting"
        restarts = f", restarted {child['restarts']} times" if child["restarts"] else ""
        print(f"  {child['name']:<10} {mark:<9} process {child['pid']}{restarts}")
    for line in pipeline_lines(state["pipeline"], time.time()):
        print(f"  {line}")
    for line in syslog_lines(state["syslog"]):
        print(f"  {line}")
    if state["edge"]:
        sensor, link = state["edge"]["sensor"]["state"], state["edge"]["link"]["connected"]
        print(f"  the line's UTM: sensor {sensor}, {'linked' if link else 'not linked'}")


def pipeline_lines(status: dict | None, now: float) -> list[str]:
    """The pipeline's counters in words; trouble first, because that is why somebody looks."""
    if status is None:
        return ["pipeline: has not reported yet"]
    silent_seconds = now - (status["reported_at"] or status["started_at"])
    last = status["last_commit_at"]
    lines = [
        f"pipeline since its start: {status['events']} events, {status['unparsed']} unparsed, "
        f"{status['findings']} findings in {status['commits']} commits",
        f"waiting in the stream: {_known(status['lag_messages'])} messages; "
        + (f"last commit {now - last:.0f} s ago" if last else "nothing committed yet"),
    ]
    if status["quarantined"]:
        lines.insert(0, f"QUARANTINE: {status['quarantined']} messages were put aside whole")
    if status["trouble"]:
        lines.insert(0, f"TROUBLE: {status['trouble']}")
    if silent_seconds > SILENT_SECONDS:
        lines.insert(0, f"SILENT: the pipeline has not reported for {silent_seconds:.0f} s")
    return lines


def syslog_lines(counts: dict | None) -> list[str]:
    """What came as syslog since the collector's start; what had to be dropped first. Nothing came: no line."""
    if not counts or not (counts["records"] or counts["dropped"]):
        return []
    lines = [f"syslog since the collector's start: {counts['records']} records in {counts['batches']} batches"]
    if counts["dropped"]:
        lines.insert(0, f"LOST: {counts['dropped']} syslog records, for want of room while the stream was away")
    return lines


def _known(number: int | None) -> str:
    return "an unknown number of" if number is None else str(number)


def _pipeline(place: Place) -> dict | None:
    return _json_file(place.run / "pipeline.json")


def _json_file(path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
