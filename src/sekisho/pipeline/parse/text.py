"""Bytes of a line as text, and what stands in front of a message. Pure.

A line is hostile and may be in any encoding: what is not UTF-8 is read with replacement characters,
the bytes themselves are kept elsewhere. NUL and control characters stay what they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sekisho.pipeline.collect.syslog import header_of
from sekisho.pipeline.parse import LINE_BYTES_MAX, ParseError

TEXT_BYTES_MAX = 1024 * 1024
"""No firewall writes a line of a megabyte; EVE, which may, has its own parser."""
HEAD_CHARACTERS_MAX = 512
"""How far into a line its message may begin."""
HEADS_REMEMBERED_MAX = 4096

_PRIORITY_OF_NONE = b"<13>"
_CLOCK = re.compile(
    r"(?P<clock>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?)"
)
_MODERN = re.compile(r"<(\d{1,3})>1 (\S+) (\S+)(?: (\S+))?(?: (\S+))?")
_PID = re.compile(r"\[(\d{1,10})\]:? ?$")


class Head(NamedTuple):
    """What stands in front of a message: ``clock`` is its time as written, ``priority`` facility * 8 + severity."""

    priority: int | None = None
    clock: str | None = None
    host: str | None = None
    app: str | None = None
    pid: str | None = None


NO_HEAD = Head()


def text_of(line: bytes) -> str:
    """The line as text without its line end, or ParseError if it is empty or too long."""
    if len(line) > TEXT_BYTES_MAX:
        raise ParseError(f"longer than {min(TEXT_BYTES_MAX, LINE_BYTES_MAX)} bytes")
    text = line.decode("utf-8", "replace").rstrip("\r\n\0")
    if not text.strip():
        raise ParseError("empty line")
    return text


def split_at(text: str, begins: re.Pattern[str]) -> tuple[Head, str] | None:
    """(what stands in front, the message) where ``begins`` finds the message's beginning, or None.

    If the pattern has a group, the message begins with the group.
    """
    match = begins.search(text, 0, HEAD_CHARACTERS_MAX)
    if match is None:
        return None
    start = match.start(match.lastindex or 0)
    return (head_of(text[:start]), text[start:]) if start else (NO_HEAD, text)


def split_head(text: str) -> tuple[Head, str]:
    """The same for a line whose message has no mark of its own: the header is what looks like one."""
    record = text[:HEAD_CHARACTERS_MAX].encode()
    added = 0 if record.startswith(b"<") else len(_PRIORITY_OF_NONE)
    start = header_of(_PRIORITY_OF_NONE + record if added else record).message - added
    if start <= 0:
        return NO_HEAD, text
    before = len(record[:start].decode("utf-8", "replace"))
    return head_of(text[:before]), text[before:]


@lru_cache(HEADS_REMEMBERED_MAX)
def head_of(front: str) -> Head:
    """Read a header; lines of the same second share it."""
    modern = _MODERN.match(front)
    if modern is not None:
        # The message may begin inside the header (Junos: at its message id), so it is read field by field.
        time, *names = ("" if each in (None, "-") else each for each in modern.groups()[1:])
        return Head(int(modern[1]), time or None, *(name or None for name in names))
    record = front.encode()
    added = b"" if record.startswith(b"<") else _PRIORITY_OF_NONE
    # The colon makes the last word a tag, so that nothing before a message is taken for part of it.
    read = header_of(added + record.rstrip(b": ") + b": x")
    clock = _CLOCK.search(front)
    pid = _PID.search(front)
    return Head(
        None if added else read.priority,
        clock["clock"] if clock else None,
        *_host_and_app(read.host, read.app, front),
        pid[1] if pid else None,
    )


def _host_and_app(host: str | None, app: str | None, front: str) -> tuple[str | None, str | None]:
    """A single word without a colon right behind it is the host, not the program."""
    stands_alone = front.rstrip()[-1:] != ":" or front.rstrip().endswith(" :")
    if host is None and app is not None and stands_alone:
        return app, None
    return host, app
