"""Writing many rows in one statement. Row-level security forbids COPY, so the rows travel as one JSON parameter.

Rows are dicts of column names. Dates and instants become text that PostgreSQL reads back; keys are drawn from the
table's own sequence beforehand, so that rows can refer to each other before they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection, models

Row = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def insert(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Insert rows that all have the same columns; constraints and triggers hold as for any insert."""
    if not rows:
        return
    table = model._meta.db_table
    columns = ", ".join(f'"{column}"' for column in rows[0])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",  # noqa: S608 - names come from the models
            [_encode(rows).decode()],
        )


def draw_keys(model: type[models.Model], how_many: int) -> list[int]:
    """That many primary keys, in order, which nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, how_many],
        )
        return [key for (key,) in cursor.fetchall()]
