"""What runs in var/, and whether it keeps up: processes, restarts, the pipeline's counters.

examples:
  sekisho status
  sekisho status --json | jq .pipeline.lag
"""

from __future__ import annotations

import argparse
import json
import sys

from ..place import Place


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
    state["edge"] = _json_file(place.edge / "status.json")
    if arguments.json:
        print(json.dumps(state, ensure_ascii=False))
        return 0
    print(f"Sekisho in {place.var}: {state.get('url', 'starting')}, {state.get('mode', 'starting')}")
    for child in state["children"]:
        mark = "ready" if child["ready"] else "starting"
        restarts = f", restarted {child['restarts']} times" if child["restarts"] else ""
        print(f"  {child['name']:<10} {mark:<9} process {child['pid']}{restarts}")
    for name, value in (state["pipeline"] or {}).items():
        print(f"  pipeline {name}: {value}")
    return 0


def _pipeline(place: Place) -> dict | None:
    return _json_file(place.run / "pipeline.json")


def _json_file(path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
