"""Places in a body of text -> Arrow arrays. The loops are compiled; nothing here knows a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sekisho.pipeline.columnar.machine_code import compiled, lean

CELL_LENGTH, CELL_LEVEL = 31, 60
CELL_PLACE_MAX, CELL_LENGTH_MAX = 2**CELL_LENGTH - 1, 2 ** (CELL_LEVEL - CELL_LENGTH) - 1
"""A cell is a number: a place (in ``text``, or behind its end in ``out``), a length, and what filled it; 0 is none."""


def texts(
    text: np.ndarray, spare: np.ndarray, at: np.ndarray, length: np.ndarray, there: np.ndarray, type_: pa.DataType
) -> pa.Array:
    """Strings (or bytes) that stand at ``at`` in ``text``, or beyond its end in ``spare``; null where not ``there``."""
    offsets, bits, nulls = _measured(length, there)
    if nulls == len(at):
        return pa.nulls(len(at), type_)
    data = np.empty(offsets[-1], np.uint8)
    _copied(text, spare, at, offsets, data)
    buffers = [pa.py_buffer(bits) if nulls else None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(type_, len(at), buffers, nulls)


def cells(text: np.ndarray, out: np.ndarray, rows: np.ndarray, slot: int) -> pa.Array:
    """The strings of one slot of all rows."""
    offsets, bits, data = column_of_texts(text, out, rows, slot)
    buffers = [pa.py_buffer(bits), pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)


def numbers(values: np.ndarray, there: np.ndarray, type_: pa.DataType) -> pa.Array:
    """Whole numbers (or microseconds) of a column; null where not ``there``."""
    nulls = len(there) - np.count_nonzero(there)
    if nulls == len(values):
        return pa.nulls(len(values), type_)
    plain = np.ascontiguousarray(values, _DTYPES[type_.bit_width])
    bits = pa.py_buffer(np.packbits(there != 0, bitorder="little")) if nulls else None
    return pa.Array.from_buffers(type_, len(values), [bits, pa.py_buffer(plain)], nulls)


_DTYPES = {16: np.int16, 32: np.int32, 64: np.int64}


def codes(values: np.ndarray, words: Sequence[str]) -> pa.Array:
    """Numbers of words as the words."""
    return pa.array(words, pa.string()).take(pa.array(values))


def lists(rows: int, row_of: np.ndarray, elements: pa.Array) -> pa.Array:
    """One list a row of the elements that name it (rows in ascending order); null where none does."""
    counts = np.bincount(row_of, minlength=rows)
    offsets = np.zeros(rows + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    bits = pa.py_buffer(np.packbits(counts > 0, bitorder="little"))
    buffers = [bits, pa.py_buffer(offsets)]
    return pa.Array.from_buffers(pa.list_(elements.type), rows, buffers, children=[elements])


@compiled
def _measured(length, there):
    """(offsets, bits of validity, number of nulls)."""
    rows = length.shape[0]
    offsets = np.empty(rows + 1, np.int32)
    bits = np.zeros((rows + 7) // 8, np.uint8)
    offsets[0] = 0
    nulls = 0
    for row in range(rows):
        if there[row]:
            offsets[row + 1] = offsets[row] + length[row]
            bits[row >> 3] |= 1 << (row & 7)
        else:
            offsets[row + 1] = offsets[row]
            nulls += 1
    return offsets, bits, nulls


@lean
def _copied(text, spare, at, offsets, data):
    size = text.shape[0]
    for row in range(at.shape[0]):
        to, end = offsets[row], offsets[row + 1]
        start = at[row]
        if start < size:
            for place in range(end - to):
                data[to + place] = text[start + place]
        else:
            for place in range(end - to):
                data[to + place] = spare[start - size + place]


@compiled
def column_of_texts(text, out, rows, slot):
    """(offsets, bits of validity, data) of the cells of one slot; see ``cell``."""
    count = rows.shape[0]
    offsets = np.empty(count + 1, np.int32)
    bits = np.zeros((count + 7) // 8, np.uint8)
    size = 0
    for row in range(count):
        offsets[row] = size
        found = rows[row, slot]
        if found:
            size += found >> CELL_LENGTH & CELL_LENGTH_MAX
            bits[row >> 3] |= 1 << (row & 7)
    offsets[count] = size
    data = np.empty(size, np.uint8)
    _cells_copied(text, out, rows, slot, offsets, data)
    return offsets, bits, data


@lean
def _cells_copied(text, out, rows, slot, offsets, data):
    size = text.shape[0]
    for row in range(rows.shape[0]):
        to, end = offsets[row], offsets[row + 1]
        at = rows[row, slot] & CELL_PLACE_MAX
        if at >= size:
            at -= size
            for place in range(end - to):
                data[to + place] = out[at + place]
        else:
            for place in range(end - to):
                data[to + place] = text[at + place]
