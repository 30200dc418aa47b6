"""The bus's key-value bucket of desired states: one key for each kind of each device, its newest signed state.

The worker puts, collectors read. A collector asks what changed since it last asked, by the bucket's own sequence, so a
lost connection, a restarted server or even a bucket that was made anew loses nothing: who asks again gets it.

Errors as in ``bus``: BusUnavailable, try again.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

BUCKET = "DESIRED"
BUCKET_BYTES_MAX = 4 * 1024**3
CHANGES_MAX = 256
"""At most so many changes are told at once."""


class Changes(NamedTuple):
    """The keys (device, kind) that changed, and up to where: the next question's ``since``."""

    keys: tuple[tuple[str, str], ...]
    upto: int


class DesiredStates(Protocol):
    """Both twins pass the same tests."""

    async def put(self, device: str, kind: str, text: bytes) -> int:
        """On disk when this returns; the bucket's sequence."""
        ...

    async def get(self, device: str, kind: str) -> bytes | None: ...

    async def last(self) -> int:
        """The sequence of the newest put."""
        ...

    async def changes(self, since: int) -> Changes:
        """What was put after ``since``, oldest first; everything when the bucket is younger than that."""
        ...

    async def devices(self) -> set[str]:
        """Every device that has a state here."""
        ...

    async def close(self) -> None: ...


class MemoryDesiredStates:
    """In this process: for tests."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._last = 0

    async def put(self, device: str, kind: str, text: bytes) -> int:
        self._last += 1
        self._texts[device, kind] = self._last, text
        return self._last

    async def get(self, device: str, kind: str) -> bytes | None:
        return self._texts.get((device, kind), (0, None))[1]

    async def last(self) -> int:
        return self._last

    async def changes(self, since: int) -> Changes:
        since = 0 if since > self._last else since
        newer = sorted((at, key) for key, (at, _) in self._texts.items() if at > since)[:CHANGES_MAX]
        return Changes(tuple(key for _, key in newer), newer[-1][0] if newer else since)

    async def devices(self) -> set[str]:
        return {device for device, _ in self._texts}

    async def close(self) -> None:
        """Nothing to let go of."""
