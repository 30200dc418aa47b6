"""Is everything there that the catalogue names? Trusts neither the engine nor the catalogue's own counts.

For every data file: it exists, its size is right, it starts and ends as a Parquet file, its footer is
as long as it should be, and reading it gives as many rows as the catalogue says. ``deep`` reads and
decodes every column instead of one.

Errors: LakeUnavailable when the catalogue is away. What is wrong with the lake is in the report.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .catalogue import CataloguedFile, catalogue
from .maintain import orphaned_files
from .settings import LakeSettings

MAGIC = b"PAR1"
_READ_ROWS = 65_536


@dataclass(frozen=True)
class Problem:
    """``kind`` is one of missing, size, damaged, rows, deletes, unnamed; ``path`` is below the lake's folder."""

    kind: str
    path: str
    detail: str


@dataclass
class Report:
    """What was checked and what is wrong. ``rows`` were counted by reading."""

    files: int = 0
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=lambda: {"events": 0, "unparsed": 0})
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether no row is missing; files that nothing names cost room and nothing else."""
        return all(problem.kind == "unnamed" for problem in self.problems)


def check(settings: LakeSettings, now: dt.datetime, *, deep: bool = False) -> Report:
    """Check the whole lake. Harmless beside a working writer."""
    report = Report()
    root = settings.path.absolute()
    with catalogue(settings) as known:
        files = [file for file in known.files() if file.live]
        partial = known.partial_deletes()
    if partial:
        report.problems.append(Problem("deletes", "", f"{partial} partial deletes, where only whole days are dropped"))
    for file in files:
        _check_file(file, root, report, deep=deep)
    for path in orphaned_files(settings, now):
        report.problems.append(Problem("unnamed", _shown(path, root), "older than a day, and no catalogue names it"))
    return report


def _check_file(file: CataloguedFile, root: Path, report: Report, *, deep: bool) -> None:
    report.files += 1
    try:
        rows = _rows_in(file, deep=deep)
    except FileNotFoundError:
        report.problems.append(Problem("missing", _shown(file.path, root), f"{file.rows} rows of {file.table}"))
        return
    except _Wrong as wrong:
        report.problems.append(Problem(wrong.kind, _shown(file.path, root), str(wrong)))
        return
    except (OSError, pa.ArrowException) as error:
        report.problems.append(Problem("damaged", _shown(file.path, root), str(error)))
        return
    report.bytes += file.bytes
    report.rows[file.table] = report.rows.get(file.table, 0) + rows


class _Wrong(Exception):
    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


def _rows_in(file: CataloguedFile, *, deep: bool) -> int:
    with file.path.open("rb") as data:
        size = data.seek(0, 2)
        if size != file.bytes:
            raise _Wrong("size", f"{size} bytes, the catalogue says {file.bytes}")
        data.seek(0)
        head = data.read(4)
        data.seek(-8, 2)
        tail = data.read(8)
        if head != MAGIC or tail[4:] != MAGIC or int.from_bytes(tail[:4], "little") != file.footer_bytes:
            raise _Wrong("damaged", "it does not start and end as the Parquet file that was written")
        data.seek(0)
        parquet = pq.ParquetFile(data)
        columns = None if deep else ["record"]
        rows = sum(batch.num_rows for batch in parquet.iter_batches(_READ_ROWS, columns=columns))
    if rows != file.rows:
        raise _Wrong("rows", f"{rows} rows, the catalogue says {file.rows}")
    return rows


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
