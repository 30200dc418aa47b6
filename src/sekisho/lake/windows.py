"""What correlations have counted so far, kept beside the ledger so that a restart forgets nothing.

Two tables of the catalogue's schema. Written once and dropped when too old to count; written again
they stay as they are. Rows are plain tuples: what they mean is the pipeline's business.

Errors: LakeUnavailable when PostgreSQL is away (call again).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

import psycopg
from psycopg import sql

from .errors import LakeUnavailable
from .settings import CATALOGUE_SCHEMA

_CONNECT_SECONDS_MAX = 5

SightingRow = tuple[str, str, tuple[str, ...], str, int, str, int, str | None]
"""correlation, contract, key, rule, at (microseconds), batch, record, value."""
FiringRow = tuple[str, str, tuple[str, ...], int, str, int, float]
"""correlation, contract, key, at (microseconds), batch, record, measured."""


class WindowStore:
    """Opens itself again after a loss; not for two threads at once."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: psycopg.Connection | None = None

    def recall(self) -> tuple[list[SightingRow], list[FiringRow]]:
        """Everything that is kept, by time."""
        with self._settled() as connection:
            sightings = connection.execute(
                _named("SELECT correlation, contract, key, rule, at, batch, record, value FROM {sightings} ORDER BY at")
            ).fetchall()
            firings = connection.execute(
                _named("SELECT correlation, contract, key, at, batch, record, measured FROM {firings} ORDER BY at")
            ).fetchall()
        return (
            [(row[0], row[1], tuple(row[2]), *row[3:]) for row in sightings],
            [(row[0], row[1], tuple(row[2]), *row[3:]) for row in firings],
        )

    def keep(self, sightings: Sequence[SightingRow], firings: Sequence[FiringRow]) -> None:
        """All of it or nothing; what is there already stays."""
        with self._settled() as connection, connection.transaction():
            _put(connection, _PUT_SIGHTING, sightings)
            _put(connection, _PUT_FIRING, firings)

    def forget(self, now: dt.datetime, seconds: int) -> int:
        """Drop what was kept longer ago than that; how many rows."""
        before = now - dt.timedelta(seconds=seconds)
        with self._settled() as connection:
            gone = [connection.execute(_named(statement), [before]).rowcount for statement in _FORGET]
        return sum(gone)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _settled(self) -> _Settled:
        return _Settled(self)

    def _opened(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS_MAX, application_name="sekisho windows"
            )
            for statement in _TABLES:
                self._connection.execute(_named(statement))
        return self._connection


class _Settled:
    """A connection for one call. Any error of the database closes it and is told as LakeUnavailable."""

    def __init__(self, store: WindowStore) -> None:
        self._store = store

    def __enter__(self) -> psycopg.Connection:
        try:
            return self._store._opened()
        except psycopg.Error as error:
            self._store.close()
            raise LakeUnavailable(f"the windows can't be had: {error}") from error

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, psycopg.Error):
            self._store.close()
            raise LakeUnavailable(f"the windows were not kept: {error}") from error


def _put(connection: psycopg.Connection, statement: str, rows: Iterable[SightingRow | FiringRow]) -> None:
    filled = [(*row[:2], list(row[2]), *row[3:], _hash(row[2])) for row in rows]
    if filled:
        connection.cursor().executemany(_named(statement), filled)


_PUT_SIGHTING = (
    "INSERT INTO {sightings} (correlation, contract, key, rule, at, batch, record, value, key_hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_PUT_FIRING = (
    "INSERT INTO {firings} (correlation, contract, key, at, batch, record, measured, key_hash) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_FORGET = ("DELETE FROM {sightings} WHERE kept_at < %s", "DELETE FROM {firings} WHERE kept_at < %s")
_TABLES = (
    "CREATE TABLE IF NOT EXISTS {sightings} (correlation text NOT NULL, contract text NOT NULL, key text[] NOT NULL, "
    "key_hash bytea NOT NULL, rule text NOT NULL, at bigint NOT NULL, batch text NOT NULL, record bigint NOT NULL, "
    "value text, kept_at timestamptz NOT NULL DEFAULT now(), "
    "PRIMARY KEY (correlation, contract, key_hash, batch, record, rule))",
    "CREATE INDEX IF NOT EXISTS sekisho_sightings_kept_at ON {sightings} (kept_at)",
    "CREATE TABLE IF NOT EXISTS {firings} (correlation text NOT NULL, contract text NOT NULL, key text[] NOT NULL, "
    "key_hash bytea NOT NULL, at bigint NOT NULL, batch text NOT NULL, record bigint NOT NULL, "
    "measured double precision NOT NULL, kept_at timestamptz NOT NULL DEFAULT now(), "
    "PRIMARY KEY (correlation, contract, key_hash, batch, record))",
)


def _named(statement: str) -> sql.Composed:
    names = {name: sql.Identifier(CATALOGUE_SCHEMA, f"sekisho_{name}") for name in ("sightings", "firings")}
    return sql.SQL(statement).format(**names)


def _hash(key: Sequence[str]) -> bytes:
    """A key's identity: values of any length, which an index could not hold."""
    return hashlib.sha256(b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in key)).digest()
