"""Definitions on their way to a box: signatures, categories, catalogues, hashes, geography, as one versioned set.

The repository is one of The Update Framework (TUF): its signed metadata says which files are genuine, and keeps a box
from taking an old or a half set for the newest. Targets of the repository:

    channels.json            Channels: which version is for whom
    sets/<version>.json      Manifest: the files of one version
    files/<sha256>           the files by their content, so that what did not change is not fetched again

They travel over the log link's address, with the device's certificate. A connection that begins with ``Fetch`` is for
files only: every ``Fetch`` is answered by ``Content`` until all bytes are there, by ``Absent``, or by a ``Refusal``.

A set in its folder (``<state>/definitions/current``):

    signatures/*.rules  categories/<code>.txt  applications/*.toml or applications.json  yara/*.yar  clamav/*
    hashes.sha256  geo/<country>.txt
"""

from __future__ import annotations

import hashlib
import re

import msgspec

CHANNELS = "channels.json"
ROOT = "1.root.json"
"""The first root of trust, among the repository's metadata."""

FETCH_PATH_CHARS_MAX = 300
CONTENT_BYTES_MAX = 256 * 1024
FILES_MAX = 5_000
FILE_BYTES_MAX = 512 * 1024 * 1024
SET_BYTES_MAX = 2 * 1024 * 1024 * 1024
BUCKETS = 100

_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,149}/){0,3}[A-Za-z0-9_][A-Za-z0-9_.-]{0,149}")
"""A path inside a set or a repository: no part begins with a dot, so none leads outside or hides."""


class DefinitionsError(Exception):
    """The set, or what describes it, can't be used; nothing was changed. The message says why."""


class Fetch(msgspec.Struct, frozen=True, tag_field="t", tag="fetch"):
    """The box asks for a file of the repository, such as ``metadata/timestamp.json``."""

    path: str


class Content(msgspec.Struct, frozen=True, tag_field="t", tag="content"):
    """The next bytes of the file that was asked for. ``bytes_left`` is 0 in the last one."""

    body: bytes
    bytes_left: int


class Absent(msgspec.Struct, frozen=True, tag_field="t", tag="absent"):
    """There is no such file."""

    path: str


class SetFile(msgspec.Struct, frozen=True):
    """One file of a set: its place in the set's folder, and its content."""

    path: str
    sha256: str
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """One version of the definitions. ``counts``: entries by kind, as the engines that loaded them counted."""

    version: int
    built_at: str
    """ISO 8601, UTC."""
    files: tuple[SetFile, ...]
    counts: dict[str, int] = {}
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """What was in the sources and does not load, with the engine's words."""


class Upcoming(msgspec.Struct, frozen=True):
    """A version on its way: first these devices, then a share of all."""

    version: int
    devices: tuple[str, ...] = ()
    percent: int = 0


class Channels(msgspec.Struct, frozen=True):
    """Which version each box shall have. ``stable`` 0: none yet, boxes stay with what they were shipped with."""

    stable: int = 0
    upcoming: Upcoming | None = None


def version_for(channels: Channels, device: str) -> int:
    """The version that this device shall have; 0 for none. Shares grow: who has it at 10 % has it at 50 %."""
    upcoming = channels.upcoming
    if upcoming and (device in upcoming.devices or bucket(device, upcoming.version) < upcoming.percent):
        return upcoming.version
    return channels.stable


def bucket(device: str, version: int) -> int:
    """0 to 99: a device's place in the order of one version. Another version begins with other devices."""
    return int.from_bytes(hashlib.sha256(f"{version}/{device}".encode()).digest()[:8]) % BUCKETS


def is_path(text: str) -> bool:
    """Whether a text is a path inside a set or a repository, and nothing else."""
    return len(text) <= FETCH_PATH_CHARS_MAX and _PATH.fullmatch(text) is not None


def set_name(version: int) -> str:
    """The target that holds a version's manifest."""
    return f"sets/{version}.json"


def file_name(sha256: str) -> str:
    """The target that holds a file."""
    return f"files/{sha256}"


def read_channels(text: bytes) -> Channels:
    """DefinitionsError for anything else."""
    return _read(text, Channels)


def read_manifest(text: bytes) -> Manifest:
    """A manifest whose paths stay inside its folder and whose sizes are within the limits, or DefinitionsError."""
    manifest = _read(text, Manifest)
    paths = [file.path for file in manifest.files]
    if not all(map(is_path, paths)) or len(set(paths)) != len(paths) or len(paths) > FILES_MAX:
        raise DefinitionsError("the set names files that are too many, twice there, or outside of it")
    sizes = [file.size_bytes for file in manifest.files]
    if any(not 0 <= size <= FILE_BYTES_MAX for size in sizes) or sum(sizes) > SET_BYTES_MAX:
        raise DefinitionsError("the set is over the limit of size")
    return manifest


def _read(text, kind):
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        raise DefinitionsError(f"not a {kind.__name__.lower()}: {error}") from error
