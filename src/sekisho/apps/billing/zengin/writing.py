"""A ``BankFile`` to the bytes that a bank would send: for tests, rehearsals and the demonstration's own bank."""

from __future__ import annotations

from collections.abc import Iterator

from .fields import record_of, written_date
from .layouts import LARGE_TRANSFER, LAYOUTS, SIGN_MINUS, SIGN_PLUS, FileKind, Layout, RecordKind
from .records import BankFile, Direction, Entry, Statement, YearReading

SMALL_YEN_MAX = 9_999_999_999


def write_bank_file(file: BankFile) -> bytes:
    """The whole file, its trailers and end counted from the entries. ``ValueError`` where a value doesn't fit."""
    records = [record for statement in file.statements for record in _block(file, statement)]
    count, accounts = len(records) + 1, len(file.statements)
    records.append(_record(file.kind, RecordKind.END, {"records": count, "accounts": accounts}))
    ending = b"\r\n" if file.line_breaks else b""
    return b"".join(record + ending for record in records)


def _block(file: BankFile, told: Statement) -> Iterator[bytes]:
    yield _record(file.kind, RecordKind.HEADER, _header(file, told))
    for entry in told.entries:
        values = {"record": RecordKind.DATA.value, **_entry(entry, file.years)}
        yield record_of(values, _layout_for(file.kind, entry))
    totals = told.totals
    closing = (told.opening_yen or 0) + totals.in_yen - totals.out_yen
    trailer = {
        "in_count": totals.in_count,
        "in_yen": totals.in_yen,
        "out_count": totals.out_count,
        "out_yen": totals.out_yen,
        "sign": _sign(closing),
        "closing_yen": abs(closing),
        "records": len(told.entries),
    }
    yield _record(file.kind, RecordKind.TRAILER, trailer)


def _header(file: BankFile, told: Statement) -> dict[str, object]:
    account, opening = told.account, told.opening_yen or 0
    return {
        "kind": file.kind.value,
        "code": 0,
        "created_on": written_date(told.created_on, file.years),
        "first_on": written_date(told.first_on, file.years),
        "last_on": written_date(told.last_on, file.years),
        "bank_code": account.bank_code,
        "bank_name": account.bank_name,
        "branch_code": account.branch_code,
        "branch_name": account.branch_name,
        "deposit_type": account.deposit_type,
        "number": account.number,
        "holder": account.holder,
        "sign": _sign(opening),
        "opening_yen": abs(opening),
    }


def _entry(entry: Entry, years: YearReading) -> dict[str, object]:
    return {
        "reference": entry.reference,
        "booked_on": written_date(entry.booked_on, years),
        "value_on": written_date(entry.value_on, years),
        "direction": 1 if entry.direction is Direction.IN else 2,
        "cancelled": "1" if entry.direction is Direction.OUT else "",
        "transaction": entry.transaction,
        "yen": entry.yen,
        "cheque_yen": entry.cheque_yen,
        "payer_code": entry.payer_code,
        "payer_name": entry.payer_name,
        "payer_bank": entry.payer_bank,
        "payer_branch": entry.payer_branch,
        "summary": entry.summary,
        "edi": entry.edi,
    }


def _layout_for(kind: FileKind, entry: Entry) -> Layout:
    """A notice's amounts of more than ten digits stand in a data record of their own."""
    large = max(entry.yen, entry.cheque_yen) > SMALL_YEN_MAX
    return LARGE_TRANSFER if kind is FileKind.TRANSFER_NOTICE and large else LAYOUTS[kind, RecordKind.DATA]


def _sign(yen: int) -> int:
    return SIGN_MINUS if yen < 0 else SIGN_PLUS


def _record(kind: FileKind, record: RecordKind, values: dict[str, object]) -> bytes:
    return record_of({"record": record.value, **values}, LAYOUTS[kind, record])
