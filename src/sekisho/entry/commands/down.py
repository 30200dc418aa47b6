"""Stop the platform that runs in var/, in order, and wait until it has stopped.

example:
  sekisho down
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from ..place import Place

STOP_SECONDS_MAX = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")


def run(arguments: argparse.Namespace) -> int:
    place = Place.of(arguments.var)
    state = place.state()
    if not place.is_held() or state is None:
        print(f"sekisho down: nothing runs in {place.var}", file=sys.stderr)
        return 1
    os.kill(state["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while place.is_held():
        if time.monotonic() > deadline:
            print(f"sekisho down: process {state['pid']} has not stopped within {STOP_SECONDS_MAX} s", file=sys.stderr)
            return 1
        time.sleep(0.1)
    print("stopped")
    return 0
