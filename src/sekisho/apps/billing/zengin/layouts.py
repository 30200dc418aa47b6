"""The records as tables: which bytes mean what, by kind of file. Names are ours, order and widths the association's.

Compared field by field with what banks publish of kind 01 (both of its data records) and of kind 03 for ordinary,
current and savings deposits; the data record of time deposits is another one and is not read.

``DIGITS`` are right-aligned and zero-filled, ``TEXT`` is left-aligned and filled with spaces, both in JIS X 0201
(a byte a character). ``FILLER`` is read over and written as spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, StrEnum
from typing import NamedTuple

RECORD_BYTES = 200


class FileKind(StrEnum):
    """種別コード: what a bank tells by the file."""

    TRANSFER_NOTICE = "01"
    STATEMENT = "03"


class RecordKind(StrEnum):
    """データ区分: the first byte of every record."""

    HEADER = "1"
    DATA = "2"
    TRAILER = "8"
    END = "9"


class Shape(Enum):
    DIGITS = "N"
    TEXT = "C"
    FILLER = ""


class Field(NamedTuple):
    name: str
    bytes: int
    shape: Shape


Layout = tuple[Field, ...]
_N, _C, _F = Shape.DIGITS, Shape.TEXT, Shape.FILLER


def _layout(*fields: tuple[str, int, Shape]) -> Layout:
    made = tuple(Field(*field) for field in (("record", 1, _N), *fields))
    filled = sum(field.bytes for field in made)
    return (*made, Field("", RECORD_BYTES - filled, _F)) if filled < RECORD_BYTES else made


LAYOUTS: dict[tuple[FileKind, RecordKind], Layout] = {
    (FileKind.TRANSFER_NOTICE, RecordKind.HEADER): _layout(
        ("kind", 2, _N),
        ("code", 1, _N),
        ("created_on", 6, _N),
        ("first_on", 6, _N),
        ("last_on", 6, _N),
        ("bank_code", 4, _N),
        ("bank_name", 15, _C),
        ("branch_code", 3, _N),
        ("branch_name", 15, _C),
        ("deposit_type", 1, _N),
        ("number", 7, _N),
        ("holder", 40, _C),
    ),
    (FileKind.TRANSFER_NOTICE, RecordKind.DATA): _layout(
        ("reference", 6, _N),
        ("booked_on", 6, _N),
        ("value_on", 6, _N),
        ("yen", 10, _N),
        ("cheque_yen", 10, _N),
        ("payer_code", 10, _C),
        ("payer_name", 48, _C),
        ("payer_bank", 15, _C),
        ("payer_branch", 15, _C),
        ("cancelled", 1, _C),
        ("edi", 20, _C),
    ),
    (FileKind.TRANSFER_NOTICE, RecordKind.TRAILER): _layout(
        ("in_count", 6, _N),
        ("in_yen", 12, _N),
        ("out_count", 6, _N),
        ("out_yen", 12, _N),
    ),
    (FileKind.TRANSFER_NOTICE, RecordKind.END): _layout(),
    (FileKind.STATEMENT, RecordKind.HEADER): _layout(
        ("kind", 2, _N),
        ("code", 1, _N),
        ("created_on", 6, _N),
        ("first_on", 6, _N),
        ("last_on", 6, _N),
        ("bank_code", 4, _N),
        ("bank_name", 15, _C),
        ("branch_code", 3, _N),
        ("branch_name", 15, _C),
        ("", 3, _F),
        ("deposit_type", 1, _N),
        ("number", 10, _N),
        ("holder", 40, _C),
        ("sign", 1, _N),
        ("passbook", 1, _N),
        ("opening_yen", 14, _N),
    ),
    (FileKind.STATEMENT, RecordKind.DATA): _layout(
        ("reference", 8, _N),
        ("booked_on", 6, _N),
        ("value_on", 6, _N),
        ("direction", 1, _N),
        ("transaction", 2, _N),
        ("yen", 12, _N),
        ("cheque_yen", 12, _N),
        ("presented_on", 6, _N),
        ("dishonoured_on", 6, _N),
        ("bill_type", 1, _N),
        ("bill_number", 7, _N),
        ("fellow_branch", 3, _N),
        ("payer_code", 10, _C),
        ("payer_name", 48, _C),
        ("payer_bank", 15, _C),
        ("payer_branch", 15, _C),
        ("summary", 20, _C),
        ("edi", 20, _C),
    ),
    (FileKind.STATEMENT, RecordKind.TRAILER): _layout(
        ("in_count", 6, _N),
        ("in_yen", 13, _N),
        ("out_count", 6, _N),
        ("out_yen", 13, _N),
        ("sign", 1, _N),
        ("closing_yen", 14, _N),
        ("records", 7, _N),
    ),
    (FileKind.STATEMENT, RecordKind.END): _layout(
        ("records", 10, _N),
        ("accounts", 5, _N),
    ),
}

LARGE_TRANSFER: Layout = _layout(
    ("reference", 6, _N),
    ("booked_on", 6, _N),
    ("value_on", 6, _N),
    ("", 20, _F),
    ("payer_code", 10, _C),
    ("payer_name", 48, _C),
    ("payer_bank", 15, _C),
    ("payer_branch", 15, _C),
    ("cancelled", 1, _C),
    ("yen", 12, _N),
    ("cheque_yen", 12, _N),
    ("edi", 20, _C),
)
"""The notice's second data record: of amounts that ten digits can't hold, and then with zeros for ten digits."""

AMOUNTS_OF_EITHER = (slice(19, 29), slice(128, 152))
"""Where a second data record has zeros, and where it has digits that the first one never fills."""

TIME_DEPOSITS = frozenset("567")
"""預金種目 of notice, time and instalment deposits."""

SIGN_PLUS, SIGN_MINUS = 1, 2
"""貸越区分: whether the balance beside it is the account's or an overdraft."""

CORRECTION = "19"
"""取引区分 of a statement's entry that takes back another one."""


def layout_of(kind: FileKind, record: RecordKind, raw: bytes) -> Layout:
    """The layout of a record; of the two data records of a notice the one that its amounts stand in."""
    if (kind, record) == (FileKind.TRANSFER_NOTICE, RecordKind.DATA):
        small, large = (raw[place] for place in AMOUNTS_OF_EITHER)
        if large.isdigit() and not small.strip(b" 0"):
            return LARGE_TRANSFER
    return LAYOUTS[kind, record]


def slices(layout: Layout) -> Iterator[tuple[Field, slice]]:
    """Each named field with its place in the record."""
    start = 0
    for field in layout:
        if field.name:
            yield field, slice(start, start + field.bytes)
        start += field.bytes
