"""A new version of the definitions: gathered, tested, compared, signed, and then given to boxes in steps.

``build`` publishes a version for nobody yet but the devices that are named as first; ``offer`` widens it to a share of
all, ``promote`` makes it everybody's, ``withdraw`` takes it back. Every step is a line of ``journal.jsonl``.

The test is the box's own (``sekisho-edge definitions check``), run as a program: what is published has been loaded by
the engines that will load it. DefinitionsError: nothing was published; the message says what to mend.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sekisho.gateways import clock
from sekisho_wire.definitions import (
    CHANNELS,
    Channels,
    DefinitionsError,
    Manifest,
    SetFile,
    Upcoming,
    file_name,
    set_name,
)

from .gather import Source, gather
from .repository import Repository

CHECK_SECONDS_MAX = 1_800.0
KEEPS_PERCENT_MIN = 70
"""A kind that keeps less than this of the entries in force is taken for broken, unless a person says otherwise."""
LEFT_OUT_PERCENT_MAX = 2
"""Up to this share of bad lines is left out, so that one of them does not cost all others; more, and it is broken."""
LEFT_OUT_SHOWN_MAX = 200
VERSIONS_KEPT = 6


def build(
    folder: Path,
    sources: Sequence[Source],
    *,
    who: str,
    first_devices: Sequence[str] = (),
    may_shrink: Sequence[str] = (),
    base: Path | None = None,
) -> Manifest:
    """Gather, test and publish; the new version is for ``first_devices``, and for nobody else yet.

    ``base``: a set that the sources add to, such as what every box is shipped with.
    """
    repository = Repository(folder)
    with repository.held(), tempfile.TemporaryDirectory(prefix="build-", dir=folder) as name:
        repository.create()
        draft = Path(name)
        gather(list(sources), draft, base)
        counts, left_out = checked(draft)
        _refuse_shrunk(counts, in_force(repository), frozenset(may_shrink))
        manifest = _manifest(repository, draft, counts, left_out, sources)
        _publish(repository, draft, manifest, tuple(first_devices))
        _note(folder, "build", manifest.version, who, {"counts": counts, "devices": list(first_devices)})
    return manifest


def checked(draft: Path) -> tuple[dict[str, int], list[str]]:
    """(entries by kind, what was left out) after the engines' test. Single lines that do not load are taken out."""
    counts, faults = _ask_engines(draft)
    if not faults:
        return counts, []
    mendable = [fault for fault in faults if fault["line"]]
    lost_max = sum(counts.values()) * LEFT_OUT_PERCENT_MAX // 100
    if len(mendable) < len(faults) or len(mendable) > lost_max:
        raise DefinitionsError(_told(faults))
    _comment_out(draft, mendable)
    counts, again = _ask_engines(draft)
    if again:
        raise DefinitionsError(_told(again))
    return counts, [_fault_words(fault) for fault in mendable[:LEFT_OUT_SHOWN_MAX]]


def in_force(repository: Repository) -> Manifest | None:
    """What boxes at large have now; before the first is everybody's, the newest that was published."""
    versions = repository.versions()
    stable = repository.channels().stable
    if not stable and not versions:
        return None
    return repository.manifest(stable or versions[0])


def offer(folder: Path, *, who: str, percent: int, devices: Sequence[str] | None = None) -> Channels:
    """The upcoming version for a share of all boxes, and for these devices in any case."""
    if not 0 <= percent <= 100:
        raise DefinitionsError(f"{percent} is no share in percent")

    def widened(channels: Channels) -> Channels:
        upcoming = _upcoming(channels)
        named = upcoming.devices if devices is None else tuple(devices)
        return Channels(channels.stable, Upcoming(upcoming.version, named, percent))

    return _turn(folder, "offer", who, widened)


def promote(folder: Path, *, who: str) -> Channels:
    """The upcoming version is everybody's."""
    return _turn(folder, "promote", who, lambda channels: Channels(_upcoming(channels).version))


def withdraw(folder: Path, *, who: str) -> Channels:
    """The upcoming version is nobody's any more: boxes that have it return to the one that is everybody's."""

    def back(channels: Channels) -> Channels:
        _upcoming(channels)
        return Channels(channels.stable)

    return _turn(folder, "withdraw", who, back)


def return_to(folder: Path, version: int, *, who: str) -> Channels:
    """An earlier version is everybody's again."""
    repository = Repository(folder)
    if version not in repository.versions():
        raise DefinitionsError(f"version {version} is not kept; there are {repository.versions()}")
    return _turn(folder, "return", who, lambda channels: Channels(version))


def journal(folder: Path) -> list[dict]:
    """Every step, the newest first."""
    path = folder / "journal.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [json.loads(line) for line in reversed(lines)]


def _turn(folder, what, who, change) -> Channels:
    repository = Repository(folder)
    with repository.held():
        before = repository.channels()
        after = change(before)
        repository.publish({CHANNELS: msgspec.json.encode(after)})
        version = after.upcoming.version if after.upcoming else after.stable
        _note(folder, what, version, who, {"percent": after.upcoming.percent} if after.upcoming else {})
    return after


def _upcoming(channels: Channels) -> Upcoming:
    if channels.upcoming is None:
        raise DefinitionsError("no version is on its way; build one first")
    return channels.upcoming


def _ask_engines(draft: Path):
    """The box's own check, as a program: the platform and the edge share nothing but the wire."""
    argv = [sys.executable, "-m", "sekisho_edge.cli", "definitions", "check", str(draft), "--json"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=CHECK_SECONDS_MAX, check=False)
        told = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise DefinitionsError(f"the engines were not done after {CHECK_SECONDS_MAX:g} s") from error
    except ValueError as error:
        raise DefinitionsError(f"the set can't be tested here: {done.stderr.strip()[-500:]}") from error
    return told["counts"], told["faults"]


def _comment_out(draft, faults):
    by_file: dict[str, set[int]] = {}
    for fault in faults:
        by_file.setdefault(fault["path"], set()).add(fault["line"])
    for path, numbers in by_file.items():
        lines = (draft / path).read_text().splitlines()
        kept = [f"# left out: {line}" if number in numbers else line for number, line in enumerate(lines, 1)]
        (draft / path).write_text("".join(f"{line}\n" for line in kept))


def _refuse_shrunk(counts, before: Manifest | None, may_shrink):
    """Not suddenly empty: each kind keeps a share of what it has now."""
    if not any(counts.values()):
        raise DefinitionsError("the set is empty")
    for kind, had in sorted(before.counts.items()) if before else ():
        has = counts.get(kind, 0)
        if has * 100 < had * KEEPS_PERCENT_MIN and kind not in may_shrink:
            raise DefinitionsError(
                f"{kind}: {has} entries where {had} are in force, less than {KEEPS_PERCENT_MIN} %. "
                f"If that is right, say so: --may-shrink {kind}"
            )


def _manifest(repository, draft, counts, left_out, sources) -> Manifest:
    paths = sorted(path for path in draft.rglob("*") if path.is_file())
    files = tuple(SetFile(str(path.relative_to(draft)), _sha256(path), path.stat().st_size) for path in paths)
    now = clock.now()
    named = tuple(str(source) for source in sources)
    return Manifest(
        _next_version(repository, now), now.isoformat(timespec="seconds"), files, counts, named, tuple(left_out)
    )


def _next_version(repository, now):
    """The day and a number within it, such as 2026112401: people read it, and it only grows."""
    return max(int(now.strftime("%Y%m%d01")), *(version + 1 for version in repository.versions()[:1]), 0)


def _publish(repository, draft, manifest, devices):
    channels = Channels(repository.channels().stable, Upcoming(manifest.version, devices))
    added: dict[str, bytes | Path] = {file_name(file.sha256): draft / file.path for file in manifest.files}
    added[set_name(manifest.version)] = msgspec.json.encode(manifest)
    added[CHANNELS] = msgspec.json.encode(channels)
    repository.publish(added, _outdated(repository, manifest, channels))


def _outdated(repository, manifest, channels) -> frozenset[str]:
    """Targets that only versions have which are not kept any longer."""
    versions = repository.versions()
    kept = {*versions[: VERSIONS_KEPT - 1], channels.stable} - {0}
    gone = [version for version in versions if version not in kept]
    wanted = {file.sha256 for version in kept for file in repository.manifest(version).files}
    wanted |= {file.sha256 for file in manifest.files}
    old = {file.sha256 for version in gone for file in repository.manifest(version).files}
    return frozenset(map(set_name, gone)) | frozenset(map(file_name, old - wanted))


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note(folder, what, version, who, details):
    line = {"at": clock.now().isoformat(timespec="seconds"), "what": what, "version": version, "who": who, **details}
    with (folder / "journal.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _told(faults):
    shown = "; ".join(_fault_words(fault) for fault in faults[:10])
    more = len(faults) - 10
    return f"the set does not load: {shown}{f'; and {more} more' if more > 0 else ''}"


def _fault_words(fault):
    place = f"{fault['path']}, line {fault['line']}" if fault["line"] else fault["path"]
    return f"{place}: {fault['says']}"
