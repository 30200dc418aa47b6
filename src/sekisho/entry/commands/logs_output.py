"""Rows of the lake as people and programs want them: a table, OCSF objects, CSV, Parquet, bars over time.

CSV is for spreadsheets, which take a cell that begins with certain signs for a formula: such a cell gets an
apostrophe before it (OWASP), every cell stands in quotes, and rows end as RFC 4180 has it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from .printing import padded, printable, width

if TYPE_CHECKING:
    import pyarrow as pa

TOKYO = ZoneInfo("Asia/Tokyo")
CELL_CHARACTERS_MAX = 60
BAR_COLUMNS = 40
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Where a spreadsheet sees the beginning of a formula; some take the wide signs as well."""

Write = Callable[["pa.Table"], None]


class OutputError(Exception):
    """The rows can't be written there; the message says why."""


@contextmanager
def writer(form: str, out: str | None) -> Iterator[Write]:
    """Takes pages one after the other, and finishes the output at the end."""
    if form == "parquet":
        with _parquet(out) as write:
            yield write
        return
    try:
        with _stream(out) as stream:
            yield {"table": _table, "ndjson": _ndjson, "csv": _csv}[form](stream)
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(str(error)) from error


def summed(rows: pa.Table, form: str, out: str | None) -> None:
    """What a stage summed up; a timeline is drawn."""
    if form == "table" and rows.column_names[0] == "span":
        with _stream(out) as stream:
            _bars(rows, stream)
        return
    with writer(form, out) as write:
        write(rows)


@contextmanager
def _stream(out: str | None) -> Iterator[io.BufferedIOBase]:
    if out is None:
        yield sys.stdout.buffer
    else:
        with Path(out).open("wb") as file:
            yield file


def _table(stream: io.BufferedIOBase) -> Write:
    printed = False

    def write(rows: pa.Table) -> None:
        nonlocal printed
        names = rows.column_names if "record" not in rows.column_names else _shown(rows.column_names)
        lines = [[_cell(row[name]) for name in names] for row in rows.select(names).to_pylist()]
        widths = [max(width(line[i]) for line in [names, *lines]) for i in range(len(names))]
        for line in lines if printed else [names, *lines]:
            text = "  ".join(padded(cell, columns) for cell, columns in zip(line, widths, strict=True)).rstrip()
            stream.write(text.encode() + b"\n")
        printed = True

    return write


def _shown(names: Sequence[str]) -> list[str]:
    """What a table shows of a search's columns."""
    from .logs_search import TABLE_COLUMNS

    wanted = TABLE_COLUMNS["unparsed" if "reason" in names else "events"]
    return [name for name in wanted if name in names]


def _ndjson(stream: io.BufferedIOBase) -> Write:
    """One object a line, OCSF where rows are events; JSON escapes whatever could harm a terminal."""

    def write(rows: pa.Table) -> None:
        import msgspec

        from sekisho.ocsf.nested import rows as nested_rows
        from sekisho.ocsf.nested import to_json

        if "record" not in rows.column_names:
            stream.writelines(msgspec.json.encode(row) + b"\n" for row in rows.to_pylist())
        else:
            stream.writelines(to_json(row, raw=True) + b"\n" for row in nested_rows(rows))
        stream.flush()

    return write


def _csv(stream: io.BufferedIOBase) -> Write:
    headed = False

    def write(rows: pa.Table) -> None:
        nonlocal headed
        text = io.StringIO(newline="")
        made = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        if not headed:
            made.writerow(rows.column_names)
        headed = True
        made.writerows([_safe(value) for value in row.values()] for row in rows.to_pylist())
        stream.write(text.getvalue().encode())

    return write


def _safe(value: Any) -> str:
    """A cell's text that no spreadsheet runs. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = _plain(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(TOKYO).isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "\n".join(map(_plain, value)) if isinstance(value, list) else str(value)


@contextmanager
def _parquet(out: str | None) -> Iterator[Write]:
    """One file, written a page at a time."""
    import pyarrow.parquet as pq

    if out is None:
        raise OutputError("parquet needs a file: name it with --out")
    made: list[pq.ParquetWriter] = []

    def write(rows: pa.Table) -> None:
        if not made:
            made.append(pq.ParquetWriter(out, rows.schema, compression="zstd"))
        made[0].write_table(rows.cast(made[0].schema))

    try:
        yield write
    except OSError as error:
        raise OutputError(str(error)) from error
    finally:
        for each in made:
            each.close()


def _bars(rows: pa.Table, stream: io.BufferedIOBase) -> None:
    """A bar for each span, the longest BAR_COLUMNS wide."""
    found = rows.to_pylist()
    most = max(row["count"] for row in found)
    lines = [
        [_cell(row["span"])[:19], *(_cell(row[n]) for n in rows.column_names[1:-1]), row["count"]] for row in found
    ]
    widths = [max(width(str(line[i])) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        *named, count = line
        bar = "█" * max(1, round(BAR_COLUMNS * count / most))
        text = "  ".join(padded(cell, columns) for cell, columns in zip(named, widths, strict=False))
        stream.write(f"{text}  {str(count).rjust(widths[-1])}  {bar}\n".encode())
    stream.flush()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(TOKYO).isoformat(timespec="milliseconds")
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, bytes):
        value = value[: CELL_CHARACTERS_MAX * 4].decode("utf-8", "backslashreplace")
    text = printable(str(value))
    return text if len(text) <= CELL_CHARACTERS_MAX else text[: CELL_CHARACTERS_MAX - 1] + "…"
