"""Rows as Parquet files of the lake, written by Arrow: a third of what an INSERT costs for so wide a table.

The files are named where DuckLake's own are and then given to it (``ducklake_add_data_files``), inside
the transaction of the append. A file whose transaction fails is a leftover like any other. Rows keep
the order they came in, a batch is one device's: compaction sorts them for good.

Errors: LakeRefused when a row can't be dropped on time; pyarrow's and OSError from the disk, as they come.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .errors import LakeRefused

ROWS_IN_GROUP_MAX = 122_880
"""DuckDB's own: a row group is what it skips or reads."""
COMPRESSION, LEVEL = "zstd", 1
"""The files of an append live for minutes; what compaction makes of them is compressed for years."""
UNMEASURED = frozenset({"raw", "unmapped", "message", "http_request.url.url_string"})
"""Columns whose smallest and largest value help no search, and are long."""


def by_partition(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """(folder below the table's, rows) for each retention class and day."""
    keys = rows.select(["retention_years", "day"]).group_by(["retention_years", "day"]).aggregate([]).to_pylist()
    if any(None in key.values() for key in keys):
        raise LakeRefused("a row has no day or no retention: nobody could ever drop it on time")
    for key in keys:
        mine = rows
        if len(keys) > 1:
            same = [pc.equal(rows[name], pa.scalar(value, rows[name].type)) for name, value in key.items()]
            mine = rows.filter(pc.and_(*same))
        yield f"retention_years={key['retention_years']}/day={key['day'].isoformat()}", mine


def write(folder: Path, rows: pa.Table) -> Path:
    """A new file with these rows. It is not on disk for sure before somebody syncs it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"sekisho-{uuid.uuid4().hex}.parquet"
    measured = [name for name in rows.column_names if name not in UNMEASURED]
    pq.write_table(
        rows.replace_schema_metadata(None),
        path,
        compression=COMPRESSION,
        compression_level=LEVEL,
        row_group_size=ROWS_IN_GROUP_MAX,
        write_statistics=measured,
        store_schema=False,
    )
    return path
