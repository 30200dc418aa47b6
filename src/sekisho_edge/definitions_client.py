"""The box's definitions: fetched from the centre, proven genuine, staged, switched to, and gone back from.

Folder ``<state>/definitions/``:

    tuf/             the metadata that is trusted so far
    <version>/       a whole set; ``<version>.new/`` while it is being put together
    current          symlink to the version in force, switched by one rename; none: what the box was shipped with
    status.json      what was last tried and what became of it

The Update Framework does the proving: signatures, expiry, and that nothing old is taken for new. Its first root comes
over the link, whose other end has shown a certificate of the platform's CA; from then on only roots that the one before
has signed are believed. DefinitionsError: nothing was switched, the last good set stays in force.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from sekisho_edge.bookmark import write_durably
from sekisho_wire.definitions import (
    CHANNELS,
    ROOT,
    DefinitionsError,
    file_name,
    read_channels,
    read_manifest,
    set_name,
    version_for,
)

ROOT_BYTES_MAX = 512 * 1024
SPARE_BYTES = 64 * 1024 * 1024

Fetcher = Callable[[str], Iterator[bytes]]
"""A path of the repository -> its bytes. FileNotFoundError for none; OSError for a link that is down."""


@dataclass(frozen=True)
class DefinitionsState:
    """What the box says about its definitions. ``version`` 0: what it was shipped with."""

    version: int = 0
    built_at: str = ""
    counts: dict[str, int] | None = None
    refused: int = 0
    """The version that was tried last and is not good; it is not tried again."""
    reason: str = ""
    """Why the newest is not in force; "" when it is."""
    checked_at: float | None = None
    """When the centre last proved what is the newest: the age of what we know."""


class Definitions:
    """The sets of one box. One at a time may work in a folder; everything here blocks."""

    def __init__(self, state: Path, device: str, fetch: Fetcher) -> None:
        self.folder = state / "definitions"
        self._device = device
        self._fetcher = _Fetcher(fetch)
        self.folder.mkdir(parents=True, exist_ok=True)

    def state(self) -> DefinitionsState:
        """What was last written down."""
        return read_state(self.folder.parent)

    def fetch_newest(self, now: float) -> Path | None:
        """Learn which version this box shall have and stage it; its folder, or None when it is in force or refused.

        ``now``: seconds since 1970, for the age. DefinitionsError, with the state telling why, when that fails.
        """
        try:
            version = self._stage_newest()
        except (RepositoryError, DownloadError, DefinitionsError, OSError) as error:
            self._note(reason=_words(error))
            raise DefinitionsError(_words(error)) from error
        state = self.state()
        is_refused = version != 0 and version == state.refused
        self._note(checked_at=now, reason=state.reason if is_refused else "")
        return None if is_refused or version in (0, state.version) else self.folder / str(version)

    def switch_to(self, version: int) -> None:
        """Put a staged version in force; earlier ones but the last go."""
        manifest = self._manifest(version)
        before = self.state().version
        _link(self.folder / "current", str(version))
        self._note(version=version, built_at=manifest.built_at, counts=manifest.counts, refused=0, reason="")
        self._forget_but({version, before})

    def refuse(self, version: int, reason: str) -> None:
        """This version is not good here: it won't be tried again. If it is in force, the one before returns."""
        state = self.state()
        self._note(refused=version, reason=reason)
        if state.version == version:
            self._go_back(version)
        shutil.rmtree(self.folder / str(version), ignore_errors=True)

    def _go_back(self, version):
        earlier = [kept for kept in self._kept() if kept != version]
        if not earlier:
            (self.folder / "current").unlink(missing_ok=True)
            _sync(self.folder)
            self._note(version=0, built_at="", counts=None)
            return
        manifest = self._manifest(max(earlier))
        _link(self.folder / "current", str(manifest.version))
        self._note(version=manifest.version, built_at=manifest.built_at, counts=manifest.counts)

    def _stage_newest(self) -> int:
        """The version for this box, its files staged unless it is refused; 0 where the centre has none for it."""
        updater = self._updater()
        updater.refresh()
        version = version_for(read_channels(self._target(updater, CHANNELS)), self._device)
        if version not in (0, self.state().refused, *self._kept()):
            text = self._target(updater, set_name(version))
            manifest = read_manifest(text)
            if manifest.version != version:
                raise DefinitionsError(f"the set {version} says that it is {manifest.version}")
            self._stage(updater, manifest, text)
        return version

    def _updater(self):
        metadata = self.folder / "tuf"
        metadata.mkdir(exist_ok=True)
        trusted = metadata / "root.json"
        first = None if trusted.exists() else self._fetcher.download_bytes(f"metadata/{ROOT}", ROOT_BYTES_MAX)
        scratch = self.folder / "download"
        scratch.mkdir(exist_ok=True)
        return Updater(
            str(metadata), "metadata/", str(scratch), "targets/",
            fetcher=self._fetcher, config=UpdaterConfig(), bootstrap=first,
        )  # fmt: skip

    def _target(self, updater, name) -> bytes:
        return Path(self._download(updater, name)).read_bytes()

    def _download(self, updater, name):
        info = updater.get_targetinfo(name)
        if info is None:
            raise DefinitionsError(f"the centre's metadata does not know {name}")
        return updater.find_cached_target(info) or updater.download_target(info)

    def _stage(self, updater, manifest, text):
        """Every file into the new folder, on disk before the folder gets its name."""
        needed = sum(file.size_bytes for file in manifest.files)
        if shutil.disk_usage(self.folder).free < needed * 2 + SPARE_BYTES:
            raise DefinitionsError(f"the disk has no room for a set of {needed} bytes")
        draft = self.folder / f"{manifest.version}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for file in manifest.files:
            self._stage_file(updater, file, draft / file.path)
        write_durably(draft / "manifest.json", text, mode=0o644)
        _sync_folders(draft)
        draft.rename(self.folder / str(manifest.version))
        _sync(self.folder)
        for path in (self.folder / "download").iterdir():
            if path.name != CHANNELS:
                path.unlink()

    def _stage_file(self, updater, file, place):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not self._link_known(file, place):
            shutil.move(self._download(updater, file_name(file.sha256)), place)
        place.chmod(0o644)
        _sync(place)

    def _link_known(self, file, place):
        """The same content is in force already: a second name for it is enough."""
        for version in self._kept():
            for known in self._manifest(version).files:
                if known.sha256 == file.sha256:
                    os.link(self.folder / str(version) / known.path, place)
                    return True
        return False

    def _manifest(self, version):
        return read_manifest((self.folder / str(version) / "manifest.json").read_bytes())

    def _kept(self):
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit())

    def _forget_but(self, wanted):
        """All other versions, and whatever was half put together."""
        for path in self.folder.iterdir():
            version, _, rest = path.name.partition(".")
            if version.isdigit() and (rest or int(version) not in wanted):
                shutil.rmtree(path, ignore_errors=True)

    def _note(self, **changes):
        state = replace(self.state(), **changes)
        write_durably(self.folder / "status.json", json.dumps(asdict(state)).encode(), mode=0o644)


def read_state(state: Path) -> DefinitionsState:
    """What the box of this state folder says about its definitions."""
    try:
        return DefinitionsState(**json.loads((state / "definitions" / "status.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return DefinitionsState()


class _Fetcher(FetcherInterface):
    """TUF asks for URLs; ours are paths of the repository, and the link brings them."""

    def __init__(self, fetch: Fetcher) -> None:
        self._fetch_path = fetch

    def _fetch(self, url):
        try:
            yield from self._fetch_path(url)
        except FileNotFoundError as error:
            raise DownloadHTTPError(f"{url} is not there", 404) from error
        except OSError as error:
            raise DownloadError(f"{url}: {error}") from error


def _link(link, target):
    """Replace a symlink by one rename: readers see the old or the new one."""
    draft = link.with_name(f"{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
    _sync(link.parent)


def _sync(path):
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folders(top):
    for folder, _, _ in os.walk(top):
        _sync(folder)


def _words(error):
    if isinstance(error, ExpiredMetadataError):
        return f"the centre's signature has expired, so nobody can say what is the newest: {error}"
    return str(error) or type(error).__name__
