"""Marks that are planted wherever a person can write, and the search for them in every column of the database."""

from __future__ import annotations

import json

from django.db import connection
from psycopg import sql

MARK, KANA, HALF_WIDTH, LATIN = "秘匿", "ヒトクガナ", "ﾋﾄｸｶﾞﾅ", "hitoku"
MARKS = (MARK, KANA, HALF_WIDTH, LATIN)

_COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type = 'bytea'
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
      AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea', 'USER-DEFINED'))
    ORDER BY 1, 2
"""


def marked_columns() -> set[str]:
    """Each "table.column" in which a mark stands, in clear, escaped as JSON does it, or as a bank's file does."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        columns = cursor.fetchall()
        return {f"{table}.{column}" for table, column, is_bytes in columns if _marked(cursor, table, column, is_bytes)}


def _marked(cursor, table: str, column: str, is_bytes: bool) -> bool:
    names = {"column": sql.Identifier(column), "table": sql.Identifier(table)}
    found = "position(mark IN {column})" if is_bytes else "strpos(lower({column}::text), mark)"
    marks = f"unnest(%s::{'bytea' if is_bytes else 'text'}[]) AS mark"
    query = sql.SQL("SELECT EXISTS (SELECT FROM {table}, " + marks + " WHERE " + found + " > 0)")  # noqa: S608
    cursor.execute(query.format(**names), [_bytes() if is_bytes else _texts()])
    return cursor.fetchone()[0]


def _texts() -> list[str]:
    return [*MARKS, *(json.dumps(mark)[1:-1] for mark in MARKS)]


def _bytes() -> list[bytes]:
    return [*(mark.encode() for mark in MARKS), *(mark.encode("cp932") for mark in MARKS)]
