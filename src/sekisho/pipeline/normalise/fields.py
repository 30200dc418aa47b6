"""How one field of a log becomes one cell: the small vocabulary in which a product's field table is written.

A field is either *moved* (the cell gives the source value back exactly, so it need not be kept
elsewhere) or *copied* (the cell is a readable form, and the source stays in ``unmapped``). A value
that a moved field can't hold exactly (wrong type, out of range, odd spelling) stays in ``unmapped``,
whole; the cell then has the nearest form or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from sekisho.pipeline.normalise.cells import COLUMN, Cells

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1
PORT_MAX = 65_535

Convert = Callable[[Any], Any]
"""Source value -> cell, or None if this value has no such form. Never raises."""


class Text(msgspec.Struct, frozen=True):
    """A string goes into the cell as it is."""

    column: int


class Number(msgspec.Struct, frozen=True):
    """An integer from 0 to ``limit`` goes into the cell as it is."""

    column: int
    limit: int


class Converted(msgspec.Struct, frozen=True):
    """``exact`` is asked first and means *moved*; failing that, ``near`` fills a cell that is still empty."""

    column: int
    exact: Convert | None = None
    near: Convert | None = None


Field = Text | Number | Converted
FieldTable = dict[str, "int | Number | Converted | FieldTable"]
"""Key -> what becomes of its value: the column of a string, a Number, a Converted, or the table of an object."""


def text(column: str) -> Text:
    return Text(COLUMN[column])


def number(column: str, limit: int = INT64_MAX) -> Number:
    return Number(COLUMN[column], limit)


def moved(column: str, exact: Convert, near: Convert | None = None) -> Converted:
    return Converted(COLUMN[column], exact=exact, near=near)


def copied(column: str, near: Convert) -> Converted:
    return Converted(COLUMN[column], near=near)


def as_copy(field: Field) -> Converted:
    """The same field, copied instead of moved."""
    if isinstance(field, Text):
        return Converted(field.column, near=as_text)
    if isinstance(field, Number):
        return Converted(field.column, near=small_number(field.limit))
    return Converted(field.column, near=field.exact or field.near)


def table(paths: dict[str, Field]) -> FieldTable:
    """Dotted source paths as a tree to walk beside the source object. A column is moved to from one path only."""
    moves = [field.column for field in paths.values() if not isinstance(field, Converted) or field.exact]
    if len(moves) != len(set(moves)):
        raise ValueError("two source fields are moved to one column: neither could be told from the other")
    tree: FieldTable = {}
    for path, field in paths.items():
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            child = node.setdefault(parent, {})
            if not isinstance(child, dict):
                raise ValueError(f"{path} lies inside another field")
            node = child
        node[leaf] = field.column if isinstance(field, Text) else field
    return tree


def take(source: dict[str, Any], fields: FieldTable, cells: Cells, row: int) -> dict[str, Any]:
    """Fill the row's cells from ``source``; return what has to be kept besides them, in its own structure."""
    rest = {}
    for key, value in source.items():
        field = fields.get(key)
        if field is None:
            rest[key] = value
        elif type(field) is int and type(value) is str:
            cells[field][row] = value
        elif type(field) is Number and type(value) is int and 0 <= value <= field.limit:
            cells[field.column][row] = value
        elif type(field) is dict and type(value) is dict:
            if (inner := take(value, field, cells, row)) or not value:
                rest[key] = inner
        elif type(field) is not Converted or not _convert(value, field, cells, row):
            rest[key] = value
    return rest


def _convert(value: Any, field: Converted, cells: Cells, row: int) -> bool:
    """Fill the cell; whether it holds the value exactly."""
    if field.exact is not None and (cell := field.exact(value)) is not None:
        cells[field.column][row] = cell
        return True
    if field.near is not None and cells[field.column][row] is None:
        cells[field.column][row] = field.near(value)
    return False


def as_text(value: Any) -> str | None:
    return value if type(value) is str else None


def numeral(value: Any) -> str | None:
    """A whole number as its decimal digits."""
    return str(value) if type(value) is int and -INT64_MAX <= value <= INT64_MAX else None


def texts(value: Any) -> list[str] | None:
    """A list of strings as it is."""
    return value if type(value) is list and value and all(type(each) is str for each in value) else None


def only_text(value: Any) -> str | None:
    """The one string of a list of one."""
    return value[0] if type(value) is list and len(value) == 1 and type(value[0]) is str else None


def first_text(value: Any) -> str | None:
    """A string, or the first string of a list."""
    if type(value) is list and value:
        value = value[0]
    return as_text(value)


def small_number(limit: int) -> Convert:
    """A whole number from 0 to ``limit``."""
    return lambda value: value if type(value) is int and 0 <= value <= limit else None
