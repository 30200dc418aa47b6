"""The plug is pulled: ext4 on a loop device is shut down without its journal, and mounted again.

Everything that was not synced is gone then, as after a real power cut. The negative control shows
that the method bites: without the lake's own sync the committed files are lost.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sekisho.lake import LakeSettings, LakeWriter, check
from sekisho.lake.durable import DurableTree

from ..engines import make_database, wait_until
from .rows import NOON, commit

pytestmark = pytest.mark.root

IMAGE_BYTES = 128 * 1024 * 1024
EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = (2).to_bytes(4, "little")


class Disk:
    """An ext4 file system in a file."""

    def __init__(self, folder: Path) -> None:
        self._image, self.mounted = folder / "disk.img", folder / "disk"
        self.mounted.mkdir()
        with self._image.open("wb") as image:
            image.truncate(IMAGE_BYTES)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.mounted))

    def cut_power(self) -> None:
        """Whatever is only in memory is gone; then the machine comes back."""
        descriptor = os.open(self.mounted, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(descriptor)
        self.unmount()
        self.mount()

    def unmount(self) -> None:
        wait_until(lambda: _succeeds("umount", str(self.mounted)), 20, "the disk can be unmounted")


@contextmanager
def disk_in(folder: Path) -> Iterator[Disk]:
    try:
        disk = Disk(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no loop device can be mounted here: {error}")
    try:
        yield disk
    finally:
        if os.path.ismount(disk.mounted):
            disk.unmount()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def cut(postgres, tmp_path: Path):
    """Settings of a lake on a disk whose plug can be pulled; its catalogue is elsewhere and keeps running."""
    urls = make_database(postgres, f"cut_{time.time_ns()}")
    with disk_in(tmp_path) as disk:
        yield LakeSettings(urls.lake_url, disk.mounted / "lake", memory_bytes_max=300_000_000), disk


def test_committed_batches_survive_a_power_cut(cut):
    settings, disk = cut
    for life in range(3):
        with LakeWriter(settings) as writer:
            for i in range(4):
                writer.append([commit(f"{life}/{i}", 200, unparsed=3)])
        disk.cut_power()
        report = check(settings, NOON, deep=True)
        assert report.problems == []
        assert report.rows == {"events": (life + 1) * 800, "unparsed": (life + 1) * 12}


def test_a_power_cut_after_a_merge_leaves_every_row(cut):
    settings, disk = cut
    with LakeWriter(settings) as writer:
        for i in range(4):
            writer.append([commit(str(i), 200)])
        assert writer.maintain(NOON).merged_files == 1
    disk.cut_power()
    report = check(settings, NOON, deep=True)
    assert report.problems == []
    assert report.rows["events"] == 800


class NeverSyncs(DurableTree):
    def sync(self, files) -> None:
        """What DuckDB alone does."""


def test_without_the_lakes_own_sync_the_same_cut_loses_committed_files(cut):
    """The negative control: were this to pass with files, the tests above would prove nothing."""
    settings, disk = cut
    with LakeWriter(dataclasses.replace(settings)) as writer:
        writer._tree = NeverSyncs(settings.path)
        for i in range(4):
            writer.append([commit(str(i), 200)])
    disk.cut_power()
    report = check(settings, NOON)
    # Which of the three depends on how far the kernel's own write-back had come: no file, an empty or short one,
    # or one of the right length that was never filled.
    assert {p.kind for p in report.problems} & {"missing", "size", "damaged"}
    assert not report.sound
