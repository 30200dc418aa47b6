"""Hashes of what was found clean by the definitions in force, so that nobody waits twice for the same file. Pure."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED_MAX = 50_000


class CleanFiles:
    """The longest unused are forgotten first."""

    def __init__(self, entries_max: int = REMEMBERED_MAX) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()
        self._entries_max = entries_max

    def __contains__(self, sha256: str) -> bool:
        if sha256 in self._known:
            self._known.move_to_end(sha256)
            return True
        return False

    def __len__(self) -> int:
        return len(self._known)

    def add(self, sha256: str) -> None:
        self._known[sha256] = None
        self._known.move_to_end(sha256)
        while len(self._known) > self._entries_max:
            self._known.popitem(last=False)

    def forget(self, sha256: str) -> None:
        self._known.pop(sha256, None)

    def clear(self) -> None:
        """Other definitions: nobody knows any more."""
        self._known.clear()
