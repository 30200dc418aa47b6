"""The header of one syslog record: RFC 5424 or RFC 3164, as senders really write them. Pure.

Only what the platform needs is read: who sent it, when, which program, and where the message
starts. Never raises: what is no header is all message.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

HEADER_BYTES_MAX = 2_048
"""How far into a record a header is looked for."""
_NAME_CHARACTERS_MAX = 255

_PRIORITY = re.compile(rb"<(\d{1,3})>")
_RFC5424 = re.compile(rb"1 (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<process>\S+) (?P<kind>\S+) ")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_RFC3164_TIME = re.compile(
    rb"(?P<month>" + rb"|".join(_MONTHS) + rb") {1,2}(?P<day>\d{1,2}) (?:(?P<year>\d{4}) )?"
    rb"(?P<clock>\d\d:\d\d:\d\d)(?:\.\d{1,9})?:? "
)
_ISO_TIME = re.compile(rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,24}) ")
_HOST = re.compile(rb"(?P<host>[A-Za-z0-9_.:%-]{1,255}) (?=[^ ])")
_TAG = re.compile(rb"(?P<app>[A-Za-z0-9_./-]{1,64})(?:\[[^\]\r\n]{0,32}\])?: ?")
_STRUCTURED = re.compile(rb'(?:-|(?:\[[^\s="\]]+(?: [^\s="\]]+="(?:[^"\\\]]|\\.)*")*\])+)(?: |$)', re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_COOKIE = re.compile(rb" ?@cee: ?")
"""What some senders put before JSON."""


class Header(NamedTuple):
    """``priority`` is facility * 8 + severity; ``time`` is aware, or None when it has no zone or is no time.

    ``message`` starts at this index of the record.
    """

    priority: int | None = None
    time: dt.datetime | None = None
    host: str | None = None
    app: str | None = None
    message: int = 0


def header_of(record: bytes) -> Header:
    """What the header says; ``record[header.message:]`` is the message."""
    head = record[:HEADER_BYTES_MAX]
    match = _PRIORITY.match(head)
    if match is None or int(match[1]) > 191:
        return Header()
    priority, at = int(match[1]), match.end()
    modern = _RFC5424.match(head, at)
    if modern is not None:
        return _rfc5424(record, priority, modern)
    return _rfc3164(head, priority, at)


def message_of(record: bytes) -> bytes:
    """The message without its header, and without the cookie that some senders put before JSON."""
    message = record[header_of(record).message :]
    cookie = _COOKIE.match(message)
    return message[cookie.end() :] if cookie else message


def _rfc5424(record: bytes, priority: int, match: re.Match[bytes]) -> Header:
    structured = _STRUCTURED.match(record, match.end())
    # A broken STRUCTURED-DATA belongs to the message: better too much than too little.
    start = structured.end() if structured else match.end()
    if record.startswith(_BOM, start):
        start += len(_BOM)
    return Header(priority, _instant(match["time"]), _name(match["host"]), _name(match["app"]), start)


def _rfc3164(head: bytes, priority: int, at: int) -> Header:
    """After the priority everything is optional, by what senders do: time, host, tag."""
    time = None
    stamp = _RFC3164_TIME.match(head, at)
    if stamp is None:
        stamp = _ISO_TIME.match(head, at)
        time = _instant(stamp["time"]) if stamp else None
    if stamp is None:
        return Header(priority, message=at)
    at = stamp.end()
    host = None if _TAG.match(head, at) else _HOST.match(head, at)
    if host is not None:
        at = host.end()
    tag = _TAG.match(head, at)
    return Header(
        priority,
        time,
        _name(host["host"]) if host else None,
        _name(tag["app"]) if tag else None,
        tag.end() if tag else at,
    )


def _name(raw: bytes) -> str | None:
    return None if raw == b"-" else raw.decode("ascii", "replace")[:_NAME_CHARACTERS_MAX]


def _instant(raw: bytes) -> dt.datetime | None:
    """A time with its zone as an instant; anything else is None (the message has its own time)."""
    try:
        time = dt.datetime.fromisoformat(raw.decode("ascii").removesuffix(":"))
        return time.astimezone(dt.UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None
