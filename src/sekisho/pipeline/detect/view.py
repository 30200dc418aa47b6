"""A field of some rows as its distinct values, and the way back from values to rows.

Logs repeat themselves: a rule that is tried on each distinct value once, and not on each row, does a
fraction of the work. The line itself is the exception; its rows are taken as distinct.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.pipeline.detect.expression import Field, Part
from sekisho.pipeline.detect.scan import Mask

_URL_PART = {
    Part.URL_PATH: r"(?s)\A(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?(?P<part>[^?#]*)",
    Part.URL_QUERY: r"(?s)\A[^?#]*\?(?P<part>[^#]*)",
}

_EXTENSION_OF_PATH = r"(?s)(?:\A|/)[^/]*\.(?P<part>[^./]+)\z"


class FieldView:
    """``values``: the distinct values without null. ``expand`` turns an answer about values into one about rows."""

    def __init__(self, rows: int, values: pa.Array, indices: pa.Array | None, parents: pa.Array | None) -> None:
        self._rows = rows
        self._indices = indices
        self._parents = parents
        self.values = values

    @property
    def present(self) -> pa.BooleanArray:
        """Rows that have a value."""
        if self._parents is not None:
            return self._of_parents(self._parents)
        if self._indices is None:
            return pa.array(np.ones(self._rows, bool))
        return self._indices.is_valid()

    def expand(self, mask: Mask) -> Mask:
        """Rows whose value (of a list: any value) is in the mask."""
        if mask is None or not mask.true_count:
            return None
        if self._indices is not None:
            mask = pc.fill_null(mask.take(self._indices), False)
        return mask if self._parents is None else self._of_parents(self._parents.filter(mask))

    def _of_parents(self, rows: pa.Array) -> pa.BooleanArray:
        return pc.is_in(pa.array(np.arange(self._rows)), value_set=rows.cast(pa.int64()))


def view(table: pa.Table, field: Field) -> FieldView:
    """The field of every row of the table, whose columns have one chunk each."""
    column = column_of(table, field)
    if pa.types.is_binary(column.type):
        return FieldView(len(column), decoded(column), None, None)
    parents = None
    if pa.types.is_list(column.type):
        # A list's missing elements are as absent as a missing list.
        parents, column = pc.list_parent_indices(column), pc.list_flatten(column)
        parents, column = parents.filter(column.is_valid()), column.drop_null()
    encoded = column.dictionary_encode()
    return FieldView(len(table), encoded.dictionary, encoded.indices, parents)


def whole(table: pa.Table, field: Field) -> pa.Array:
    """The field of every row as text, for comparing fields with each other; null where absent."""
    return pc.utf8_lower(pc.cast(column_of(table, field), pa.string()))


def decoded(lines: pa.Array) -> pa.Array:
    """Lines as text. What is not UTF-8 in them becomes U+FFFD; null becomes the empty line."""
    try:
        return pc.fill_null(pc.cast(lines, pa.string()), "")
    except pa.ArrowInvalid:
        return pa.array([(line or b"").decode("utf-8", "replace") for line in lines.to_pylist()], pa.string())


def column_of(table: pa.Table, field: Field) -> pa.Array:
    """The field of every row, in one chunk and of its column's type."""
    chunked = table.column(field.column)
    column = (
        chunked.chunk(0)
        if chunked.num_chunks == 1
        else pa.concat_arrays(chunked.chunks or [pa.array([], chunked.type)])
    )
    if field.part is Part.WHOLE:
        return column
    if field.part is Part.IS_BLOCKED:
        return pc.case_when(
            pc.make_struct(pc.equal(column, "blocked"), pc.equal(column, "allowed")),
            pa.scalar("true"),
            pa.scalar("false"),
        )
    if field.part is Part.URL_EXTENSION:
        return _extracted(_extracted(column, _URL_PART[Part.URL_PATH]), _EXTENSION_OF_PATH)
    return _extracted(column, _URL_PART[field.part])


def _extracted(column: pa.Array, regex: str) -> pa.Array:
    """The group "part" of each match, null where there is none."""
    return pc.struct_field(pc.extract_regex(column, regex), "part")
