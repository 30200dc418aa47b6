"""The ICAP wire, read without I/O: bytes in, events out (RFC 3507, as proxies speak it).

    parser = Parser()
    for event in parser.feed(data): ...

A ``Request`` comes first, then ``Body`` pieces, then ``PreviewEnd`` (say ``go_on`` or ``stop``) or ``BodyEnd``.
ProtocolError: the peer does not speak ICAP; answer with its ``status`` and hang up, for nothing after it can be read.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sekisho_edge.icap.http_head import Head, HeadError, read_head

HEAD_BYTES_MAX = 64 * 1024
ENCAPSULATED_BYTES_MAX = 512 * 1024
CHUNK_LINE_BYTES_MAX = 256
CHUNK_BYTES_MAX = 16 * 1024 * 1024
METHODS = ("OPTIONS", "REQMOD", "RESPMOD")

_FIRST = re.compile(r"(OPTIONS|REQMOD|RESPMOD) +(\S{1,2000}) +ICAP/1\.[01]\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[ \t]*(ieof)?.*)?\Z", re.DOTALL)
_PART = re.compile(r"(req-hdr|res-hdr|req-body|res-body|opt-body|null-body)=(\d{1,7})\Z")


class ProtocolError(ValueError):
    """What was received is no ICAP. ``status`` is what to answer."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Request:
    """One transaction's beginning. ``preview`` is None without one; ``has_body`` says whether Body events follow."""

    method: str
    uri: str
    icap: Head
    request: Head | None
    response: Head | None
    has_body: bool
    preview: int | None

    @property
    def allows_204(self) -> bool:
        return "204" in self.icap.get("allow").replace(" ", "").split(",")


@dataclass(frozen=True)
class Body:
    data: bytes


@dataclass(frozen=True)
class PreviewEnd:
    """The preview is over and there is more: the sender waits for ``go_on``, or for an answer and ``stop``."""


@dataclass(frozen=True)
class BodyEnd:
    """The body is complete."""


Event = Request | Body | PreviewEnd | BodyEnd


class _State(enum.Enum):
    HEAD = enum.auto()
    ENCAPSULATED = enum.auto()
    CHUNK_LINE = enum.auto()
    CHUNK = enum.auto()
    TRAILER = enum.auto()
    DECISION = enum.auto()
    FAILED = enum.auto()


class Parser:
    """One connection's input. Holds no more than a head or the chunk that is being read."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._state = _State.HEAD
        self._in_preview = False
        self._left = 0
        self._ieof = False
        self._begun: tuple[str, str, Head, list[tuple[str, int]]] | None = None

    @property
    def idle(self) -> bool:
        """Between two transactions, with nothing received of the next."""
        return self._state is _State.HEAD and not self._buffer

    def feed(self, data: bytes) -> Iterator[Event]:
        """Events that are complete with these bytes. Stops at PreviewEnd until a decision was told."""
        self._buffer += data
        while True:
            try:
                event = self._step()
            except ProtocolError:
                self._state = _State.FAILED
                raise
            if event is None:
                return
            if event is not _MORE:
                yield event

    def go_on(self) -> None:
        """After PreviewEnd: 100 Continue was sent, the rest of the body will follow."""
        self._decide(_State.CHUNK_LINE)

    def stop(self) -> None:
        """After PreviewEnd: the answer was given, the rest will not be sent."""
        self._decide(_State.HEAD)

    def _decide(self, state):
        if self._state is not _State.DECISION:
            raise RuntimeError("no preview waits for a decision")
        self._state, self._in_preview = state, False

    def _step(self):
        match self._state:
            case _State.HEAD:
                return self._head()
            case _State.ENCAPSULATED:
                return self._encapsulated()
            case _State.CHUNK_LINE:
                return self._chunk_line()
            case _State.CHUNK:
                return self._chunk()
            case _State.TRAILER:
                return self._trailer()
            case _State.FAILED:
                raise ProtocolError("nothing can be read after an error")
        return None

    def _head(self):
        while self._buffer[:2] == b"\r\n":  # some send an empty line between requests
            del self._buffer[:2]
        text = self._until(b"\r\n\r\n", HEAD_BYTES_MAX, "the head is too long")
        if text is None:
            return None
        head = _read(text)
        if not (first := _FIRST.match(head.first)):
            raise ProtocolError("no ICAP request", 405 if "ICAP/1." in head.first else 400)
        parts = _parts(head.get("encapsulated", "null-body=0"))
        self._begun = first[1], first[2], head, parts
        self._left = parts[-1][1]
        self._state = _State.ENCAPSULATED
        return _MORE

    def _encapsulated(self):
        if len(self._buffer) < self._left:
            return None
        method, uri, icap, parts = self._begun
        heads = {}
        for (name, begin), (_, end) in pairwise(parts):
            heads[name] = _read(bytes(self._buffer[begin:end]))
        del self._buffer[: self._left]
        has_body = parts[-1][0] != "null-body"
        preview = _preview(icap) if has_body else None
        self._in_preview = preview is not None
        self._state = _State.CHUNK_LINE if has_body else _State.HEAD
        return Request(method, uri, icap, heads.get("req-hdr"), heads.get("res-hdr"), has_body, preview)

    def _chunk_line(self):
        line = self._until(b"\r\n", CHUNK_LINE_BYTES_MAX, "the line of a chunk is too long")
        if line is None:
            return None
        if not (found := _CHUNK.match(line)):
            raise ProtocolError("no chunk")
        self._left, self._ieof = int(found[1], 16), found[2] is not None
        if self._left > CHUNK_BYTES_MAX:
            raise ProtocolError("the chunk is too long", 413)
        self._state = _State.CHUNK if self._left else _State.TRAILER
        return _MORE

    def _chunk(self):
        if len(self._buffer) < self._left + 2:
            return None
        data = bytes(memoryview(self._buffer)[: self._left])
        if self._buffer[self._left : self._left + 2] != b"\r\n":
            raise ProtocolError("a chunk does not end where it says")
        del self._buffer[: self._left + 2]
        self._state = _State.CHUNK_LINE
        return Body(data)

    def _trailer(self):
        """Lines until an empty one; what they say is of no use here."""
        line = self._until(b"\r\n", HEAD_BYTES_MAX, "the trailer is too long")
        if line is None:
            return None
        if line:
            return _MORE
        if self._in_preview and not self._ieof:
            self._state = _State.DECISION
            return PreviewEnd()
        self._state, self._in_preview = _State.HEAD, False
        return BodyEnd()

    def _until(self, end, bytes_max, reason):
        """What comes before ``end``, taken off the buffer with it; None until it is there."""
        at = self._buffer.find(end)
        if at > bytes_max or (at < 0 and len(self._buffer) > bytes_max + len(end)):
            raise ProtocolError(reason, 413)
        if at < 0:
            return None
        text = bytes(self._buffer[:at])
        del self._buffer[: at + len(end)]
        return text


_MORE = object()


def _read(text):
    try:
        return read_head(text)
    except HeadError as error:
        raise ProtocolError(str(error)) from error


def _parts(text):
    """The Encapsulated field: (name, offset) in order, the last one being the body's."""
    parts = []
    for item in text.split(","):
        if not (found := _PART.match(item.strip())):
            raise ProtocolError("no list of parts in Encapsulated")
        parts.append((found[1], int(found[2])))
    offsets = [offset for _, offset in parts]
    ordered = offsets == sorted(offsets) and offsets[0] == 0 and offsets[-1] <= ENCAPSULATED_BYTES_MAX
    bodies_last = all(name.endswith("-hdr") for name, _ in parts[:-1]) and parts[-1][0].endswith("-body")
    if not ordered or not bodies_last or len({name for name, _ in parts}) != len(parts):
        raise ProtocolError("the parts of Encapsulated contradict each other")
    return parts


def _preview(icap):
    text = icap.get("preview")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise ProtocolError("no number in Preview")
    return int(text)
