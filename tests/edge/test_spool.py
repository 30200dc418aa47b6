"""Files become batches exactly once: over rotation, truncation, replacement, restarts and a lost bookmark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekisho_edge import spool as spools
from sekisho_edge.bookmark import Bookmark, load, save
from sekisho_edge.shipper import Batch
from sekisho_edge.spool import Spool
from sekisho_wire.logs import Position

from .conftest import LogWriter


class Driver:
    """Runs a spool by hand with a clock of its own; what the centre would keep is in ``kept``."""

    def __init__(self, log: LogWriter) -> None:
        self.log = log
        self.bookmark = log.path.parent / "bookmark.json"
        self.kept: dict[Position, Batch] = {}
        self.clock = itertools.count(step=0.4)
        self.spool = Spool(log.path, self.bookmark)

    def pump(self, turns: int = 12, *, acknowledge: bool = True) -> None:
        for _ in range(turns):
            while batch := self.spool.next_batch(next(self.clock)):
                assert self.kept.setdefault(batch.first, batch) == batch
                if acknowledge:
                    self.spool.acknowledge(batch.next)

    def restart(self, welcome: Position | None = None) -> None:
        """As after kill -9: nothing but the disk survives."""
        self.spool.close()
        self.spool = Spool(self.log.path, self.bookmark)
        self.spool.welcome(welcome)

    def lines(self) -> list[bytes]:
        return b"".join(self.kept[first].raw for first in sorted(self.kept)).splitlines(keepends=True)

    def everything_arrived_once(self) -> bool:
        return self.lines() == self.log.written


@pytest.fixture
def driver(log: LogWriter) -> Iterator[Driver]:
    made = Driver(log)
    yield made
    made.spool.close()


def test_lines_arrive_as_they_are_written(driver: Driver):
    for _ in range(5):
        driver.log.write(3)
        driver.pump(2)
    assert driver.everything_arrived_once()
    assert driver.spool.acked == Position(0, driver.log.path.stat().st_size)


def test_rotation_starts_a_new_generation(driver: Driver):
    driver.log.write(3)
    driver.pump()
    driver.log.rotate()
    driver.log.write(2)
    driver.pump()
    assert driver.everything_arrived_once()
    assert driver.spool.acked.generation == 1


def test_a_line_finished_after_the_rename_is_not_torn(driver: Driver, log: LogWriter):
    log.write(1)
    with log.path.open("ab") as late:
        late.write(b'{"half":')
        late.flush()
        driver.pump()
        log.rotate()
        log.write(1)
        driver.spool.next_batch(next(driver.clock))
        late.write(b"true}\n")
    driver.pump()
    assert driver.lines() == [log.written[0], b'{"half":true}\n', log.written[1]]


def test_several_rotations_while_nobody_looked_are_read_in_order(driver: Driver):
    driver.log.write(2)
    driver.pump()
    for _ in range(4):
        driver.log.write(2)
        driver.log.rotate()
    driver.log.write(2)
    driver.restart()
    driver.pump(40)
    assert driver.everything_arrived_once()


def test_numbered_rotation_by_another_program_is_followed_too(driver: Driver, log: LogWriter):
    log.write(2)
    driver.pump()
    for name in ("2", "1"):
        log.write(2)
        log.rotate(name)
    log.write(1)
    driver.pump(40)
    assert driver.everything_arrived_once()


def test_truncation_starts_a_new_generation(driver: Driver):
    driver.log.write(5)
    driver.pump()
    driver.log.truncate()
    driver.pump()
    driver.log.write(2)
    driver.pump()
    assert driver.everything_arrived_once()
    assert driver.spool.acked.generation == 1


def test_a_file_that_was_overwritten_with_more_is_noticed_by_its_first_bytes(driver: Driver):
    driver.log.write(1)
    driver.pump()
    driver.log.truncate()
    driver.log.write(50)
    driver.pump()
    assert driver.everything_arrived_once()


def test_truncation_while_nobody_looked_is_noticed(driver: Driver):
    driver.log.write(5)
    driver.pump()
    driver.log.truncate()
    driver.log.write(1)
    driver.restart()
    driver.pump()
    assert driver.everything_arrived_once()


def test_a_restart_sends_what_was_not_acknowledged_with_the_same_bounds(driver: Driver):
    driver.log.write(3)
    driver.pump(acknowledge=False)
    driver.log.write(3)
    driver.restart()
    driver.pump()
    assert driver.everything_arrived_once()
    assert len(driver.kept) == 2


def test_an_acknowledgement_that_was_lost_is_made_up_by_the_welcome(driver: Driver):
    driver.log.write(3)
    driver.pump(acknowledge=False)
    (batch,) = driver.kept.values()
    driver.restart(welcome=batch.next)
    driver.log.write(2)
    driver.pump()
    assert driver.spool.acked > batch.next
    assert driver.everything_arrived_once()


@pytest.mark.parametrize("restart", [False, True], ids=["in this life", "after a restart"])
def test_a_centre_that_kept_a_part_of_a_batch_gets_the_rest(driver: Driver, restart: bool):
    driver.log.write(4)
    driver.pump(acknowledge=False)
    whole = driver.kept.pop(Position(0, 0))
    half = len(b"".join(driver.log.written[:2]))
    driver.kept[whole.first] = Batch(whole.first, Position(0, half), whole.raw[:half])
    if restart:
        driver.restart(welcome=Position(0, half))
    else:
        assert driver.spool.welcome(Position(0, half)) == []
    driver.log.write(1)
    driver.pump()
    assert Position(0, half) in driver.kept
    assert driver.everything_arrived_once()


def test_a_centre_that_remembers_less_does_not_move_the_bookmark_back(driver: Driver):
    driver.log.write(3)
    driver.pump()
    acked = driver.spool.acked
    driver.restart(welcome=Position(0, 0))
    driver.pump()
    assert driver.spool.acked == acked
    assert driver.everything_arrived_once()


def test_without_a_bookmark_the_centre_still_gets_a_generation_it_has_not_seen(driver: Driver):
    driver.log.write(1)
    driver.bookmark.unlink(missing_ok=True)
    driver.restart(welcome=Position(7, 100))
    driver.pump()
    assert sorted(driver.kept) == [Position(8, 0)]


def test_a_bookmark_that_cannot_be_read_is_set_aside(tmp_path: Path):
    path = tmp_path / "bookmark.json"
    path.write_text("{")
    assert load(path) is None
    assert path.with_suffix(".unreadable").exists()


def test_a_bookmark_survives_its_own_writing(tmp_path: Path):
    bookmark = Bookmark(Position(3, 14), ((Position(3, 14), Position(3, 15)),))
    save(tmp_path / "b.json", bookmark)
    assert load(tmp_path / "b.json") == bookmark


def test_confirmed_files_are_deleted_and_others_kept(driver: Driver):
    driver.log.write(2)
    driver.log.rotate()
    driver.log.write(2)
    driver.pump(acknowledge=False)
    driver.spool.delete_confirmed()
    assert len(spools.rotated(driver.log.path)) == 1
    for batch in list(driver.kept.values()):
        driver.spool.acknowledge(batch.next)
    driver.spool.delete_confirmed()
    assert spools.rotated(driver.log.path) == []
    driver.restart()
    driver.log.write(1)
    driver.pump()
    assert driver.everything_arrived_once()


def test_beyond_its_share_of_the_disk_the_oldest_goes_and_is_counted(driver: Driver):
    driver.log.write(10)
    size = driver.log.path.stat().st_size
    driver.log.rotate()
    driver.log.write(10)
    driver.log.rotate()
    driver.spool.keep_share(bytes_max=size * 3 // 2)
    assert driver.spool.dropped_bytes == size
    driver.pump(20)
    assert driver.lines() == driver.log.written[10:]


def test_a_small_log_is_not_rotated(log: LogWriter):
    log.write(1)
    assert spools.rotate(log.path) is None


def test_a_large_log_is_renamed(log: LogWriter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spools, "ROTATE_BYTES", 1)
    log.write(1)
    target = spools.rotate(log.path)
    assert target.exists() and not log.path.exists()
