"""How one field of a log becomes one cell: the small vocabulary in which a product's field table is written.

A field is either *moved* (the cell gives the source value back exactly, so it need not be kept
elsewhere) or *copied* (the cell is a readable form, and the source stays in ``unmapped``). A value
that a moved field can't hold exactly (wrong type, out of range, odd spelling) stays in ``unmapped``,
whole; the cell then has the nearest form or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sekisho.pipeline.normalise.cells import COLUMN, Cells

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1
PORT_MAX = 65_535

Convert = Callable[[Any], Any]
"""Source value -> cell, or None if this value has no such form. Never raises."""


class Field(NamedTuple):
    """``plain`` values (of exactly that type, integers from 0 to ``limit``) go into the cell as they are;
    for others ``exact`` is asked, then ``near``."""

    column: int
    plain: type | None = None
    limit: int = 0
    exact: Convert | None = None
    near: Convert | None = None


FieldTable = dict[str, "Field | FieldTable"]


def text(column: str) -> Field:
    return Field(COLUMN[column], str)


def number(column: str, limit: int = INT64_MAX) -> Field:
    return Field(COLUMN[column], int, limit)


def moved(column: str, exact: Convert, near: Convert | None = None) -> Field:
    return Field(COLUMN[column], exact=exact, near=near)


def copied(column: str, near: Convert) -> Field:
    return Field(COLUMN[column], near=near)


def table(paths: dict[str, Field]) -> FieldTable:
    """Dotted source paths as a tree to walk beside the source object. A column is moved to from one path only."""
    moves = [field.column for field in paths.values() if field.plain or field.exact]
    if len(moves) != len(set(moves)):
        raise ValueError("two source fields are moved to one column: neither could be told from the other")
    tree: FieldTable = {}
    for path, field in paths.items():
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            child = node.setdefault(parent, {})
            if type(child) is not dict:
                raise ValueError(f"{path} lies inside another field")
            node = child
        node[leaf] = field
    return tree


def take(source: dict[str, Any], fields: FieldTable, cells: Cells, row: int) -> dict[str, Any]:
    """Fill the row's cells from ``source``; return what has to be kept besides them, in its own structure."""
    rest = {}
    for key, value in source.items():
        field = fields.get(key)
        if field is None:
            rest[key] = value
        elif type(field) is dict:
            if type(value) is not dict:
                rest[key] = value
            elif (inner := take(value, field, cells, row)) or not value:
                rest[key] = inner
        else:
            column, plain, limit, exact, near = field
            if type(value) is plain and (plain is str or 0 <= value <= limit):
                cells[column][row] = value
            elif exact is not None and (cell := exact(value)) is not None:
                cells[column][row] = cell
            else:
                rest[key] = value
                if near is not None and cells[column][row] is None:
                    cells[column][row] = near(value)
    return rest


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
