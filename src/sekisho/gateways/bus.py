"""The log bus: what the collector hands over, safe on disk, until the pipeline has put it into the lake.

One stream ``LOGS`` with one subject for each source of each device. The stream refuses what it has
no room for (the collector then waits, and so does the edge) and never discards a message that the
pipeline has not acknowledged; ``trim`` is the only thing that removes any.

Errors say what the caller does next::

    BusError
    ├── BusUnavailable   try again later; nothing was promised
    │   └── BusFull      the same, and somebody should look why the pipeline is behind
    └── BusUnsafe        stop and ask a person: this server would lose acknowledged messages
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

STREAM = "LOGS"
CONSUMER = "pipeline"
NEXT_HEADER = "Sekisho-Next"
"""Where the source goes on after this message, in the sender's own words; see ``Bus.position``."""

STREAM_BYTES_MAX = 8 * 1024**3
MESSAGE_BYTES_MAX = 1_000_000
REPLAY_BYTES_MAX = STREAM_BYTES_MAX // 2
"""Acknowledged messages stay for a replay while they and the rest take less than this..."""
REPLAY_SECONDS_MAX = 3 * 86_400
"""...and are not older than this: at least twice the longest maintenance plus backup of the lake."""

DUPLICATE_WINDOW_SECONDS = 600
"""The stream drops a repeated message id within this time; the lake's ledger does it afterwards."""
ACK_WAIT_SECONDS = 15
UNACKNOWLEDGED_MESSAGES_MAX = 512

_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BusError(Exception):
    """The root of this module's errors."""


class BusUnavailable(BusError):
    """The bus can't be reached or did not answer in time: try again; publishing again is harmless."""


class BusFull(BusUnavailable):
    """The stream is at its limit: wait until the pipeline has caught up."""


class BusUnsafe(BusError):
    """The server acknowledges before its disk has the message: never start on it."""


@dataclass(frozen=True)
class Delivery:
    """One message in the pipeline's hands. Exactly one of ``ack`` and ``retry_later`` ends it.

    ``delivered`` counts deliveries, this one included. Unless it is ended or ``in_progress`` is
    called within ACK_WAIT_SECONDS, the stream delivers it again.
    """

    data: bytes
    message_id: str
    delivered: int
    sequence: int
    ack: Callable[[], Awaitable[None]] = field(compare=False, repr=False)
    retry_later: Callable[[float], Awaitable[None]] = field(compare=False, repr=False)
    in_progress: Callable[[], Awaitable[None]] = field(compare=False, repr=False)


@dataclass(frozen=True)
class StreamCounts:
    """How full the stream is and how far behind the pipeline is, in messages and bytes."""

    messages: int
    bytes: int
    bytes_max: int
    waiting: int
    unacknowledged: int
    last_sequence: int
    done_sequence: int
    """Every message up to this one is acknowledged."""


class Bus(Protocol):
    """What the collector and the pipeline need of a bus; both twins pass the same tests."""

    async def publish(self, device: str, source: str, payload: bytes, *, message_id: str, next: str = "") -> bool:
        """Put one message on disk; True when it is new, False when the stream has had its id before.

        Returns only after the server has it synced. Raises BusUnavailable (nothing is promised).
        """
        ...

    async def position(self, device: str, source: str) -> str | None:
        """The ``next`` of the last message of that source in the stream; None when it has none there."""
        ...

    async def pull(self, *, messages_max: int, bytes_max: int, seconds_max: float) -> list[Delivery]:
        """Messages in order, at most so many; waits at most ``seconds_max`` for the first one.

        ``bytes_max`` is where it stops asking for more, so one fetch may go over it.
        """
        ...

    async def counts(self) -> StreamCounts: ...

    async def trim(self) -> int:
        """Remove what is acknowledged and past the replay limits; how many messages went."""
        ...

    async def close(self) -> None: ...


def subject_of(device: str, source: str) -> str:
    """The stream subject of one source of one device."""
    return f"logs.{_token(device)}.{_token(source)}"


def _token(text: str) -> str:
    """A subject token: the text itself where it may be one, else its hash (never two texts in one)."""
    if _PLAIN_TOKEN.fullmatch(text):
        return text
    return "=" + hashlib.sha256(text.encode()).hexdigest()[:32]
