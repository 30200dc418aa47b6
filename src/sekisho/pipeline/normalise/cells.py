"""Cells of a table that grows by row and is handed over by column.

Every column of EVENT_SCHEMA has one list, as long as the batch has records, filled with None; a
normaliser writes ``cells[COLUMN[name]][row]``. What is handed over is Arrow, with the housekeeping
columns made at once for all rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from sekisho.ocsf.columns import COLUMNS, EVENT_SCHEMA, UNPARSED_SCHEMA
from sekisho.ocsf.device import DeviceContext

COLUMN: dict[str, int] = {column.name: index for index, column in enumerate(COLUMNS)}
"""Column name -> its place in ``cells``."""

Cells = list[list[Any]]

_TOKYO = ZoneInfo("Asia/Tokyo")
_MICROS = pa.int64()


class Batch(NamedTuple):
    """What all rows of one batch share. ``received`` is aware; ``device`` is what the platform knows of the sender."""

    batch_id: str
    received: dt.datetime
    device: DeviceContext


class Unparsed(NamedTuple):
    """One record that could not be read."""

    record: int
    raw: bytes
    reason: str


def empty_cells(rows: int) -> Cells:
    return [[None] * rows for _ in COLUMNS]


def events_table(batch: Batch, records: Sequence[int], cells: Cells) -> pa.Table:
    """The rows as Arrow, in EVENT_SCHEMA. ``cells`` are as long as ``records`` (indices in the batch)."""
    made = housekeeping(batch, records)
    made["category_uid"], made["type_uid"] = _class_sums(cells)
    arrays = [
        made[field.name] if field.name in made else _array(values, field.type)
        for field, values in zip(EVENT_SCHEMA, cells, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA)


def unparsed_table(batch: Batch, unparsed: Sequence[Unparsed]) -> pa.Table:
    """The records that could not be read, in UNPARSED_SCHEMA."""
    made = housekeeping(batch, [each.record for each in unparsed])
    made["raw"] = pa.array([each.raw for each in unparsed], pa.binary())
    made["reason"] = pa.array([each.reason for each in unparsed], pa.string())
    return pa.Table.from_arrays([made[name] for name in UNPARSED_SCHEMA.names], schema=UNPARSED_SCHEMA)


def _array(values: list[Any], type_: pa.DataType) -> pa.Array:
    if values.count(None) == len(values):
        return pa.nulls(len(values), type_)
    if pa.types.is_timestamp(type_):
        # Instants are collected as microseconds since 1970: a plain integer is far cheaper than a datetime.
        return pa.array(values, _MICROS).cast(type_)
    return pa.array(values, type_)


def housekeeping(batch: Batch, records: Sequence[int]) -> dict[str, pa.Array]:
    """The columns that say which line of which batch of whom this is."""
    rows = len(records)
    shared = {
        "contract": batch.device.contract,
        "device": batch.device.device,
        "batch": batch.batch_id,
        "received_at": batch.received,
        "retention_years": batch.device.retention_years,
        "day": batch.received.astimezone(_TOKYO).date(),
    }
    made = {name: pa.repeat(pa.scalar(value, UNPARSED_SCHEMA.field(name).type), rows) for name, value in shared.items()}
    made["record"] = pa.array(records, pa.int32())
    return made


def _class_sums(cells: Cells) -> tuple[pa.Array, pa.Array]:
    """category_uid and type_uid, which follow from class and activity."""
    classes = pa.array(cells[COLUMN["class_uid"]], pa.int32())
    activities = pa.array(cells[COLUMN["activity_id"]], pa.int64())
    types = pc.add(pc.multiply(classes.cast(pa.int64()), 100), activities)
    return pc.divide(classes, pa.scalar(1000, pa.int32())), types
