"""The sandbox's door: a box asks about a file by its hash, and sends the file only when the centre wants it.

Frames as on the log link (``logs.Deframer``), one question at a time:

    edge   -> Question(sha256, ...)          do you know this file? I can wait so long
    centre -> Answer(sha256, "wanted")       never seen: send it
    edge   -> Piece(sha256, body, last) ...  the file, in order
    centre -> Answer(sha256, state)          clean, malicious, or pending when the wait is over

Whoever gets ``pending`` asks again. What the sandbox finds malicious later is told when somebody asks again: the box
keeps asking about what it has let through.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal

import msgspec

from sekisho_wire.logs import FRAME_BYTES_MAX, WireError

WAIT_SECONDS_MAX = 50
PIECE_BYTES = 512 * 1024
FILE_BYTES_MAX = 256 << 20
NAME_CHARS_MAX = 300

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Kind = Literal["program", "script", "office", "pdf", "archive"]
State = Literal["clean", "malicious", "pending", "wanted", "refused"]

_LENGTH = struct.Struct(">I")


class Question(msgspec.Struct, frozen=True, tag_field="t", tag="question"):
    """``wait_seconds`` is how long the answer may take when it would otherwise be ``pending``."""

    sha256: Sha256
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=FILE_BYTES_MAX)]
    kind: Kind
    name: Annotated[str, msgspec.Meta(max_length=NAME_CHARS_MAX)] = ""
    wait_seconds: Annotated[float, msgspec.Meta(ge=0, le=WAIT_SECONDS_MAX)] = 0


class Piece(msgspec.Struct, frozen=True, tag_field="t", tag="piece"):
    """A part of the file that was asked for last."""

    sha256: Sha256
    body: Annotated[bytes, msgspec.Meta(max_length=PIECE_BYTES)]
    last: bool = False


class Answer(msgspec.Struct, frozen=True, tag_field="t", tag="answer"):
    """``by`` names who judged: a person must be able to tell a sandbox from a stand-in. ``threat`` when malicious."""

    sha256: Sha256
    state: State
    threat: str = ""
    by: str = ""


_encoder = msgspec.msgpack.Encoder()
_from_edge = msgspec.msgpack.Decoder(Question | Piece)
_from_centre = msgspec.msgpack.Decoder(Answer)


def frame(message: Question | Piece | Answer) -> bytes:
    """One message as it goes onto the wire."""
    payload = _encoder.encode(message)
    if len(payload) > FRAME_BYTES_MAX:
        raise WireError(f"a frame of {len(payload)} bytes")
    return _LENGTH.pack(len(payload)) + payload


def read_from_edge(payload: bytes) -> Question | Piece:
    """What a box sent, or WireError."""
    return _read(_from_edge, payload)


def read_from_centre(payload: bytes) -> Answer:
    """What the centre sent, or WireError."""
    return _read(_from_centre, payload)


def _read(decoder, payload):
    try:
        return decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a message of the sandbox's door: {error}") from error
