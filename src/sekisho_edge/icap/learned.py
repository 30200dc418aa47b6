"""Files that the sandbox found malicious after somebody here had met them: block entries of this box, kept on disk.

A line is a SHA-256 in hex, a blank, and the threat's name. The oldest are forgotten when there are too many; by then
the centre's definitions list them.
"""

from __future__ import annotations

import re
from pathlib import Path

ENTRIES_MAX = 20_000
_LINE = re.compile(r"([0-9a-f]{64}) (.{1,200})")


class Learned:
    """The list in one file, which only this process writes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(errors="replace").splitlines() if file.exists() else []
        self._names = dict(found.groups() for line in lines[-ENTRIES_MAX:] if (found := _LINE.fullmatch(line)))

    def __len__(self) -> int:
        return len(self._names)

    def name_of(self, sha256: str) -> str | None:
        return self._names.get(sha256)

    def add(self, sha256: str, threat: str) -> None:
        """Known from now on, also after the next start."""
        name = " ".join(threat.split())[:200] or "sandbox"
        if self._names.get(sha256) == name:
            return
        self._names[sha256] = name
        with self._file.open("a") as out:
            out.write(f"{sha256} {name}\n")
