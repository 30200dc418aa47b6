"""The durable memory of log shipping: up to where the centre has our logs, and which file that is.

Written to a new file, synced and renamed, so that a power cut leaves the old or the new one. One that can't
be read is set aside and counts as none: the centre's Welcome then says where to go on.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from sekisho_wire.logs import Position

HEAD_BYTES = 256


class FileIdentity(msgspec.Struct, frozen=True):
    """Which file a generation is. The first bytes tell a new file from an old one with its inode number."""

    device: int
    inode: int
    modified_ns: int
    head: bytes


class Bookmark(msgspec.Struct, frozen=True):
    """``cuts`` are the bounds of batches sent and not acknowledged; ``files`` the generations from ``acked`` on."""

    acked: Position
    cuts: tuple[tuple[Position, Position], ...] = ()
    files: dict[int, FileIdentity] = {}


def load(path: Path) -> Bookmark | None:
    """The stored bookmark, or None."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Bookmark)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError:
        path.rename(path.with_suffix(".unreadable"))
        return None


def save(path: Path, bookmark: Bookmark) -> None:
    """Durable when this returns."""
    write_durably(path, msgspec.json.encode(bookmark))


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a small file so that a crash at any moment leaves the old or the new content."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
