"""Housekeeping and the check: whole days go on time, merges lose nothing, damage is found and named."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from sekisho.lake import Lake, LakeWriter, check
from sekisho.lake.catalogue import catalogue
from sekisho.lake.maintain import years_before

from .rows import ALL_TIME, NOON, TODAY, commit


def rows_of(lake: Lake, contract: str, table: str = "events") -> list[tuple[str, int]]:
    found = lake.search(contracts={contract}, **ALL_TIME, columns=["batch"], limit=10_000, table=table).rows
    return sorted((r["batch"], r["record"]) for r in found.to_pylist())


def live_files(settings) -> list[Path]:
    with catalogue(settings) as known:
        return [file.path for file in known.files() if file.live]


def test_merging_makes_fewer_files_and_keeps_every_row_and_the_ledger(writer, lake, settings, contract):
    for i in range(6):
        writer.append([commit(f"{contract}/{i}", 50, contract=contract, unparsed=2)])
    before, files = rows_of(lake, contract), len(live_files(settings))
    assert writer.maintain(NOON).merged_files == 2
    assert rows_of(lake, contract) == before
    assert len(rows_of(lake, contract, "unparsed")) == 12
    assert len(live_files(settings)) <= files - 10
    assert writer.append([commit(f"{contract}/3", contract=contract)]).skipped == (f"{contract}/3",)
    assert check(settings, NOON, deep=True).problems == []


def test_a_day_is_kept_to_its_last_day_and_its_files_go_when_no_snapshot_needs_them(writer, lake, settings, contract):
    day = dt.date(2024, 2, 29)
    for years, name in ((1, "one"), (5, "five")):
        writer.append([commit(name + contract, 4, contract=contract, day=day, retention_years=years)])
    folder = settings.path / "main" / "events" / "retention_years=1" / f"day={day}"
    assert len(list(folder.glob("*.parquet"))) == 1
    writer.maintain(dt.datetime(2025, 2, 28, 3, tzinfo=dt.UTC))
    assert len(rows_of(lake, contract)) == 8, "a year after 29 February ends on 28 February, that day included"
    writer.maintain(dt.datetime(2025, 3, 1, 3, tzinfo=dt.UTC))
    assert rows_of(lake, contract) == [(f"five{contract}", i) for i in range(4)]
    now = dt.datetime.now(dt.UTC)
    writer.maintain(now + dt.timedelta(days=4))
    writer.maintain(now + dt.timedelta(days=6))
    assert list(folder.glob("*.parquet")) == []
    assert len(rows_of(lake, contract)) == 4


def test_the_same_date_years_ago_of_a_leap_day_is_the_28th():
    assert years_before(dt.date(2024, 2, 29), 1) == dt.date(2023, 2, 28)
    assert years_before(dt.date(2026, 11, 23), 5) == dt.date(2021, 11, 23)


def test_a_file_that_a_dead_writer_left_is_told_and_removed_after_its_grace(writer, settings, contract):
    writer.append([commit(contract, contract=contract)])
    (settings.path / "main" / "events").mkdir(parents=True, exist_ok=True)
    fresh, old = (settings.path / "main" / "events" / f"ducklake-{name}.parquet" for name in ("fresh", "old"))
    for path in (fresh, old):
        path.write_bytes(b"half written")
    os.utime(old, (time.time() - 90_000,) * 2)
    now = dt.datetime.now(dt.UTC)
    report = check(settings, now)
    assert [(p.kind, Path(p.path).name) for p in report.problems] == [("unnamed", "ducklake-old.parquet")]
    assert report.sound
    writer.maintain(now + dt.timedelta(hours=1))
    assert not old.exists()
    assert fresh.exists()
    fresh.unlink()


@pytest.fixture
def a_file(writer: LakeWriter, settings, contract: str):
    """A file of its own day, and its bytes to put back afterwards."""
    before = set(live_files(settings))
    writer.append(
        [commit(f"file{contract}", 500, contract=contract, day=TODAY + dt.timedelta(days=int(contract[-3:])))]
    )
    (path,) = set(live_files(settings)) - before
    whole = path.read_bytes()
    yield path
    path.write_bytes(whole)


def problems(settings, path: Path, *, deep: bool = False) -> list[str]:
    return [p.kind for p in check(settings, NOON, deep=deep).problems if Path(p.path).name == path.name]


def test_a_missing_file_is_found_though_the_catalogue_still_counts_its_rows(a_file, settings, lake, contract):
    a_file.unlink()
    assert problems(settings, a_file) == ["missing"]
    assert not check(settings, NOON).sound


def test_a_file_that_a_power_cut_left_empty_or_short_is_found(a_file, settings):
    a_file.write_bytes(b"")
    assert problems(settings, a_file) == ["size"]
    a_file.write_bytes(bytes(len(a_file.read_bytes()) or 1))
    assert problems(settings, a_file) == ["size"]


def test_a_file_of_the_right_size_full_of_nothing_is_found(a_file, settings):
    a_file.write_bytes(bytes(a_file.stat().st_size))
    assert problems(settings, a_file) == ["damaged"]


def test_another_file_in_its_place_is_found(a_file, settings):
    whole = bytearray(a_file.read_bytes())
    whole[-8:-4] = (int.from_bytes(whole[-8:-4], "little") - 1).to_bytes(4, "little")
    a_file.write_bytes(whole)
    assert problems(settings, a_file) == ["damaged"]
