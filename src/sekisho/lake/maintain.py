"""Housekeeping in the writer's lane: merge small files, drop whole days on time, remove what nobody needs.

Order matters for what a power cut may leave: a merged file is on disk before the commit that prefers
it, and the files that it replaces go only a day later. Snapshots are kept for a few days; the
ledger's table outlives them.

Errors: duckdb's and OSError as they come; the writer settles them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from .catalogue import catalogue, older_than
from .durable import DurableTree, parquet_files_below
from .lane import AUTHOR
from .settings import LakeSettings
from .tables import TABLES

SMALL_FILE_BYTES_MAX = 16_000_000
MERGED_FILES_MAX = 64
"""How many merged files one run may make: it keeps the lane from ingest only for seconds."""
SNAPSHOT_DAYS = 3
GRACE = dt.timedelta(days=1)
"""A file that nothing names is left alone for this long: a reader or a commit may be on its way to it."""
RETENTION_YEARS_MAX = 5

_TOKYO = ZoneInfo("Asia/Tokyo")


def merge_small_files(connection: duckdb.DuckDBPyConnection, tree: DurableTree, root: Path) -> int:
    """Merge adjacent small files of each day, table by table; how many files were made."""
    made = 0
    for table in TABLES:
        before = set(parquet_files_below(root / "main" / table))
        connection.execute("BEGIN")
        try:
            made += _merge(connection, table)
            tree.sync(set(parquet_files_below(root / "main" / table)) - before)
            connection.execute("CALL lake.set_commit_message(?, 'merge')", [AUTHOR])
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return made


def drop_days(connection: duckdb.DuckDBPyConnection, today: dt.date) -> int:
    """Drop the days whose retention has ended; how many rows that were.

    A day is kept until the same date ``retention_years`` later, that date included.
    """
    dropped = 0
    for table in TABLES:
        for years in range(1, RETENTION_YEARS_MAX + 1):
            row = connection.execute(
                f"DELETE FROM lake.{table} WHERE retention_years = ? AND day < ?",  # noqa: S608  our two tables
                [years, years_before(today, years)],
            ).fetchone()
            dropped += row[0] if row else 0
    return dropped


def remove_leftovers(connection: duckdb.DuckDBPyConnection, settings: LakeSettings, now: dt.datetime) -> int:
    """Forget old snapshots and remove the files that no snapshot needs; how many files went."""
    expired = now - dt.timedelta(days=SNAPSHOT_DAYS)
    connection.execute(f"CALL ducklake_expire_snapshots('lake', older_than => {_literal(expired)})")
    removed = connection.execute(
        f"CALL ducklake_cleanup_old_files('lake', older_than => {_literal(now - GRACE)})"
    ).fetchall()
    orphans = orphaned_files(settings, now)
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(removed) + len(orphans)


def orphaned_files(settings: LakeSettings, now: dt.datetime) -> list[Path]:
    """Files older than a day that the catalogue doesn't know: what a commit that never happened left."""
    there = [p for p in parquet_files_below(settings.path.absolute()) if older_than(p, GRACE, now)]
    # The catalogue is asked after the folder, so that a file of a commit in between is known.
    with catalogue(settings) as known:
        named = {file.path for file in known.files()} | known.scheduled()
    return sorted(path for path in there if path not in named)


def tokyo_date(now: dt.datetime) -> dt.date:
    return now.astimezone(_TOKYO).date()


def years_before(date: dt.date, years: int) -> dt.date:
    """The same date so many years ago; 28 February for the 29th that isn't there."""
    try:
        return date.replace(year=date.year - years)
    except ValueError:
        return date.replace(year=date.year - years, day=28)


def _merge(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    rows = connection.execute(
        f"CALL ducklake_merge_adjacent_files('lake', '{table}', "
        f"max_compacted_files => {MERGED_FILES_MAX}, max_file_size => {SMALL_FILE_BYTES_MAX})"
    ).to_arrow_table()
    return sum(rows["files_created"].to_pylist())


def _literal(instant: dt.datetime) -> str:
    return f"TIMESTAMPTZ '{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S+00}'"
