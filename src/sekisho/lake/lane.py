"""The writer lane: one process at a time, and the ledger of the batches that are in the lake.

The truth about a batch is in the lake's own commit: its id is part of the snapshot's extra info, so
that rows and id are there together or not at all. The ledger table is an index of that, for asking
quickly and for longer than snapshots live; what a crash kept from being noted is read back from the
snapshots before the lane is used (``reconcile``).

Errors: LakeHeld when another process has the lane; LakeUnavailable when PostgreSQL is away.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from psycopg import sql

from .errors import LakeHeld, LakeUnavailable
from .evidence import EvidenceLog
from .settings import CATALOGUE_SCHEMA, LakeSettings

AUTHOR = "sekisho"
LEDGER_DAYS = 14
"""A batch that comes again within this time is dropped; the stream's replay window is much shorter."""

_LOCK_KEY = 0x73656B6973686F
"""PostgreSQL's advisory lock of the lane: the bytes of "sekisho"."""
_CONNECT_SECONDS_MAX = 5
_STATEMENT_MILLISECONDS_MAX = 60_000


class Noted(NamedTuple):
    """A batch of a snapshot, and its leaf in the log of evidence."""

    batch: str
    segment: bytes | None


class Lane:
    """The lock and the ledger, on one PostgreSQL connection: whoever loses it has lost the lane."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    @classmethod
    def take(cls, settings: LakeSettings) -> Lane:
        with _as_unavailable():
            connection = psycopg.connect(
                settings.database_url,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS_MAX,
                options=f"-c statement_timeout={_STATEMENT_MILLISECONDS_MAX}",
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
                application_name="sekisho lake writer",
            )
        lane = cls(connection)
        try:
            lane._lock()
            lane._lay()
        except BaseException:
            connection.close()
            raise
        return lane

    def close(self) -> None:
        self._connection.close()

    def known(self, batches: Sequence[str]) -> set[str]:
        """Those of ``batches`` that are in the lake."""
        with _as_unavailable():
            rows = self._connection.execute(_named("SELECT batch FROM {} WHERE batch = ANY(%s)"), [list(batches)])
            return {row[0] for row in rows}

    def note(self, snapshot: int, noted: Sequence[Noted]) -> None:
        """Index the batches of one snapshot and add their segments to the log of evidence, all or none."""
        with _as_unavailable(), self._connection.transaction():
            fresh = self._connection.execute(
                _named(
                    "INSERT INTO {} (batch, snapshot) SELECT unnest(%s::text[]), %s ON CONFLICT DO NOTHING "
                    "RETURNING batch"
                ),
                [[each.batch for each in noted], snapshot],
            ).fetchall()
            new = {row[0] for row in fresh}
            segments = [(each.batch, each.segment) for each in noted if each.segment is not None and each.batch in new]
            EvidenceLog(self._connection).add(segments)

    def reconcile(self) -> int:
        """Note what snapshots hold and the ledger doesn't; how many batches that were."""
        with _as_unavailable():
            rows = self._connection.execute(
                _named("""
                SELECT snapshot_id, commit_extra_info FROM {schema}.ducklake_snapshot_changes
                WHERE author = %s AND commit_extra_info IS NOT NULL
                  AND snapshot_id > (SELECT coalesce(max(snapshot), -1) FROM {})
                ORDER BY snapshot_id"""),
                [AUTHOR],
            ).fetchall()
        found = [(snapshot, _read(extra)) for snapshot, extra in rows]
        for snapshot, noted in found:
            self.note(snapshot, noted)
        return sum(len(noted) for _, noted in found)

    def forget(self, before: dt.datetime) -> int:
        """Drop ledger rows that were noted before; never the newest snapshot's, where ``reconcile`` goes on."""
        with _as_unavailable():
            return self._connection.execute(
                _named("DELETE FROM {} WHERE noted_at < %s AND snapshot < (SELECT max(snapshot) FROM {})"), [before]
            ).rowcount

    def _lock(self) -> None:
        with _as_unavailable():
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_KEY]).fetchone()
        if not row or not row[0]:
            raise LakeHeld("another process writes to this lake: end it first, or use it")

    def _lay(self) -> None:
        with _as_unavailable():
            self._connection.execute(
                _named(
                    "CREATE TABLE IF NOT EXISTS {} (batch text PRIMARY KEY, snapshot bigint NOT NULL, "
                    "noted_at timestamptz NOT NULL DEFAULT now())"
                )
            )
            self._connection.execute(_named("CREATE INDEX IF NOT EXISTS sekisho_ledger_snapshot ON {} (snapshot)"))
            EvidenceLog(self._connection).lay()


def written(noted: Sequence[Noted]) -> str:
    """A snapshot's extra info: its batches with their segments."""
    return json.dumps([[each.batch, each.segment.decode() if each.segment else None] for each in noted])


def _read(extra: str) -> list[Noted]:
    """The same back. Snapshots from before there was evidence name batches alone."""
    return [
        Noted(each, None) if isinstance(each, str) else Noted(each[0], each[1].encode() if each[1] else None)
        for each in json.loads(extra)
    ]


def _named(statement: str) -> sql.Composed:
    """A statement with the ledger's name for ``{}``, however often, and the catalogue's for ``{schema}``."""
    schema = sql.Identifier(CATALOGUE_SCHEMA)
    ledger = sql.Identifier(CATALOGUE_SCHEMA, "sekisho_ledger")
    return sql.SQL(statement.replace("{}", "{ledger}")).format(ledger=ledger, schema=schema)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise LakeUnavailable(f"the catalogue did not answer: {error}") from error
