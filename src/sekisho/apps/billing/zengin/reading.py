"""Bytes of a bank file to a ``BankFile``. Reads on after a bad record; what was not taken is in ``problems``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from sekisho.terms.words import Words, Yen

from .errors import FieldError, ZenginError
from .fields import date, date_or_none, fields_of, number
from .framing import Framed, frame
from .layouts import SIGN_MINUS, TIME_DEPOSITS, FileKind, RecordKind, layout_of
from .records import Account, BankFile, Direction, Entry, Problem, Statement, Totals, YearReading

FILE_BYTES_MAX = 20_000_000
_CREATED_ON = slice(4, 10)
_HOLIDAYS_AHEAD = dt.timedelta(days=14)
"""A bank dates a file at most to its next working day, which may lie behind a long holiday."""


def read_bank_file(content: bytes, read_on: dt.date) -> BankFile:
    """Read a notice of transfers (01) or a statement (03), up to ``FILE_BYTES_MAX``.

    Years have two digits: of an era or of the western calendar. The reading that puts the file's creation next
    before ``read_on`` is taken for all its dates. ``ZenginError`` for a file that is none of these.
    """
    if len(content) > FILE_BYTES_MAX:
        raise ZenginError("file.too_large", _TOO_LARGE.with_facts(FILE_BYTES_MAX))
    line_breaks, records = frame(content)
    if not records:
        raise ZenginError("file.empty", _EMPTY)
    kind = _kind_of(records[0].raw)
    years = _year_reading(records, read_on)
    reader = _Reader(kind, years)
    for record in records:
        reader.take(record)
    statements, problems = reader.finish()
    return BankFile(kind=kind, years=years, line_breaks=line_breaks, statements=statements, problems=problems)


def _kind_of(first: bytes) -> FileKind:
    if first[:1] == b"\xf1":
        raise ZenginError("file.ebcdic", _EBCDIC)
    told = first[1:3].decode("ascii", "replace")
    if first[:1] != RecordKind.HEADER.value.encode() or not told.isdecimal():
        raise ZenginError("file.no_header", _NO_HEADER)
    if told not in set(FileKind):
        raise ZenginError("file.other_kind", _OTHER_KIND.with_facts(told))
    if first[3:4] == b"1":
        raise ZenginError("file.ebcdic", _EBCDIC)
    return FileKind(told)


def _year_reading(records: list[Framed], read_on: dt.date) -> YearReading:
    latest, found = read_on + _HOLIDAYS_AHEAD, []
    created = records[0].raw[_CREATED_ON].decode("ascii", "replace")
    for years in YearReading:
        on = date_or_none(created, years)
        if on is not None and on <= latest:
            found.append((on, years))
    if not found:
        raise ZenginError("file.no_date", _NO_DATE.with_facts(created if created.isprintable() else "?"))
    return max(found)[1]


@dataclass(slots=True)
class _Open:
    """A block whose trailer has not come yet."""

    line: int
    account: Account
    created_on: dt.date
    first_on: dt.date
    last_on: dt.date
    opening_yen: int | None
    entries: list[Entry] = field(default_factory=list)
    unread: int = 0


class _Reader:
    """Takes record by record; knows which block is open."""

    def __init__(self, kind: FileKind, years: YearReading) -> None:
        self._kind, self._years = kind, years
        self._statements: list[Statement] = []
        self._problems: list[Problem] = []
        self._open: _Open | None = None
        self._ended = False
        self._taken_records = self._headers = 0

    def take(self, framed: Framed) -> None:
        self._taken_records += 1
        if framed.raw[:1] == RecordKind.HEADER.value.encode():
            self._headers += 1
            # Even one that can't be read: what follows it must not go to the account before.
            self._leave_block()
        if framed.record is None:
            self._refuse(framed, "record.length", _LENGTH)
            return
        try:
            record = RecordKind(framed.record[:1].decode("ascii", "replace"))
            values = fields_of(framed.record, layout_of(self._kind, record, framed.record))
            self._taken(record, values, framed)
        except FieldError as error:
            self._refuse(framed, error.code, error.words)
        except ValueError:
            self._refuse(framed, "record.kind", _RECORD_KIND)

    def finish(self) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
        self._leave_block()
        if not self._ended:
            self._problems.append(Problem(0, "end.missing", _NO_END))
        return tuple(self._statements), tuple(self._problems)

    def _taken(self, record: RecordKind, values: dict[str, str], framed: Framed) -> None:
        if record is RecordKind.HEADER:
            self._header(values, framed)
        elif record is RecordKind.END:
            self._end(values, framed)
        elif self._open is None:
            self._refuse(framed, "record.no_header", _NO_ACCOUNT)
        elif record is RecordKind.DATA:
            self._open.entries.append(self._entry(values, framed.line))
        else:
            self._trailer(self._open, values, framed)

    def _header(self, values: dict[str, str], framed: Framed) -> None:
        if values["kind"] != self._kind:
            raise FieldError("header.kind", _MIXED)
        if self._kind is FileKind.STATEMENT and values["deposit_type"] in TIME_DEPOSITS:
            raise FieldError("header.deposit", _TIME_DEPOSIT)
        self._open = _Open(
            line=framed.line,
            account=_account(values),
            created_on=date(values, "created_on", self._years),
            first_on=date(values, "first_on", self._years),
            last_on=date(values, "last_on", self._years),
            opening_yen=_balance(values, "opening_yen") if self._kind is FileKind.STATEMENT else None,
        )

    def _entry(self, values: dict[str, str], line: int) -> Entry:
        booked_on = date(values, "booked_on", self._years)
        # Banks leave the value date empty where it is the same.
        same_day = not values["value_on"].strip("0")
        return Entry(
            reference=values["reference"],
            booked_on=booked_on,
            value_on=booked_on if same_day else date(values, "value_on", self._years),
            direction=self._direction(values),
            yen=number(values, "yen"),
            cheque_yen=number(values, "cheque_yen"),
            payer_code=values["payer_code"],
            payer_name=values["payer_name"],
            payer_bank=values["payer_bank"],
            payer_branch=values["payer_branch"],
            summary=values.get("summary", ""),
            edi=values["edi"],
            transaction=values.get("transaction", ""),
            line=line,
        )

    def _direction(self, values: dict[str, str]) -> Direction:
        if self._kind is FileKind.TRANSFER_NOTICE:
            return Direction.OUT if values["cancelled"] not in ("", "0") else Direction.IN
        found = {"1": Direction.IN, "2": Direction.OUT}.get(values["direction"])
        if found is None:
            raise FieldError("direction", _DIRECTION)
        return found

    def _trailer(self, block: _Open, values: dict[str, str], framed: Framed) -> None:
        told = Totals(*(number(values, name) for name in ("in_count", "in_yen", "out_count", "out_yen")))
        statement = self._close(block)
        problems = _disagreements(told, statement.totals)
        stated, counted = number(values, "records") if "records" in values else 0, told.in_count + told.out_count
        if stated not in (0, counted):
            problems.append(("trailer.records", _RECORDS.with_facts(stated, counted)))
        if block.opening_yen is not None:
            closing = _balance(values, "closing_yen")
            reached = block.opening_yen + told.in_yen - told.out_yen
            if closing != reached:
                problems.append(("trailer.balance", _BALANCE.with_facts(Yen(closing), Yen(reached))))
        self._problems.extend(Problem(framed.line, code, words, framed.raw) for code, words in problems)

    def _end(self, values: dict[str, str], framed: Framed) -> None:
        """A statement's end counts its records, with or without itself, and its accounts; a zero counts nothing."""
        self._ended = True
        counts = {"records": {self._taken_records, self._taken_records - 1}, "accounts": {self._headers}}
        for name, found in counts.items():
            told = number(values, name) if name in values else 0
            if told not in {0, *found}:
                words = _END.with_facts(name, told, max(found))
                self._problems.append(Problem(framed.line, f"end.{name}", words, framed.raw))

    def _leave_block(self) -> None:
        if self._open is not None:
            self._problems.append(Problem(self._open.line, "trailer.missing", _NO_TRAILER))
            self._close(self._open)

    def _close(self, block: _Open) -> Statement:
        self._open = None
        statement = Statement(
            account=block.account,
            created_on=block.created_on,
            first_on=block.first_on,
            last_on=block.last_on,
            entries=tuple(block.entries),
            opening_yen=block.opening_yen,
        )
        self._statements.append(statement)
        return statement

    def _refuse(self, framed: Framed, code: str, words: Words) -> None:
        self._problems.append(Problem(framed.line, code, words, framed.raw))


def _disagreements(told: Totals, found: Totals) -> list[tuple[str, Words]]:
    return [
        (f"trailer.{name}", _TOTAL.with_facts(name, said, counted))
        for name, said, counted in zip(Totals.__slots__, _values(told), _values(found), strict=True)
        if said != counted
    ]


def _values(totals: Totals) -> Iterator[int]:
    return (getattr(totals, name) for name in Totals.__slots__)


def _account(values: dict[str, str]) -> Account:
    return Account(
        bank_code=values["bank_code"],
        bank_name=values["bank_name"],
        branch_code=values["branch_code"],
        branch_name=values["branch_name"],
        deposit_type=values["deposit_type"],
        number=values["number"],
        holder=values["holder"],
    )


def _balance(values: dict[str, str], name: str) -> int:
    return -number(values, name) if number(values, "sign") == SIGN_MINUS else number(values, name)


_TOO_LARGE = Words("ファイルが大きすぎます(上限{0}バイト)。", "The file is too large: at most {0} bytes.")
_EMPTY = Words("ファイルが空です。", "The file is empty.")
_EBCDIC = Words(
    "EBCDICのファイルです。JISコードのファイルを受け取ってください。",
    "This is an EBCDIC file. Ask the bank for the one in JIS.",
)
_NO_HEADER = Words(
    "全銀形式のヘッダーレコードで始まっていません。", "It does not begin with a header record of the Zengin formats."
)
_OTHER_KIND = Words(
    "種別{0}のファイルです。振込入金通知(01)か入出金取引明細(03)を取り込んでください。",
    "This file is of kind {0}. Import a notice of transfers (01) or a statement (03).",
)
_NO_DATE = Words("ヘッダーの作成日「{0}」が読めません。", 'The creation date "{0}" in the header can\'t be read.')
_LENGTH = Words("レコードの長さが200バイトではありません。", "The record is not 200 bytes long.")
_RECORD_KIND = Words(
    "データ区分が1・2・8・9のいずれでもありません。", "The record is none of header, data, trailer, end."
)
_NO_ACCOUNT = Words("どの口座のレコードか分かりません(ヘッダーなし)。", "There is no header that names the account.")
_NO_TRAILER = Words("トレーラレコードがなく、合計を確認できません。", "Without a trailer the totals can't be checked.")
_NO_END = Words("エンドレコードがありません(途中で切れた可能性)。", "There is no end record: the file may be cut.")
_MIXED = Words("ヘッダーの種別が前と違います。", "This header is of another kind than the first.")
_DIRECTION = Words("入払区分が1・2ではありません。", "The entry is neither a deposit (1) nor a withdrawal (2).")
_TOTAL = Words("トレーラの{0}は{1}ですが、明細では{2}です。", "The trailer says {1} for {0}, the records give {2}.")
_TIME_DEPOSIT = Words(
    "定期性預金の明細です。普通・当座・貯蓄預金の明細を取り込んでください。",
    "This is a time deposit. Import a statement of an ordinary, current or savings account.",
)
_RECORDS = Words(
    "トレーラの明細件数は{0}ですが、入金と出金の合計は{1}です。",
    "The trailer says {0} records, deposits and withdrawals are {1}.",
)
_END = Words("エンドレコードの{0}は{1}ですが、ファイルでは{2}です。", "The end says {1} for {0}, the file has {2}.")
_BALANCE = Words("取引後残高は{0}ですが、計算では{1}です。", "The closing balance is {0}, counted it is {1}.")
