"""What became of each message, a JSON object a line: the log ``sekisho-mail``. No subjects, no contents."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Callable

from sekisho_edge.mail import mime
from sekisho_edge.mail.examine import Findings

TEXT_CHARS_MAX = 300
RECIPIENTS_MAX = 50
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


def write_line(line: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Events:
    """One for the service."""

    def __init__(self, write: Callable[[str], None] = write_line) -> None:
        self._write = write

    def report(self, event: str, action: str, **facts: object) -> None:
        """Facts that are empty are left out."""
        time = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {name: value for name, value in facts.items() if value not in (None, "", [], ())}
        self._write(json.dumps({"time": time, "event": event, "action": action} | said, ensure_ascii=False))


def facts_of(message: bytes, findings: Findings) -> dict[str, object]:
    """What was found, for the log."""
    opinion = findings.opinion
    return {
        "size": len(message),
        "message_id": _message_id(message),
        "spam": opinion.spam if opinion else None,
        "spam_score": round(opinion.score, 2) if opinion else None,
        "spam_symbols": list(opinion.symbols) if opinion else None,
        "not_scanned": list(findings.gaps[:20]),
        **_threats(findings.infections),
    }


def _threats(infections):
    """The first with its place, the others by name."""
    if not infections:
        return {}
    first = infections[0]
    place = {"part": first.part.path, "file": shown(first.part.name)} if first.part else {}
    more = [one.threat for one in infections[1:20]]
    return {"threat": first.threat, "engine": first.engine, "more_threats": more, **place}


def shown(text: str) -> str:
    """A text from outside, fit for a line of a log."""
    return _UNPRINTABLE.sub(" ", text)[:TEXT_CHARS_MAX]


def _message_id(message):
    body = mime.header_end(message, 0, len(message))
    for field in mime.fields(message, 0, min(body, mime.HEADER_BYTES_MAX)):
        if field.name == "message-id":
            return shown(field.value.decode(errors="replace"))
    return ""
