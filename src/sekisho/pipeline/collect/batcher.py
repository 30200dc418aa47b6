"""Records of one source become stream batches: large enough for a disk sync to be worth it, never late.

A source that can't be asked again (syslog) gets its positions from us: the collector's start is the
generation, the record's number in it the offset. Pure but for the clocks that it is handed.
"""

from __future__ import annotations

from sekisho.pipeline.batch import RAW_BYTES_MAX, RAW_BYTES_TARGET, StreamBatch, batch_id, pack_octets

BATCH_SECONDS_MAX = 0.5


class Batcher:
    """Collects records of one source of one device. ``generation`` differs for each start of the collector."""

    def __init__(self, device: str, source: str, product: str, generation: int) -> None:
        self.device = device
        self.source = source
        self.product = product
        self._generation = generation
        self._next = 0
        self._records: list[bytes] = []
        self._bytes = 0
        self._since: float | None = None

    @property
    def size_bytes(self) -> int:
        return self._bytes

    @property
    def records(self) -> int:
        return len(self._records)

    def add(self, record: bytes, at: float) -> None:
        """Keep one record that arrived at ``at`` (a monotonic clock, seconds)."""
        self._records.append(record)
        self._bytes += len(record)
        if self._since is None:
            self._since = at

    def due(self, at: float) -> bool:
        """Whether a batch should go now: it is large enough, or its first record has waited long enough."""
        if self._since is None:
            return False
        return self._bytes >= RAW_BYTES_TARGET or at - self._since >= BATCH_SECONDS_MAX

    def take(self, received_at: float) -> StreamBatch | None:
        """The oldest records as a batch of at most RAW_BYTES_MAX; None when there are none.

        ``received_at`` is seconds since 1970. The batch counts as taken: publish it until it is safe.
        """
        if not self._records:
            return None
        count = self._fitting()
        taken, self._records = self._records[:count], self._records[count:]
        self._bytes -= sum(map(len, taken))
        first = f"{self._generation}:{self._next}"
        self._next += count
        if not self._records:
            self._since = None
        return StreamBatch(
            batch_id=batch_id(self.device, self.source, first),
            device=self.device,
            source=self.source,
            product=self.product,
            first=first,
            received_at=received_at,
            records=count,
            framing="octets",
            body=pack_octets(taken),
        )

    def _fitting(self) -> int:
        size = 0
        for index, record in enumerate(self._records):
            size += len(record) + 4
            if size > RAW_BYTES_MAX and index:
                return index
        return len(self._records)
