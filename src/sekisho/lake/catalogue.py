"""What the catalogue says about files, asked of PostgreSQL itself.

For checks and housekeeping, which must not trust the engine that they check.

Errors: LakeUnavailable when PostgreSQL is away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql

from .errors import LakeUnavailable
from .settings import CATALOGUE_SCHEMA, LakeSettings

_FILES = """
    SELECT t.table_name, s.path, s.path_is_relative, t.path, t.path_is_relative, f.path, f.path_is_relative,
           f.file_size_bytes, f.footer_size, f.record_count, f.end_snapshot IS NULL
    FROM {schema}.ducklake_data_file f
    JOIN {schema}.ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
    JOIN {schema}.ducklake_schema s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
    ORDER BY f.data_file_id"""


class CataloguedFile(NamedTuple):
    """One data file. ``live`` says that the current snapshot reads it; others serve older snapshots."""

    table: str
    path: Path
    bytes: int
    footer_bytes: int
    rows: int
    live: bool


class Catalogue:
    """One short connection's view."""

    def __init__(self, connection: psycopg.Connection, root: Path) -> None:
        self._connection = connection
        self._root = root

    def files(self) -> list[CataloguedFile]:
        found = self._connection.execute(_schema_named(_FILES)).fetchall()
        return [_file(self._root, row) for row in found]

    def partial_deletes(self) -> int:
        """Delete files: the lake only ever drops whole days, so there are none in a sound lake."""
        row = self._connection.execute(_schema_named("SELECT count(*) FROM {schema}.ducklake_delete_file")).fetchone()
        return row[0] if row else 0

    def scheduled(self) -> set[Path]:
        """Files that nothing needs any more and that a cleanup will remove."""
        rows = self._connection.execute(
            _schema_named("SELECT path, path_is_relative FROM {schema}.ducklake_files_scheduled_for_deletion")
        )
        return {self._root / path if relative else Path(path) for path, relative in rows}


@contextmanager
def catalogue(settings: LakeSettings) -> Iterator[Catalogue]:
    try:
        with psycopg.connect(settings.database_url, connect_timeout=5) as connection:
            # One view of all tables, whatever the writer does meanwhile.
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield Catalogue(connection, settings.path.absolute())
    except psycopg.Error as error:
        raise LakeUnavailable(f"the catalogue did not answer: {error}") from error


def older_than(path: Path, age: dt.timedelta, now: dt.datetime) -> bool:
    try:
        return now.timestamp() - path.stat().st_mtime > age.total_seconds()
    except FileNotFoundError:
        return False


def _file(root: Path, row: tuple) -> CataloguedFile:
    table, schema_path, schema_relative, table_path, table_relative, path, relative, size, footer, rows, live = row
    base = root / schema_path if schema_relative else Path(schema_path)
    base = base / table_path if table_relative else Path(table_path)
    return CataloguedFile(table, base / path if relative else Path(path), size, footer, rows, live)


def _schema_named(statement: str) -> sql.Composed:
    return sql.SQL(statement).format(schema=sql.Identifier(CATALOGUE_SCHEMA))
