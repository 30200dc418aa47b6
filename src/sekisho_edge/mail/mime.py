"""The parts of a message with their exact places in its bytes, so that one can be replaced and no other byte changes.

Tolerant, because mail programs are: nothing raises for what a message contains. What can't be followed to its end
(too deep, too many) is one part as it stands, and the caller scans the message as a whole besides.
"""

from __future__ import annotations

import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

DEPTH_MAX = 20
PARTS_MAX = 1_000
HEADER_BYTES_MAX = 1 << 20

_BLANK = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"(?P<name>[!-9;-~]+)[ \t]*:(?P<value>[^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")


@dataclass(frozen=True)
class Part:
    """A leaf. Its headers are ``message[start:body]``, its encoded content ``message[body:end]``."""

    path: str
    start: int
    body: int
    end: int
    content_type: str = "text/plain"
    name: str = ""
    encoding: str = ""


def leaves(message: bytes) -> list[Part]:
    """Every part that holds no others, in order; attached messages are followed into."""
    found: list[Part] = []
    _walk(message, 0, len(message), "", 0, found)
    return found


def content(message: bytes, part: Part) -> bytes:
    """A part as its reader would get it; broken encodings as far as they go."""
    raw = message[part.body : part.end]
    if part.encoding == "base64":
        return _base64(raw)
    if part.encoding == "quoted-printable":
        return quopri.decodestring(raw)
    if part.encoding in ("x-uuencode", "uuencode", "x-uue"):
        return _uuencoded(raw)
    return raw


@dataclass(frozen=True)
class Field:
    """One header field: its place with its line end, and its unfolded text."""

    start: int
    end: int
    name: str
    value: bytes


def fields(message: bytes, start: int, body: int) -> list[Field]:
    """The fields of a header block."""
    return [
        Field(match.start(), match.end(), match["name"].decode("ascii").lower(), match["value"].strip())
        for match in _FIELD.finditer(message, start, body)
        if match.start() == start or message[match.start() - 1 : match.start()] == b"\n"
    ]


def header_end(message: bytes, start: int, end: int) -> int:
    """Where the content begins: behind the first empty line."""
    for empty in (b"\r\n", b"\n"):
        if message.startswith(empty, start):
            return min(start + len(empty), end)
    found = _BLANK.search(message, start, end)
    return found.end() if found else end


def _walk(message, start, end, path, depth, found):
    body = header_end(message, start, end)
    head = _head(message[start : min(body, start + HEADER_BYTES_MAX)])
    kind = _said(head.get_content_type, "text/plain")
    if depth < DEPTH_MAX and len(found) < PARTS_MAX:
        boundary = _said(head.get_boundary, None) if kind.startswith("multipart/") else None
        ranges = _pieces(message, body, end, boundary) if boundary else []
        for number, (first, last) in enumerate(ranges[:PARTS_MAX], 1):
            _walk(message, first, last, f"{path}.{number}".lstrip("."), depth + 1, found)
        if ranges:
            return
        if kind == "message/rfc822" and _encoding(head) in ("", "7bit", "8bit", "binary"):
            _walk(message, body, end, f"{path}.1".lstrip("."), depth + 1, found)
            return
    name = _said(head.get_filename, "") or ""
    found.append(Part(path or "1", start, body, end, kind, str(name), _encoding(head)))


def _pieces(message, body, end, boundary):
    """Between the delimiter lines; the line end before a delimiter belongs to it. A missing last one is forgiven."""
    delimiter = re.compile(
        rb"(?:\A|(?<=\n))--" + re.escape(boundary.encode(errors="surrogateescape")) + rb"(--)?[ \t]*\r?(?:\n|\Z)"
    )
    begins, ranges = None, []
    for line in delimiter.finditer(message, body, end):
        if begins is not None:
            ranges.append((begins, _before_line_end(message, begins, line.start())))
        begins = None if line[1] else line.end()
        if line[1]:
            break
    if begins is not None:
        ranges.append((begins, end))
    return ranges


def _before_line_end(message, begins, position):
    if position - 1 >= begins and message[position - 1 : position] == b"\n":
        position -= 1
    if position - 1 >= begins and message[position - 1 : position] == b"\r":
        position -= 1
    return position


def _head(block) -> Message:
    return BytesHeaderParser().parsebytes(block)


def _said(ask, otherwise):
    """What the standard library reads from a header; its parsers raise over some hostile ones."""
    try:
        return ask()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return otherwise


def _encoding(head):
    return str(head.get("content-transfer-encoding", "")).strip().lower()


def _base64(raw):
    """Foreign characters are left out, and what comes after padding is read on: so do mail programs."""
    pieces = _PADDING.split(_NO_BASE64.sub(b"", raw))
    return b"".join(
        binascii.a2b_base64(piece[: len(piece) - (len(piece) % 4 == 1)] + b"==") for piece in pieces if piece
    )


def _uuencoded(raw):
    out = bytearray()
    for line in raw.splitlines():
        if line.startswith((b"begin ", b"end")) or not line:
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(out)
