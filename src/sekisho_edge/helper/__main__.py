"""``python -m sekisho_edge.helper STATE``: one JSON command a line in, one JSON answer a line out.

    {"do": "check-filter", "nft": "...", "xtables": "..."}   ->   {"ok": true}
    {"do": "start-sensor", "queue": 0, "interfaces": []}     ->   {"ok": true, "pid": 4711}
    anything that can't be done                              ->   {"ok": false, "reason": "..."}

Ends when its input ends, and takes the sensor and all other engines with it.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from sekisho_edge.helper.commands import Commands
from sekisho_edge.helper.door import Refused


def answer(line: str, commands: Commands) -> dict:
    """The answer to one line; never raises for what the caller wrote."""
    try:
        request = json.loads(line)
        command = commands.table()[request.pop("do")]
    except (ValueError, KeyError, AttributeError, TypeError):
        return {"ok": False, "reason": "no such command"}
    try:
        return {"ok": True, **command(**request)}
    except Refused as refusal:
        return {"ok": False, "reason": str(refusal)}
    except (TypeError, ValueError) as error:
        return {"ok": False, "reason": f"wrong arguments: {error}"}
    except OSError as error:
        return {"ok": False, "reason": str(error)}


def main(state: str) -> None:
    # Ctrl-C reaches the whole process group; the agent decides when the sensor ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    commands = Commands(Path(state).resolve())
    try:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(answer(line, commands)) + "\n")
            sys.stdout.flush()
    finally:
        commands.stop_daemons()
        commands.stop_sensor()
        commands.stop_packet_log()


if __name__ == "__main__":
    main(sys.argv[1])
