"""What an engine's renderer reads and returns. Pure values: ``plan`` compares them, ``converge`` carries them out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sekisho_wire.policy.functions import Failure

FOLDER = "@FOLDER@"
"""In a file's text: the folder that it lies in. A candidate lies elsewhere than the files in force."""


@dataclass(frozen=True)
class Places:
    """What renderers know of the box besides its policy; all paths absolute.

    ``addresses`` are the edge's own, by inside zone; ``resolvers`` the name servers that the box itself asks.
    ``definitions`` is the set in force: ``categories/<code>.txt``, ``applications/``, ``yara/`` ...
    """

    state: Path
    definitions: Path
    addresses: Mapping[str, str] = field(default_factory=dict)
    resolvers: tuple[str, ...] = ()
    squid: tuple[int, int] = (6, 13)
    """Version of the web proxy on this box."""
    clamd: bool = False
    """Whether the box has ClamAV's daemon, and signatures for it."""
    sandbox: Path | None = None
    """The socket on which the agent takes questions for the centre's sandbox."""
    upstream_roots: Path | None = None
    """Roots that origins may have besides the system's."""

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def ca_certificate(self) -> Path:
        """The line's CA, which clients of inspected zones trust."""
        return self.state / "inspection" / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.state / "inspection" / "ca.key"

    def folder(self, name: str) -> Path:
        """Where a daemon's files in force lie."""
        return self.state / "daemons" / name


@dataclass(frozen=True)
class Daemon:
    """One engine as a policy wants it: relative file names and their texts.

    ``failure`` is what happens to the traffic that is turned to it while it does not answer: ``open`` lets the traffic
    go its own way. ``restart`` names files that a running engine does not read again.
    """

    name: str
    files: Mapping[str, str]
    failure: Failure = "open"
    restart: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """Identity of all its files."""
        return _digest(self.files)

    @property
    def restart_digest(self) -> str:
        """Identity of those that need a restart."""
        return _digest({name: text for name, text in self.files.items() if name in self.restart})


def _digest(files):
    said = hashlib.sha256()
    for name in sorted(files):
        said.update(f"{name}\0{len(files[name])}\0".encode() + files[name].encode())
    return said.hexdigest()[:16]
