"""The log of evidence, kept beside the ledger: every batch's segment once, in the order of the commits.

Only the writer lane adds, in the same transaction that notes the batch; anybody with the lake's role
reads. Rows are refused a change or a removal by the database, also when days of the lake are dropped: the hash of
a line outlives the line, and proves that it was deleted and not altered.

Errors: psycopg's for whoever brings a connection, LakeUnavailable from ``reading``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

from sekisho.evidence import tree

from .errors import LakeUnavailable
from .settings import CATALOGUE_SCHEMA, LakeSettings

_CONNECT_SECONDS_MAX = 5


class EvidenceLog:
    """On one connection; whoever adds holds the lane's lock."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def lay(self) -> None:
        """Make the tables that are missing."""
        for statement in _TABLES:
            self._connection.execute(_named(statement))

    def add(self, segments: Sequence[tuple[str, bytes]]) -> None:
        """Batches and their leaves, at the end. Each batch once in the log's life."""
        if not segments:
            return
        rows = self._connection.execute(
            _named("SELECT batch FROM {leaves} WHERE batch = ANY(%s)"), [[batch for batch, _ in segments]]
        ).fetchall()
        there = {row[0] for row in rows}
        size = self.size()
        new: dict[tuple[int, int], bytes] = {}

        def node(level: int, index: int) -> bytes:
            known = new.get((level, index))
            return known if known is not None else self.node(level, index)

        leaves = []
        for batch, data in segments:
            if batch in there:
                continue
            place = size + len(leaves)
            new.update(((level, at), value) for level, at, value in tree.grown(place, tree.leaf_hash(data), node))
            leaves.append((place, batch, data))
        cursor = self._connection.cursor()
        cursor.executemany(_named("INSERT INTO {leaves} (number, batch, data) VALUES (%s, %s, %s)"), leaves)
        cursor.executemany(
            _named("INSERT INTO {nodes} (level, number, hash) VALUES (%s, %s, %s)"),
            [(level, number, value) for (level, number), value in new.items()],
        )

    def size(self) -> int:
        """How many segments the log has."""
        row = self._connection.execute(_named("SELECT coalesce(max(number) + 1, 0) FROM {leaves}")).fetchone()
        return row[0] if row else 0

    def node(self, level: int, index: int) -> bytes:
        """A complete subtree's hash (``tree.Nodes``)."""
        row = self._connection.execute(
            _named("SELECT hash FROM {nodes} WHERE level = %s AND number = %s"), [level, index]
        ).fetchone()
        if row is None:
            raise KeyError((level, index))
        return bytes(row[0])

    def find(self, batch: str) -> tuple[int, bytes] | None:
        """The number and the leaf of a batch."""
        row = self._connection.execute(_named("SELECT number, data FROM {leaves} WHERE batch = %s"), [batch]).fetchone()
        return (row[0], bytes(row[1])) if row else None

    def leaves(self, first: int = 0, limit: int = 1_000) -> list[tuple[int, str, bytes]]:
        """(number, batch, leaf), from ``first`` on."""
        rows = self._connection.execute(
            _named("SELECT number, batch, data FROM {leaves} WHERE number >= %s ORDER BY number LIMIT %s"),
            [first, limit],
        ).fetchall()
        return [(number, batch, bytes(data)) for number, batch, data in rows]


@contextmanager
def reading(settings: LakeSettings) -> Iterator[EvidenceLog]:
    """The log of a lake, for one sitting and in one snapshot of the database."""
    try:
        with psycopg.connect(
            settings.database_url, connect_timeout=_CONNECT_SECONDS_MAX, application_name="sekisho evidence"
        ) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield EvidenceLog(connection)
    except psycopg.errors.UndefinedTable as error:
        raise LakeUnavailable("this lake has no log of evidence yet: nothing was written since it was made") from error
    except psycopg.Error as error:
        raise LakeUnavailable(f"the log of evidence can't be had: {error}") from error


_TABLES = (
    "CREATE TABLE IF NOT EXISTS {leaves} (number bigint PRIMARY KEY, batch text NOT NULL UNIQUE, data bytea NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {nodes} (level smallint NOT NULL, number bigint NOT NULL, hash bytea NOT NULL, "
    "PRIMARY KEY (level, number))",
    "CREATE OR REPLACE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
    "'the log of evidence is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege'; END $$",
    "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {leaves} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
    "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {nodes} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
)


def _named(statement: str) -> sql.Composed:
    names = {
        "leaves": sql.Identifier(CATALOGUE_SCHEMA, "sekisho_evidence"),
        "nodes": sql.Identifier(CATALOGUE_SCHEMA, "sekisho_evidence_nodes"),
        "refuse": sql.Identifier(CATALOGUE_SCHEMA, "sekisho_evidence_refuse"),
    }
    return sql.SQL(statement).format(**names)
