"""A body of EVE lines -> events, and the lines that have to be read one by one. The fast way for Suricata.

Gives what ``normalise.suricata`` gives, column for column, for every line that isn't odd.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.ocsf.device import Network
from sekisho.pipeline.columnar import eve_judge as judge
from sekisho.pipeline.columnar import eve_walk as walk
from sekisho.pipeline.columnar import gather, places
from sekisho.pipeline.columnar.eve_plan import ANSWERS, OUTCOMES, WATCH, plan
from sekisho.pipeline.normalise.addresses import DIRECTIONS
from sekisho.pipeline.normalise.cells import Batch, housekeeping
from sekisho.pipeline.normalise.suricata_meaning import ACTION_AND_DISPOSITION, DROPPED

HOMES_REMEMBERED_MAX = 128
SPARE_BYTES = 64
ENTRY_BYTES_MIN = 16
"""Bytes of text for each element of a list that there is room for; lines beyond it are odd."""

BODY_BYTES_MAX = walk.BODY_BYTES_MAX
_PLAN, _SLOTS = plan()
_TEXT_COLUMNS = tuple((slot, name) for slot, name in enumerate(_SLOTS.texts) if not name.startswith(WATCH))
_NUMBER_COLUMNS = tuple((slot, name) for slot, name in enumerate(_SLOTS.numbers) if not name.startswith(WATCH))
_WAYS = tuple(word for row in DIRECTIONS for word in row)
_DISPOSED = np.array([(*ACTION_AND_DISPOSITION.get(word, (-1, -1)),) for word in OUTCOMES], np.int64)


class Read(NamedTuple):
    """``events`` in EVENT_SCHEMA, in the order of the lines; ``odd`` are (record, line) that were not taken."""

    events: pa.Table
    odd: list[tuple[int, bytes]]


def read(body: bytes, batch: Batch) -> Read:
    """All lines of a body, divided by newlines; at most BODY_BYTES_MAX of it."""
    text = np.frombuffer(body, np.uint8)
    lines_max = body.count(b"\n") + 1
    out = np.empty(2 * text.size + lines_max * 2 * places.TEXT_CHARACTERS_MAX + 3 * SPARE_BYTES, np.uint8)
    mem = _memory(text.size, lines_max, batch.device.home_networks)
    odd = np.empty((lines_max, judge.ODD_PARTS), np.int64)
    rows, odds = judge.read_lines(text, out, mem, _PLAN, odd)
    found = Found(text, out, mem[walk.ROWS :][: rows * walk.ROW_PARTS].reshape(rows, walk.ROW_PARTS), _entries(mem))
    return Read(_table(found, batch), [(record, body[at:end]) for at, end, record in odd[:odds].tolist()])


class Found(NamedTuple):
    """What the walk left: bytes, rows, entries of lists."""

    text: np.ndarray
    out: np.ndarray
    rows: np.ndarray
    entries: np.ndarray

    @property
    def meaning(self) -> np.ndarray:
        return self.rows[:, walk.MEANING : walk.LINE]

    @property
    def lines(self) -> np.ndarray:
        return self.rows[:, walk.LINE :]

    def texts(self, at: np.ndarray, length: np.ndarray, there: np.ndarray) -> pa.Array:
        return gather.texts(self.text, self.out, at, length, there, pa.string())


def _memory(size: int, lines_max: int, home_networks: tuple[Network, ...]) -> np.ndarray:
    sides = _sides(home_networks)
    entries_at = walk.ROWS + lines_max * walk.ROW_PARTS
    entries_max = size // ENTRY_BYTES_MIN + 1
    mem = np.empty(entries_at + (entries_max + 1) * walk.ENTRY_PARTS, np.int64)
    mem[: walk.SIDES] = 0
    mem[walk.SIDES : walk.SIDES + sides.size] = sides.reshape(-1)
    mem[walk.SIDES_COUNT] = len(sides)
    mem[walk.SPARE] = size + SPARE_BYTES
    mem[walk.ENTRIES_AT], mem[walk.ENTRIES_MAX] = entries_at, entries_max
    return mem


def _entries(mem: np.ndarray) -> np.ndarray:
    at, count = mem[walk.ENTRIES_AT], mem[walk.ENTRIES]
    return mem[at : at + count * walk.ENTRY_PARTS].reshape(count, walk.ENTRY_PARTS)


@lru_cache(HOMES_REMEMBERED_MAX)
def _sides(home_networks: tuple[Network, ...]) -> np.ndarray:
    return places.side_table(home_networks)


def _table(found: Found, batch: Batch) -> pa.Table:
    rows = len(found.rows)
    made = housekeeping(batch, found.lines[:, judge.RECORD])
    made |= _slots(found) | _meaning(found.meaning) | _lists(found)
    made["raw"] = _raw(found)
    made["unmapped"] = _unmapped(found)
    _of_drops(made, found.meaning)
    for name, word in (("metadata.product.name", "Suricata"), ("metadata.product.vendor_name", "OISF")):
        made[name] = pa.repeat(pa.scalar(word, pa.string()), rows)
    arrays = [made[field.name] if field.name in made else _nulls(field.type, rows) for field in EVENT_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=EVENT_SCHEMA)


@lru_cache(64)
def _nulls(type_: pa.DataType, rows: int) -> pa.Array:
    return pa.nulls(rows, type_)


def _slots(found: Found) -> dict[str, pa.Array]:
    """Columns of texts and numbers; what was only looked at is none."""
    made = {}
    filled = np.bitwise_or.reduce(found.rows[:, : walk.MEANING], axis=0) if len(found.rows) else np.zeros(walk.MEANING)
    for slot, name in _TEXT_COLUMNS:
        if filled[slot]:
            made[name] = gather.cells(found.text, found.out, found.rows, slot)
    levels = found.rows[:, walk.LEVELS]
    for slot, name in _NUMBER_COLUMNS:
        if int(filled[walk.LEVELS]) >> 2 * slot & 3:
            made[name] = _numbers(name, found.rows[:, walk.NUMBERS + slot], levels >> 2 * slot & 3)
    return made


def _meaning(meaning: np.ndarray) -> dict[str, pa.Array]:
    """What follows from all of an event."""
    ways = meaning[:, judge.SOURCE_SIDE] * 4 + meaning[:, judge.TARGET_SIDE]
    disposed = _DISPOSED[meaning[:, judge.OUTCOME]]
    disposition = np.where(meaning[:, judge.DROPPED] == 1, DROPPED, disposed[:, 1])
    classes, activities = meaning[:, judge.CLASS], meaning[:, judge.ACTIVITY]
    numbers = {
        "time": meaning[:, judge.TIME],
        "timezone_offset": meaning[:, judge.ZONE],
        "class_uid": classes,
        "category_uid": classes // 1000,
        "activity_id": activities,
        "type_uid": classes * 100 + activities,
        "severity_id": meaning[:, judge.SEVERITY],
    }
    optional = {
        "confidence_id": meaning[:, judge.CONFIDENCE],
        "status_id": meaning[:, judge.STATUS],
        "action_id": disposed[:, 0],
        "disposition_id": disposition,
    }
    made = {name: _numbers(name, values, np.ones(len(values), bool)) for name, values in numbers.items()}
    made |= {name: _numbers(name, values, values >= 0) for name, values in optional.items()}
    made["outcome"] = gather.codes(meaning[:, judge.OUTCOME], OUTCOMES)
    made["direction"] = gather.codes(ways, _WAYS)
    return made


def _numbers(name: str, values: np.ndarray, there: np.ndarray) -> pa.Array:
    return gather.numbers(values, there, EVENT_SCHEMA.field(name).type)


def _lists(found: Found) -> dict[str, pa.Array]:
    made: dict[str, pa.Array] = {}
    if not len(found.entries):
        return made
    rows = len(found.rows)
    for what in np.unique(found.entries[:, 0]).tolist():
        mine = found.entries[found.entries[:, 0] == what]
        row_of, data, size, type_at, type_size, seconds = mine[:, 1:].T
        made[ANSWERS[0] if what == walk.AN_ANSWER else _SLOTS.lists[what]] = gather.lists(
            rows, row_of, found.texts(data, size, data >= 0)
        )
        if what == walk.AN_ANSWER:
            made[ANSWERS[1]] = gather.lists(rows, row_of, found.texts(type_at, type_size, type_at >= 0))
            made[ANSWERS[2]] = gather.lists(rows, row_of, gather.numbers(seconds, seconds >= 0, pa.int64()))
    return made


def _raw(found: Found) -> pa.Array:
    at, end = found.lines[:, judge.LINE_AT], found.lines[:, judge.LINE_END]
    return gather.texts(found.text, found.out, at, end - at, np.ones(len(at), bool), pa.binary())


def _unmapped(found: Found) -> pa.Array:
    """``out`` already is the column's text, one row behind the other."""
    ends = found.lines[:, judge.UNMAPPED_END]
    at = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    return gather.texts(found.out, found.text, at, ends - at, ends > at, pa.string())


def _of_drops(made: dict[str, pa.Array], meaning: np.ndarray) -> None:
    """A drop without a word for what was done was a drop."""
    dropped = pa.array(meaning[:, judge.DROPPED] == 1)
    if dropped.true_count:
        action = made.get("action", _nulls(pa.string(), len(meaning)))
        made["action"] = pa.compute.if_else(pa.compute.and_(dropped, action.is_null()), "drop", action)
