"""Rows as the pipeline makes them, for tests of the lake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sekisho.lake import Commit
from sekisho.ocsf.columns import EVENT_SCHEMA, UNPARSED_SCHEMA

NOON = dt.datetime(2026, 11, 23, 3, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
ALL_TIME = {"since": NOON - dt.timedelta(days=4_000), "until": NOON + dt.timedelta(days=4_000)}


def event_table(batch: str, count: int, *, contract: str = "SK100001", **columns: Any) -> pa.Table:
    """``count`` events; a keyword gives a column one value for all, or a list of values."""
    return _table(EVENT_SCHEMA, batch, count, contract, {"time": _times(count), "class_uid": 4001, **columns})


def unparsed_table(batch: str, count: int, *, contract: str = "SK100001", **columns: Any) -> pa.Table:
    return _table(UNPARSED_SCHEMA, batch, count, contract, {"reason": "no JSON", **columns})


def commit(batch: str, count: int = 3, *, unparsed: int = 0, **columns: Any) -> Commit:
    kept = unparsed_table(batch, unparsed, contract=columns.get("contract", "SK100001"))
    return Commit(batch, event_table(batch, count, **columns), kept)


def _times(count: int) -> list[dt.datetime]:
    return [NOON + dt.timedelta(milliseconds=i) for i in range(count)]


def _table(schema: pa.Schema, batch: str, count: int, contract: str, columns: Mapping[str, Any]) -> pa.Table:
    filled = {
        "contract": contract,
        "device": "UTM100001",
        "batch": batch,
        "record": list(range(count)),
        "received_at": NOON,
        "retention_years": 1,
        "day": TODAY,
        "raw": [b"line %d of %s" % (i, batch.encode()) for i in range(count)],
        **{name.replace("__", "."): value for name, value in columns.items()},
    }
    return pa.table([_column(field, filled.get(field.name), count) for field in schema], schema=schema)


def _column(field: pa.Field, value: Any, count: int) -> pa.Array:
    values = value if isinstance(value, list) else [value] * count
    return pa.array(values, field.type)
