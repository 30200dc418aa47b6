"""What the service did, one JSON object a line on its output: the log ``sekisho-icap``."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable

URL_CHARS_MAX = 2_000


def write_line(line: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Events:
    """``event`` says what kind, ``action`` what was done: blocked, detected, allowed, cut or held."""

    def __init__(self, write: Callable[[str], None] = write_line) -> None:
        self._write = write

    def report(self, event: str, action: str, **facts: object) -> None:
        """Facts that are empty are left out."""
        said = {name: value for name, value in facts.items() if value not in (None, "")}
        if "url" in said:
            said["url"] = str(said["url"])[:URL_CHARS_MAX]
        time = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._write(json.dumps({"time": time, "event": event, "action": action} | said, ensure_ascii=False))
