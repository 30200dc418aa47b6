"""Reading the lake: always for named contracts, always for a span of time, never longer than a limit.

Any number of processes may read while one writes; each search sees one whole snapshot. Who may see
which contracts is decided by the caller; an empty set of contracts finds nothing.

Errors: FilterError, SearchTooLong, LakeUnavailable. Everything found is hostile text.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
import pyarrow as pa

from . import stages
from .connection import open_reader
from .errors import FilterError, LakeUnavailable, SearchTooLong
from .filter import Condition, compile_filter
from .settings import LakeSettings
from .tables import TABLES, TIME_COLUMN, quoted

ROWS_MAX = 10_000
ROWS_DEFAULT = 100
QUERY_SECONDS_MAX = 30.0
CONTRACTS_INLINE_MAX = 50
RECEIVED_SLACK = dt.timedelta(seconds=1)

TableName = Literal["events", "unparsed"]


@dataclass(frozen=True)
class Page:
    """Rows, newest first, with the schema's columns; ``cursor`` asks for the next page, None at the end."""

    rows: pa.Table
    cursor: str | None


@dataclass(frozen=True)
class Counts:
    """Rows in the lake's current snapshot, by its catalogue (``fsck`` is what counts by reading)."""

    events: int
    unparsed: int


class Lake:
    """A reader. Threads may share it; each call is a query of its own."""

    def __init__(self, settings: LakeSettings, *, query_seconds_max: float = QUERY_SECONDS_MAX) -> None:
        self.settings = settings
        self._seconds_max = query_seconds_max
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._opening = threading.Lock()

    def search(
        self,
        *,
        contracts: Collection[str],
        since: dt.datetime,
        until: dt.datetime,
        where: str = "",
        table: TableName = "events",
        columns: Sequence[str] | None = None,
        limit: int = ROWS_DEFAULT,
        cursor: str | None = None,
    ) -> Page:
        """Rows of ``contracts`` in [since, until), newest first, that fulfil the filter ``where``.

        ``columns`` are names of the schema (default: all); the page always has those that order it.
        """
        schema = TABLES[table]
        moment = TIME_COLUMN[table]
        wanted = _known_columns(schema, columns, (moment, "batch", "record"))
        conditions = [_scope(contracts), _span(moment, since, until), compile_filter(where, schema)]
        if cursor is not None:
            conditions.append(_after(moment, cursor))
        limit = max(1, min(limit, ROWS_MAX))
        order = f"{quoted(moment)} DESC, batch DESC, record DESC"
        rows = self._rows(table, wanted, conditions, f"ORDER BY {order} LIMIT {limit}")
        return Page(rows, _cursor(moment, rows) if rows.num_rows == limit else None)

    def count(
        self,
        *,
        contracts: Collection[str],
        since: dt.datetime,
        until: dt.datetime,
        where: str = "",
        table: TableName = "events",
    ) -> int:
        """How many rows ``search`` would find without a limit, counted by reading them."""
        moment = TIME_COLUMN[table]
        condition = _all_of([_scope(contracts), _span(moment, since, until), compile_filter(where, TABLES[table])])
        statement = f"SELECT count(record) AS n FROM lake.{table} WHERE {condition.sql}"  # noqa: S608  names of ours only
        return self._fetch(statement, condition.values)["n"][0].as_py()

    def summarise(
        self,
        *,
        contracts: Collection[str],
        since: dt.datetime,
        until: dt.datetime,
        question: str,
        table: TableName = "events",
    ) -> pa.Table:
        """What ``question``, a filter with a stage after ``|``, sums up: the stage's columns, in its order."""
        where, text, at = stages.split(question)
        schema, moment = TABLES[table], TIME_COLUMN[table]
        stage = stages.read_stage(text, at, schema)
        if stage is None:
            raise FilterError("after | comes count by, top or timeline", at)
        wanted = stages.summed(stage, moment, since, until)
        condition = _all_of([_scope(contracts), _span(moment, since, until), compile_filter(where, schema)])
        statement = f"SELECT {wanted.select} FROM lake.{table} WHERE {condition.sql} {wanted.tail}"  # noqa: S608  names of the schema
        return self._fetch(statement, condition.values).rename_columns(list(wanted.names))

    def rows_of(self, contract: str, batch: str, record: int | None = None) -> pa.Table:
        """The rows that came with one line, or with one batch: events, whatever their time."""
        conditions = [Condition("contract = ? AND batch = ?", (contract, batch))]
        if record is not None:
            conditions.append(Condition("record = ?", (record,)))
        return self._rows("events", TABLES["events"].names, conditions, f"ORDER BY record LIMIT {ROWS_MAX}")

    def lines_of(self, contract: str, batch: str, received_at: float) -> list[bytes]:
        """Every line of a batch as it came, read or not, in its order; empty when none is kept any more.

        ``received_at`` (seconds since 1970) spares reading what came at other times.
        """
        received = dt.datetime.fromtimestamp(received_at, dt.UTC)
        span = [received - RECEIVED_SLACK, received + RECEIVED_SLACK]
        parts = " UNION ALL ".join(
            f"SELECT record, raw FROM lake.{table} WHERE contract = ? AND batch = ? AND received_at BETWEEN ? AND ?"  # noqa: S608  names of ours only
            for table in TABLES
        )
        statement = f"SELECT record, any_value(raw) AS raw FROM ({parts}) GROUP BY record ORDER BY record"  # noqa: S608
        return self._fetch(statement, [contract, batch, *span] * len(TABLES))["raw"].to_pylist()

    def counts(self) -> Counts:
        found = self._fetch(
            "SELECT (SELECT count(*) FROM lake.events) AS events, (SELECT count(*) FROM lake.unparsed) AS unparsed", ()
        ).to_pylist()[0]
        return Counts(**found)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> Lake:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rows(self, table: str, columns: Sequence[str], conditions: Sequence[Condition], tail: str) -> pa.Table:
        condition = _all_of(conditions)
        names = ", ".join(quoted(c) for c in columns)
        statement = f"SELECT {names} FROM lake.{table} WHERE {condition.sql} {tail}"  # noqa: S608  names of the schema
        found = self._fetch(statement, condition.values)
        return found.cast(pa.schema([TABLES[table].field(c) for c in columns]))

    def _fetch(self, statement: str, values: Sequence[Any]) -> pa.Table:
        with self._query() as cursor:
            return cursor.execute(statement, list(values)).to_arrow_table()

    @contextmanager
    def _query(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._opened().cursor()
        alarm = threading.Timer(self._seconds_max, cursor.interrupt)
        alarm.start()
        try:
            yield cursor
        except duckdb.InterruptException:
            raise SearchTooLong(
                f"the search took longer than {self._seconds_max:g} s: narrow its time or its filter"
            ) from None
        except duckdb.Error as error:
            # A lost catalogue shows in many ways; the next call starts afresh.
            self.close()
            raise LakeUnavailable(f"the lake did not answer: {type(error).__name__}") from error
        finally:
            alarm.cancel()
            cursor.close()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        with self._opening:
            if self._connection is None:
                self._connection = open_reader(self.settings)
            return self._connection


def _known_columns(schema: pa.Schema, columns: Sequence[str] | None, needed: Sequence[str]) -> list[str]:
    if columns is None:
        return list(schema.names)
    for name in columns:
        if name not in schema.names:
            raise FilterError(f"there is no field {name!r}", 0)
    return list(dict.fromkeys([*columns, *needed]))


def _scope(contracts: Collection[str]) -> Condition:
    if not contracts:
        return Condition("false", ())
    names = sorted(set(contracts))
    if any("\0" in name for name in names):
        raise FilterError("a contract number can't hold a NUL character", 0)
    if len(names) > CONTRACTS_INLINE_MAX:
        return Condition("contract IN (SELECT unnest(?::VARCHAR[]))", (names,))
    return Condition(f"contract IN ({', '.join('?' * len(names))})", tuple(names))


def _span(moment: str, since: dt.datetime, until: dt.datetime) -> Condition:
    if since.tzinfo is None or until.tzinfo is None:
        raise ValueError("since and until must be aware")
    return Condition(f"{quoted(moment)} >= ? AND {quoted(moment)} < ?", (since, until))


def _all_of(conditions: Sequence[Condition]) -> Condition:
    return Condition(" AND ".join(f"({c.sql})" for c in conditions), tuple(v for c in conditions for v in c.values))


def _cursor(moment: str, rows: pa.Table) -> str:
    last = rows.slice(rows.num_rows - 1).select([moment, "batch", "record"])
    microseconds = last[moment].cast(pa.int64())[0].as_py()
    text = json.dumps([microseconds, last["batch"][0].as_py(), last["record"][0].as_py()])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _after(moment: str, cursor: str) -> Condition:
    try:
        microseconds, batch, record = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        instant = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
        place = (instant, instant, str(batch), int(record))
    except (ValueError, TypeError, OverflowError):
        raise FilterError("this is no cursor of an earlier page", 0) from None
    if "\0" in place[2]:
        raise FilterError("this is no cursor of an earlier page", 0)
    time = quoted(moment)
    return Condition(f"{time} <= ? AND ({time}, batch, record) < (?, ?, ?)", place)
