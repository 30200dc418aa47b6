"""Appending to the lake, exactly once, durably, from one process.

One commit is: BEGIN, write files, sync them and their folders, name them and the batches in the snapshot,
COMMIT.
Only after ``append`` has returned may the caller acknowledge the batches to the stream. A commit of
which nobody knows whether it happened is settled by reading the ledger back before the next one.

Errors: LakeUnavailable (call again), LakeRefused (put the batch aside), LakeHeld (another writer).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from . import parquet
from .connection import open_writer
from .durable import DurableTree
from .errors import LakeError, LakeRefused, LakeUnavailable
from .lane import AUTHOR, LEDGER_DAYS, Lane, Noted, written
from .maintain import drop_days, merge_small_files, remove_leftovers, tokyo_date
from .settings import LakeSettings
from .tables import TABLES, lay_tables

log = logging.getLogger(__name__)

COMMIT_BATCHES_MAX = 2_000
"""Ids in one snapshot's extra info; far more than the run loop ever commits at once."""

_TRY_AGAIN = (
    duckdb.IOException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    OSError,
)


@dataclass(frozen=True)
class Commit:
    """The rows of one batch, by the lake's schemas. ``batch`` is its id in the ledger, ``segment`` its leaf in the
    log of evidence (``sekisho.evidence.segment``), if it is to have one."""

    batch: str
    events: pa.Table
    unparsed: pa.Table
    segment: bytes | None = None


@dataclass(frozen=True)
class Appended:
    """What one append did: rows written, and the batches that were there before and were skipped."""

    events: int
    unparsed: int
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Maintained:
    """What one call of ``maintain`` did: files made by merging, rows dropped, files removed."""

    merged_files: int
    dropped_rows: int
    removed_files: int


class LakeWriter:
    """The writer lane. Opens itself again after a loss; not for two threads at once."""

    def __init__(self, settings: LakeSettings) -> None:
        self.settings = settings
        self._lane: Lane | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._tree = DurableTree(settings.path.absolute())
        self._kept_house_on: dt.date | None = None
        self._opened()

    def append(self, commits: Sequence[Commit]) -> Appended:
        """Put the batches that the lake doesn't have yet into it, in one commit."""
        if len(commits) > COMMIT_BATCHES_MAX:
            raise LakeRefused(f"{len(commits)} batches in one commit, the limit is {COMMIT_BATCHES_MAX}")
        lane, connection = self._opened()
        with self._settled():
            known = lane.known([c.batch for c in commits])
        fresh = sorted({c.batch: c for c in commits if c.batch not in known}.values(), key=_contract)
        tables = {
            "events": _together("events", [c.events for c in fresh]),
            "unparsed": _together("unparsed", [c.unparsed for c in fresh]),
        }
        if fresh:
            with self._settled():
                noted = [Noted(c.batch, c.segment) for c in fresh]
                snapshot = self._commit(connection, tables, noted)
                lane.note(snapshot, noted)
        return Appended(tables["events"].num_rows, tables["unparsed"].num_rows, tuple(sorted(known)))

    def maintain(self, now: dt.datetime) -> Maintained:
        """The housekeeping that is due: small files at each call, days and leftovers once a Tokyo day."""
        lane, connection = self._opened()
        with self._settled():
            merged = merge_small_files(connection, self._tree, self.settings.path.absolute())
            today = tokyo_date(now)
            if self._kept_house_on == today:
                return Maintained(merged, 0, 0)
            dropped = drop_days(connection, today)
            removed = remove_leftovers(connection, self.settings, now)
            lane.forget(now - dt.timedelta(days=LEDGER_DAYS))
            self._kept_house_on = today
        return Maintained(merged, dropped, removed)

    def close(self) -> None:
        """Let go of the lane and the catalogue. Nothing is pending: every append was a commit."""
        connection, self._connection = self._connection, None
        lane, self._lane = self._lane, None
        if connection is not None:
            connection.close()
        if lane is not None:
            lane.close()

    def __enter__(self) -> LakeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> tuple[Lane, duckdb.DuckDBPyConnection]:
        """The lane and a connection, taken (again) if need be, with the ledger complete."""
        if self._lane is None or self._connection is None:
            self.close()
            try:
                self._lane = Lane.take(self.settings)
                self._connection = open_writer(self.settings)
                lay_tables(self._connection)
                found = self._lane.reconcile()
            except duckdb.Error as error:
                self.close()
                raise LakeUnavailable(f"the lake can't be opened: {error}") from error
            except BaseException:
                self.close()
                raise
            if found:
                log.info("the ledger took %d batches from snapshots that were not noted", found)
        return self._lane, self._connection

    def _commit(self, connection: duckdb.DuckDBPyConnection, tables: dict[str, pa.Table], noted: list[Noted]) -> int:
        connection.execute("BEGIN")
        for name, rows in tables.items():
            if rows.num_rows:
                self._insert(connection, name, rows)
        connection.execute("CALL lake.set_commit_message(?, ?, extra_info => ?)", [AUTHOR, "append", written(noted)])
        connection.execute("COMMIT")
        row = connection.execute("SELECT id FROM lake.last_committed_snapshot()").fetchone()
        if row is None or row[0] is None:
            raise LakeUnavailable("the commit has no snapshot")
        return row[0]

    def _insert(self, connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
        """Files that are on disk for sure, named in the open transaction."""
        root = self.settings.path.absolute() / "main" / name
        files = [parquet.write(root / folder, mine) for folder, mine in parquet.by_partition(rows)]
        self._tree.sync(files)
        for file in files:
            connection.execute(
                "CALL ducklake_add_data_files('lake', ?, ?, hive_partitioning => true)", [name, str(file)]
            )

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """Any error closes the lane, so that the next call reads the ledger back before it writes."""
        try:
            yield
        except LakeError:
            self.close()
            raise
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            self.close()
            if isinstance(error, _TRY_AGAIN) or not self._catalogue_answers():
                raise LakeUnavailable(f"nothing was appended for sure: {error}") from error
            raise LakeRefused(f"the lake can't store this: {error}") from error

    def _catalogue_answers(self) -> bool:
        try:
            self._opened()
        except LakeError:
            return False
        return True


def _contract(commit: Commit) -> str:
    """Whose batch it is: a contract's rows lie together."""
    rows = commit.events if commit.events.num_rows else commit.unparsed
    return (rows["contract"][0].as_py() or "") if rows.num_rows and "contract" in rows.column_names else ""


def _together(name: str, tables: list[pa.Table]) -> pa.Table:
    schema = TABLES[name]
    try:
        return pa.concat_tables([t.select(schema.names).cast(schema) for t in tables] or [schema.empty_table()])
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise LakeRefused(f"rows for {name} are not of its schema: {error}") from error
