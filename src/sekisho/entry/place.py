"""Where one installation keeps its things: the folder ``var/``, its secrets, ports and lock.

Everything that one machine needs beyond the code is below this folder, so that two installations
never meet and removing the folder removes the installation.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .engines import free_port


class PlaceError(Exception):
    """The installation's folder can't be used as it is; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """The folder of one installation."""

    var: Path

    @classmethod
    def of(cls, var: str | os.PathLike[str] | None = None) -> Place:
        """The folder named, or ``SEKISHO_VAR``, or ``var`` below the current folder."""
        return cls(Path(var or os.environ.get("SEKISHO_VAR") or "var").absolute())

    def make(self) -> None:
        try:
            for folder in (self.var, self.run, self.log, self.mail, self.lake, self.edge, self.ca):
                folder.mkdir(parents=True, exist_ok=True)
            self.var.chmod(0o700)
        except OSError as error:
            raise PlaceError(f"{self.var} can't be used: {error}; choose another folder with --var") from error

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def mail(self) -> Path:
        """Where the demonstration's mail server keeps what it was handed, one file a message."""
        return self.var / "mail"

    @property
    def lake(self) -> Path:
        return self.var / "lake"

    @property
    def edge(self) -> Path:
        return self.var / "edge"

    @property
    def ca(self) -> Path:
        return self.var / "ca"

    @property
    def static(self) -> Path:
        return self.var / "static"

    @property
    def state_file(self) -> Path:
        """What the supervisor says about itself and its children, for ``status`` and ``down``."""
        return self.run / "state.json"

    @property
    def demo_file(self) -> Path:
        """The demonstration's people with their passwords; only ever made by the seed."""
        return self.var / "demo-people.json"

    def secret(self, name: str) -> str:
        """A random secret of this installation, made at its first use."""
        path = self.var / "secrets" / name
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()

    def port(self, name: str, wanted: int | None = None) -> int:
        """The port of a service: as wanted, as last time, or any free one; kept for the next start."""
        path = self.var / "ports.json"
        known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        port = next((p for p in (wanted, known.get(name)) if p and is_free(p)), None)
        if port is None and wanted:
            raise PlaceError(f"port {wanted} for {name} is in use: choose another with --port, or end its user")
        while port is None or not _claim(port):
            port = free_port()
        path.write_text(json.dumps({**known, name: port}, indent=1, sort_keys=True))
        return port

    def state(self) -> dict[str, Any] | None:
        """The supervisor's last word, or None when nothing was started here."""
        try:
            return json.loads(self.state_file.read_text())
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        except OSError as error:
            raise PlaceError(f"{self.var} can't be read: {error}") from error

    def is_held(self) -> bool:
        """Whether a supervisor is at work in this folder right now."""
        if not (self.run / "lock").exists():
            return False
        with self._lock_file() as lock:
            return not _try_lock(lock)

    def _lock_file(self) -> TextIO:
        try:
            return (self.run / "lock").open("a")
        except OSError as error:
            raise PlaceError(f"{self.var} can't be written: {error}; choose another folder with --var") from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder against a second supervisor; the kernel lets go when this process ends."""
        with self._lock_file() as lock:
            if not _try_lock(lock):
                state = self.state() or {}
                raise PlaceError(
                    f"Sekisho is already up in {self.var} (process {state.get('pid', 'unknown')}): "
                    "use it, end it with 'sekisho down', or choose another folder with --var"
                )
            yield


def _try_lock(lock: Any) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody listens there, and no other installation is about to."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return _claim(port)


_claims: dict[int, socket.socket] = {}


def _claim(port: int) -> bool:
    """Take a port for this process's life, among all installations on this machine; False when another has it.

    Between choosing a port and listening on it seconds pass, and two web servers can share one port without
    an error: half of the requests would reach the other installation. The kernel lets go when we end.
    """
    if port in _claims:
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0sekisho-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read; never visible half-written."""
    draft = path.with_name(f"{path.name}.new")
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    draft.write_text(text)
    draft.replace(path)
