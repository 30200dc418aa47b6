"""Which device is whose, as the pipeline and the collector ask for every batch. Needs Django.

One question to the database a few seconds at most, however many batches come. A device that is not
known is looked for again at once, so that a box that was just enrolled is not sent to quarantine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping

from django.db import close_old_connections

from sekisho.apps.fleet.actions import note_seen
from sekisho.apps.fleet.queries import device_contexts
from sekisho.ocsf.device import DeviceContext, Network

FRESH_SECONDS = 5.0
UNKNOWN_RETRY_SECONDS = 0.5


class DeviceDirectory:
    """Device id -> its contract, retention and networks. Raises what the database raises when it is away."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._monotonic = threading.Lock(), monotonic
        self.known: dict[str, DeviceContext] = {}
        self._read_at = float("-inf")
        self._seen: set[str] = set()

    def __call__(self, device: str) -> DeviceContext | None:
        with self._lock:
            age = self._monotonic() - self._read_at
            if age > FRESH_SECONDS or (device not in self.known and age > UNKNOWN_RETRY_SECONDS):
                self._read()
            if device in self.known:
                self._seen.add(device)
            return self.known.get(device)

    def _read(self) -> None:
        close_old_connections()
        if self._seen:
            note_seen(sorted(self._seen))
            self._seen.clear()
        self.known = {context.device: context for context in device_contexts()}
        self._read_at = self._monotonic()


class DeviceHomes(Mapping[str, tuple[Network, ...]]):
    """Device id -> the networks on the contractor's side of it, as the directory knows them right now."""

    def __init__(self, directory: DeviceDirectory) -> None:
        self._directory = directory

    def __getitem__(self, device: str) -> tuple[Network, ...]:
        return self._directory.known[device].home_networks

    def __iter__(self) -> Iterator[str]:
        return iter(self._directory.known)

    def __len__(self) -> int:
        return len(self._directory.known)
