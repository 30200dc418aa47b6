"""The pure core of log shipping: bytes of a growing source in, batches of whole lines out, words of the centre in.

No I/O and no clock of its own: ``now`` is an argument, in seconds of any monotonic clock. What it keeps true:

- batches follow each other without gap or overlap, each inside one generation of the source;
- a batch that was handed out has the same bounds for ever, also in the next life of the process
  (``cuts``), because the centre knows a batch by where it starts;
- ``acked`` only grows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sekisho_wire.logs import BATCH_RAW_BYTES_MAX, Position

BATCH_RAW_BYTES_TARGET = 256_000
WAIT_SECONDS_MAX = 0.3
IN_FLIGHT_MAX = 4
LINE_BYTES_MAX = 7 * 1024 * 1024
"""A longer line is sent in pieces of this size: it must fit a frame even if it doesn't compress."""

Cut = tuple[Position, Position]


@dataclass(frozen=True)
class Batch:
    """Whole lines from ``first`` up to ``next``; ``raw`` ends with a newline, even where the source doesn't."""

    first: Position
    next: Position
    raw: bytes

    @property
    def lines(self) -> int:
        return self.raw.count(b"\n")


class Shipper:
    """One source. ``cuts`` are the bounds of batches that were handed out before and never acknowledged."""

    def __init__(self, acked: Position, cuts: Iterable[Cut] = ()) -> None:
        self.acked = acked
        self.split_lines = 0
        self._start = acked
        self._buffer = bytearray()
        self._searched = 0
        self._waiting_since: float | None = None
        self._ended = False
        self._owed = deque(cut for cut in cuts if cut[0] >= acked)
        self._in_flight: deque[Batch] = deque()

    @property
    def read_at(self) -> Position:
        """The place of the next byte that ``feed`` expects."""
        return Position(self._start.generation, self._start.offset + len(self._buffer))

    @property
    def hungry(self) -> bool:
        """Whether more bytes would help: there is not yet enough for a batch."""
        if self._owed and self._owed[0][0] == self._start:
            return self._owed[0][1].offset > self.read_at.offset
        return len(self._buffer) < BATCH_RAW_BYTES_MAX or not self._whole_bytes()

    @property
    def cuts(self) -> list[Cut]:
        """Bounds of every batch that is out and not acknowledged, to be kept over a restart."""
        return [(batch.first, batch.next) for batch in self._in_flight] + list(self._owed)

    def cuts_at(self, position: Position) -> bool:
        """Whether ``position`` is a bound between what was handed out: the place where a batch ends or begins."""
        return position == self._start or any(position in (b.first, b.next) for b in self._in_flight)

    @property
    def ended(self) -> bool:
        return self._ended

    @property
    def drained(self) -> bool:
        """Whether the generation has ended and all of it has been handed out."""
        return self._ended and not self._buffer

    @property
    def idle(self) -> bool:
        """Whether everything that was fed is acknowledged."""
        return not self._buffer and not self._in_flight

    def feed(self, data: bytes, now: float) -> None:
        """The source's next bytes, cut anywhere."""
        self._buffer += data
        if self._waiting_since is None and b"\n" in data:
            self._waiting_since = now

    def end_generation(self) -> None:
        """The file has got its last byte. A tail without newline counts as a line now."""
        self._ended = True

    def next_generation(self) -> None:
        """Go on with a new file; only when ``drained``."""
        if not self.drained:
            raise ValueError("the old generation is not handed out yet")
        self._restart(Position(self._start.generation + 1, 0))

    def skip_to(self, position: Position) -> None:
        """The centre is further than we are: forget what it has already."""
        self._in_flight.clear()
        self._owed = deque(cut for cut in self._owed if cut[0] >= position)
        self.acked = max(self.acked, position)
        self._restart(position)

    def take(self, now: float) -> Batch | None:
        """The next batch to send, if one is due and the window has room."""
        if len(self._in_flight) >= IN_FLIGHT_MAX:
            return None
        size = self._owed_bytes() if self._owes() else self._due_bytes(now)
        if not size:
            return None
        batch = self._cut(size)
        self._in_flight.append(batch)
        return batch

    def unacknowledged(self) -> list[Batch]:
        """What must be sent again on a new connection, in order."""
        return list(self._in_flight)

    def acknowledge(self, position: Position) -> bool:
        """The centre has everything before ``position`` on disk. Whether that was news."""
        if position <= self.acked:
            return False
        while self._in_flight and self._in_flight[0].next <= position:
            self._in_flight.popleft()
        self.acked = position
        return True

    def _owes(self):
        while self._owed and self._owed[0][0] < self._start:
            self._owed.popleft()
        return bool(self._owed) and self._owed[0][0] == self._start

    def _owed_bytes(self):
        """The size of the batch that must be repeated, once its bytes are here; if they never come, what came."""
        size = self._owed[0][1].offset - self._start.offset
        if len(self._buffer) < size and not self._ended:
            return 0
        self._owed.popleft()
        return min(size, len(self._buffer))

    def _due_bytes(self, now):
        size = self._whole_bytes()
        waited = self._waiting_since is not None and now - self._waiting_since >= WAIT_SECONDS_MAX
        return size if waited or self._ended or len(self._buffer) >= BATCH_RAW_BYTES_TARGET else 0

    def _whole_bytes(self):
        """How many bytes at the front make a batch: whole lines up to the limit, or one line over it."""
        if end := self._buffer.rfind(b"\n", 0, BATCH_RAW_BYTES_MAX) + 1:
            return end
        if end := self._buffer.find(b"\n", max(self._searched, BATCH_RAW_BYTES_MAX)) + 1:
            return min(end, LINE_BYTES_MAX)
        self._searched = len(self._buffer)
        if len(self._buffer) >= LINE_BYTES_MAX:
            return LINE_BYTES_MAX
        return len(self._buffer) if self._ended else 0

    def _cut(self, size):
        raw = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._searched = 0
        first, self._start = self._start, Position(self._start.generation, self._start.offset + size)
        if b"\n" not in self._buffer:
            self._waiting_since = None
        if not raw.endswith(b"\n"):
            self.split_lines += not self._ended
            raw += b"\n"
        return Batch(first, self._start, raw)

    def _restart(self, position):
        self._start, self._ended, self._searched, self._waiting_since = position, False, 0, None
        self._buffer.clear()
