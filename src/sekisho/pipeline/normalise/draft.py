"""Rows under construction: the fields of many lines of one product become columns, a column at a time.

A product's table says which of its fields goes to which column. Every field is in exactly one place:
in its column if that holds it, else in ``unmapped``. A value that its column can't hold (a host name
where an address belongs, a port of 99999), and the second of two different values for one column, stay
in ``unmapped`` under the field's own name. A field without a value says nothing and is in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from sekisho.ocsf.columns import COLUMNS
from sekisho.pipeline.normalise.addresses import ABSENT, Address, AddressBook, direction
from sekisho.pipeline.normalise.cells import COLUMN, Cells
from sekisho.pipeline.parse.moment import Clock, Moment
from sekisho.pipeline.parse.text import Head

Fields = dict[str, Any]
"""Name -> value as written (text), or a container from JSON. Missing, None and "" mean the same."""

Convert = Callable[[Any], Any]
"""Value -> cell, or None if the column can't hold it. Never raises."""

_encode = msgspec.json.Encoder().encode


class Move(NamedTuple):
    """The first of ``keys`` that a line has goes to ``column``, converted; None means text as it is."""

    column: int
    keys: tuple[str, ...]
    convert: Convert | None = None


class Table(NamedTuple):
    """What becomes of a product's fields."""

    moves: tuple[Move, ...]
    keys: frozenset[str]
    blank: frozenset[str]
    """Values by which this product says that there is none."""
    spent: frozenset[str]
    """Fields that time and names of columns were made from: they are kept only in a row that tells no time."""


def table(*moves: Move, blank: Iterable[str] = (), spent: Iterable[str] = ()) -> Table:
    keys = [key for move in moves for key in move.keys]
    twice = {key for key in keys if keys.count(key) > 1}
    columns = [move.column for move in moves]
    if twice or len(columns) != len(set(columns)):
        raise ValueError(f"fields or columns that are moved twice: {sorted(twice)}")
    return Table(moves, frozenset(keys), frozenset({"", *blank}), frozenset(spent))


def move(column: str, *keys: str, to: Convert | None = None) -> Move:
    return Move(COLUMN[column], keys, to)


class Draft:
    """``fields`` and ``heads`` have one element a row. ``cells`` is what the product fills."""

    def __init__(
        self, fields: Sequence[Fields], heads: Sequence[Head], plan: Table, book: AddressBook, clock: Clock
    ) -> None:
        self.fields = fields
        self.heads = heads
        self.book = book
        self.clock = clock
        self.rows = len(fields)
        self._plan = plan
        self._nothing: list[Any] = [None] * self.rows
        self.cells: Cells = [self._nothing] * len(COLUMNS)
        self._left: dict[int, Fields] = {}
        self._timeless: set[int] = set()
        present: set[str] = set()
        present.update(*fields)
        self._present = present
        for each in plan.moves:
            self._move(each)

    def column(self, name: str) -> list[Any]:
        """The column to write to."""
        index = COLUMN[name]
        if self.cells[index] is self._nothing:
            self.cells[index] = [None] * self.rows
        return self.cells[index]

    def seen(self, name: str) -> list[Any]:
        """The column to read from; all None if nobody wrote to it."""
        return self.cells[COLUMN[name]]

    def put(self, name: str, values: list[Any]) -> None:
        """Fill the cells of the column that are empty."""
        index = COLUMN[name]
        if self.cells[index] is self._nothing:
            self.cells[index] = values
        else:
            self.cells[index] = [
                new if old is None else old for old, new in zip(self.cells[index], values, strict=True)
            ]

    def has(self, *keys: str) -> bool:
        """Whether any row has any of these fields."""
        return not self._present.isdisjoint(keys)

    def values(self, *keys: str) -> list[Any]:
        """The first of these fields that a row has, without its blanks; the fields stay where they are."""
        found = self._nothing
        for key in keys:
            if key in self._present:
                told = self._said(key)
                found = told if found is self._nothing else [b if a is None else a for a, b in zip(found, told)]  # noqa: B905
        return found

    def _said(self, key: str) -> list[Any]:
        blank = self._plan.blank
        values = [fields.get(key) for fields in self.fields]
        try:
            if blank.isdisjoint(values):
                return values
        except TypeError:  # a list or an object from JSON
            pass
        return [None if type(value) is str and value in blank else value for value in values]

    def _move(self, to: Move) -> None:
        keys = [key for key in to.keys if key in self._present]
        if not keys:
            return
        values = self._said(keys[0])
        for key in keys[1:]:
            values = self._second(values, key, keys)
        if values.count(None) == self.rows:
            return
        cells = _as_text(values) if to.convert is None else _converted(values, to.convert)
        if cells.count(None) != values.count(None):
            self._keep_refused(cells, values, keys)
        self.cells[to.column] = cells

    def _second(self, values: list[Any], key: str, keys: Sequence[str]) -> list[Any]:
        """Fill what is empty from another field; a different word for what is there is kept."""
        merged = list(values)
        for row, (value, other) in enumerate(zip(values, self._said(key), strict=True)):
            if value is None:
                merged[row] = other
            elif other is not None and other != value:
                self.keep(row, key, other)
        return merged

    def _keep_refused(self, cells: list[Any], values: list[Any], keys: Sequence[str]) -> None:
        for row, (cell, value) in enumerate(zip(cells, values, strict=True)):
            if cell is None and value is not None:
                key = next(key for key in keys if self.fields[row].get(key) == value)
                self.keep(row, key, value)

    def keep(self, row: int, key: str, value: Any) -> None:
        """Put a moved field into ``unmapped`` after all."""
        self._left.setdefault(row, {})[key] = value

    def place(self, *, reversed_rows: Sequence[bool] | None = None, words: Sequence[str | None] | None = None) -> None:
        """Addresses in one spelling; from both ends the direction, or else from the product's own word for it.

        ``reversed_rows`` are those whose source answered; ``words`` are ours (inbound, ...) already.
        """
        sources = self._endpoints("src_endpoint")
        targets = self._endpoints("dst_endpoint")
        self._named_instead("device.ip", "device.hostname")
        for side in ("nat.src_ip", "nat.dst_ip"):
            self._named_instead(side, None)
        found = [direction(a.side, b.side) for a, b in zip(sources, targets, strict=True)]
        if reversed_rows is not None:
            for row, is_reversed in enumerate(reversed_rows):
                if is_reversed:
                    found[row] = direction(targets[row].side, sources[row].side)
        if words is not None:
            found = [word if way == "unknown" and word else way for way, word in zip(found, words, strict=True)]
        self.cells[COLUMN["direction"]] = found

    def _endpoints(self, end: str) -> list[Address]:
        return self._named_instead(f"{end}.ip", f"{end}.hostname")

    def _named_instead(self, name: str, host: str | None) -> list[Address]:
        """What is no address is a host's name; where there is no place for that, or another name, it is unmapped."""
        written = self.seen(name)
        found = self._addresses(name)
        if self.seen(name).count(None) == written.count(None):
            return found
        names = self.column(host) if host else self._nothing
        for row, (text, address) in enumerate(zip(written, found, strict=True)):
            if text is None or address.text is not None:
                continue
            if host and names[row] is None:
                names[row] = text
            elif names[row] != text:
                self.keep(row, name, text)
        return found

    def _addresses(self, name: str) -> list[Address]:
        written = self.seen(name)
        if written is self._nothing:
            return [ABSENT] * self.rows
        look_up = self.book.look_up
        found = [ABSENT if text is None else look_up(text) for text in written]
        self.cells[COLUMN[name]] = [address.text for address in found]
        return found

    def stamp(self, moments: Sequence[Moment | None], otherwise: int) -> None:
        """Time and offset; where the line tells none, its syslog header's, and at last that of receipt (micros)."""
        self._timeless = {row for row, told in enumerate(moments) if told is None}
        moment = self.clock.moment
        found = [
            told if told is not None else (moment(head.clock) if head.clock is not None else None)
            for told, head in zip(moments, self.heads, strict=True)
        ]
        self.cells[COLUMN["time"]] = [otherwise if each is None else each.micros for each in found]
        self.cells[COLUMN["timezone_offset"]] = [None if each is None else each.offset_minutes for each in found]

    def unmapped(self) -> None:
        """The rest of every line as JSON. To be called after ``stamp``."""
        moved, left = self._plan.keys | self._plan.spent, self._left
        column = self.column("unmapped")
        for row, fields in enumerate(self.fields):
            rest = {key: value for key, value in fields.items() if value and key not in moved}
            if row in left:
                rest.update(left[row])
            if row in self._timeless:
                rest.update({key: fields[key] for key in self._plan.spent if fields.get(key)})
            if rest:
                column[row] = _encode(rest).decode()


def _as_text(values: list[Any]) -> list[Any]:
    if _TEXT_OR_NOTHING.issuperset(map(type, values)):
        return values
    return [value if type(value) is str else None for value in values]


_TEXT_OR_NOTHING = frozenset((str, type(None)))


def _converted(values: list[Any], convert: Convert) -> list[Any]:
    """Each distinct value is converted once: logs repeat themselves."""
    try:
        known = {value: None if value is None else convert(value) for value in set(values)}
    except TypeError:  # a list or an object from JSON
        return [None if value is None else convert(value) for value in values]
    return [known[value] for value in values]
