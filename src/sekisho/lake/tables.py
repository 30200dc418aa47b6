"""The lake's two tables: made from the Arrow schemas, and brought up to date when those grow.

Both are partitioned by retention class and day (whole days are dropped), sorted by contract and
time (a contract's rows lie together). Never partitioned by contract: that made commits six times
slower and files a hundred times more.

Errors: LakeDamaged when a column has another type than the schema says.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from sekisho.ocsf.columns import EVENT_SCHEMA, UNPARSED_SCHEMA

from .errors import LakeDamaged

TABLES: dict[str, pa.Schema] = {"events": EVENT_SCHEMA, "unparsed": UNPARSED_SCHEMA}
TIME_COLUMN = {"events": "time", "unparsed": "received_at"}
TARGET_FILE_BYTES = 256_000_000

_OPTIONS = {
    "parquet_compression": ("zstd", "zstd"),
    "target_file_size": (f"{TARGET_FILE_BYTES // 1_000_000}MB", str(TARGET_FILE_BYTES)),
    "per_thread_output": ("false", "false"),
}
"""Option of DuckLake -> the value as it is set and as it is read back."""

_SQL_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.bool_(): "BOOLEAN",
    pa.int8(): "TINYINT",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


def lay_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that are missing and add the columns that are new."""
    for name, schema in TABLES.items():
        there = _columns(connection, name)
        if not there:
            _create(connection, name, schema)
        else:
            _extend(connection, name, schema, there)
    known = dict(connection.execute("SELECT option_name, value FROM lake.options()").fetchall())
    for option, (value, as_read) in _OPTIONS.items():
        if known.get(option) != as_read:
            connection.execute(f"CALL lake.set_option('{option}', '{value}')")


def quoted(column: str) -> str:
    """A column's name as SQL."""
    return '"' + column.replace('"', '""') + '"'


def sql_type(arrow: pa.DataType) -> str:
    """The SQL type of a column."""
    if pa.types.is_list(arrow):
        return f"{sql_type(arrow.value_type)}[]"
    return _SQL_TYPES[arrow]


def _create(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema) -> None:
    columns = ", ".join(f"{quoted(field.name)} {sql_type(field.type)}" for field in schema)
    connection.execute(f"CREATE TABLE lake.{name} ({columns})")
    connection.execute(f"ALTER TABLE lake.{name} SET PARTITIONED BY (retention_years, day)")
    order = f"contract ASC, {quoted(TIME_COLUMN[name])} ASC"
    connection.execute(f"ALTER TABLE lake.{name} SET SORTED BY ({order})")


def _extend(connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, there: dict[str, str]) -> None:
    for field in schema:
        wanted = sql_type(field.type)
        if field.name not in there:
            connection.execute(f"ALTER TABLE lake.{name} ADD COLUMN {quoted(field.name)} {wanted}")
        elif there[field.name] != wanted:
            raise LakeDamaged(f"column {field.name} of {name} is {there[field.name]} in the lake, not {wanted}")


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    rows = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'lake' AND table_name = ?", [name]
    ).fetchall()
    return dict(rows)
