"""The signed repository of definitions, by The Update Framework (TUF).

Folder: ``keys/<role>.pem`` (owner only; ``root.pem`` may be kept elsewhere), ``repository/`` is what boxes may read:
``metadata/`` and ``targets/``. Whatever is published appears by the rename of ``timestamp.json``, which comes last: a
crash at any moment leaves what was published before. One at a time changes it, by a lock on the folder.

DefinitionsError: there is no repository, a key is missing, or what was asked for is not in it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from sekisho.gateways import clock
from sekisho_wire.definitions import (
    CHANNELS,
    Channels,
    DefinitionsError,
    Manifest,
    read_channels,
    read_manifest,
    set_name,
)

ROLE_DAYS = {"root": 365, "targets": 90, "snapshot": 21, "timestamp": 7}
"""How long each role's signature counts. A box that hears nothing for longer keeps its set and says that it is old."""
KEPT_METADATA = 5

_SERIALIZER = JSONSerializer(compact=False)


class Repository:
    """Everything below one folder, such as ``var/definitions``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._metadata = folder / "repository" / "metadata"
        self._targets = folder / "repository" / "targets"

    def exists(self) -> bool:
        return (self._metadata / "timestamp.json").exists()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes it meanwhile."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def create(self) -> None:
        """Keys and first metadata, where there are none."""
        if self.exists():
            return
        for path in (self._metadata, self._targets, self.folder / "keys"):
            path.mkdir(parents=True, exist_ok=True)
        root = Root(expires=_expiry("root"), consistent_snapshot=True)
        for role in ROLE_DAYS:
            root.add_key(_new_key(self.folder / "keys" / f"{role}.pem").public_key, role)
        self._write("root", Metadata(root))
        self._write("targets", Metadata(Targets(expires=_expiry("targets"))))
        self._write("snapshot", Metadata(Snapshot(expires=_expiry("snapshot"))))
        self._write("timestamp", Metadata(Timestamp(expires=_expiry("timestamp"))))
        self.publish({CHANNELS: msgspec.json.encode(Channels())})

    def channels(self) -> Channels:
        """Which version is for whom."""
        return read_channels(self._target(CHANNELS))

    def versions(self) -> list[int]:
        """Every version that is published, the newest first."""
        names = self._targets_metadata().signed.targets
        return sorted((int(name[5:-5]) for name in names if name.startswith("sets/")), reverse=True)

    def manifest(self, version: int) -> Manifest:
        return read_manifest(self._target(set_name(version)))

    def file(self, sha256: str) -> Path:
        """Where the repository keeps a file of a set."""
        return self._targets / "files" / f"{sha256}.{sha256}"

    def publish(self, added: Mapping[str, bytes | Path], removed: frozenset[str] = frozenset()) -> None:
        """Targets in and out, as one step for every box."""
        targets = self._targets_metadata()
        for name in removed:
            targets.signed.targets.pop(name, None)
        for name, content in added.items():
            targets.signed.targets[name] = self._keep(name, content)
        targets.signed.version += 1
        targets.signed.expires = _expiry("targets")
        self._write("targets", targets)
        self._sign_snapshot(targets.signed.version)
        self._prune(targets)

    def renew(self) -> bool:
        """Sign anew what has lived half of its time; whether anything had. Boxes fetch only what is signed in time."""
        due = [role for role in ROLE_DAYS if _is_due(role, self._read(role).signed.expires)]
        if "root" in due and (self.folder / "keys" / "root.pem").exists():
            root = self._read("root")
            root.signed.version, root.signed.expires = root.signed.version + 1, _expiry("root")
            self._write("root", root)
        if "targets" in due:
            self.publish({})
        elif due:
            self._sign_snapshot(self._targets_metadata().signed.version)
        return bool(due)

    def expires_at(self) -> dt.datetime:
        """Until when a box can prove that what it sees is the newest."""
        return self._read("timestamp").signed.expires

    def _sign_snapshot(self, targets_version):
        snapshot, timestamp = self._read("snapshot"), self._read("timestamp")
        snapshot.signed.meta["targets.json"] = MetaFile(targets_version)
        snapshot.signed.version, snapshot.signed.expires = snapshot.signed.version + 1, _expiry("snapshot")
        self._write("snapshot", snapshot)
        timestamp.signed.snapshot_meta = MetaFile(snapshot.signed.version)
        timestamp.signed.version, timestamp.signed.expires = timestamp.signed.version + 1, _expiry("timestamp")
        self._write("timestamp", timestamp)

    def _targets_metadata(self) -> Metadata:
        return self._read("targets")

    def _target(self, name):
        target = self._targets_metadata().signed.targets.get(name)
        if target is None:
            raise DefinitionsError(f"{name} is not in the repository")
        return self._place(target).read_bytes()

    def _place(self, target):
        """Targets are stored under their hash, so that a box reading the state before still finds what it was told."""
        folder, _, base = target.path.rpartition("/")
        return self._targets / folder / f"{target.hashes['sha256']}.{base}"

    def _keep(self, name, content):
        data = content.read_bytes() if isinstance(content, Path) else content
        target = TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, name)
        if not self._place(target).exists():
            _write_durably(self._place(target), data)
        return target

    def _prune(self, targets):
        """Old metadata and files that no version has any more go; a box in the middle of an update keeps its own."""
        for role in ("targets", "snapshot"):
            for path in sorted(self._metadata.glob(f"*.{role}.json"), key=_version_of)[:-KEPT_METADATA]:
                path.unlink()
        channels = sorted(self._targets.glob(f"*.{CHANNELS}"), key=lambda path: path.stat().st_mtime_ns)
        wanted = {self._place(target) for target in targets.signed.targets.values()} | set(channels[-KEPT_METADATA:])
        for path in self._targets.rglob("*"):
            if path.is_file() and path not in wanted:
                path.unlink()

    def _read(self, role) -> Metadata:
        """The newest metadata of a role, which is the one that the timestamp leads to."""
        if not self.exists():
            raise DefinitionsError(f"{self.folder} holds no repository; make one with: sekisho definitions build")
        if role == "timestamp":
            return Metadata.from_file(str(self._metadata / "timestamp.json"))
        if role == "root":
            return Metadata.from_file(str(max(self._metadata.glob("*.root.json"), key=_version_of)))
        timestamp = Metadata.from_file(str(self._metadata / "timestamp.json"))
        version = timestamp.signed.snapshot_meta.version
        snapshot = Metadata.from_file(str(self._metadata / f"{version}.snapshot.json"))
        if role == "snapshot":
            return snapshot
        return Metadata.from_file(str(self._metadata / f"{snapshot.signed.meta['targets.json'].version}.targets.json"))

    def _write(self, role, metadata):
        metadata.sign(self._signer(role))
        name = "timestamp.json" if role == "timestamp" else f"{metadata.signed.version}.{role}.json"
        _write_durably(self._metadata / name, metadata.to_bytes(_SERIALIZER))

    def _signer(self, role):
        path = self.folder / "keys" / f"{role}.pem"
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise DefinitionsError(f"the key of {role} is not here, so nothing can be signed: {error}") from error
        return CryptoSigner(key)


def _new_key(path: Path) -> CryptoSigner:
    signer = CryptoSigner.generate_ed25519()
    _write_durably(path, signer.private_bytes)
    return signer


def _expiry(role):
    return clock.now().replace(microsecond=0) + dt.timedelta(days=ROLE_DAYS[role])


def _is_due(role, expires):
    return expires - clock.now() < dt.timedelta(days=ROLE_DAYS[role]) / 2


def _version_of(path):
    return int(path.name.partition(".")[0])


def _write_durably(path: Path, content: bytes) -> None:
    """Readable by its owner only; a crash leaves the old or the new content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
