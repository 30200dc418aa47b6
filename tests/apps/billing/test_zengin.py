"""Bank files: read as banks send them, kept where they can't be read, and written back."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.apps.billing.zengin import (
    FILE_BYTES_MAX,
    Account,
    BankFile,
    Direction,
    Entry,
    Statement,
    YearReading,
    ZenginError,
    read_bank_file,
    write_bank_file,
)
from sekisho.apps.billing.zengin.layouts import LARGE_TRANSFER, LAYOUTS, RECORD_BYTES, FileKind

READ_ON = dt.date(2026, 7, 1)
DAY = dt.date(2026, 6, 30)
ACCOUNT = Account(
    bank_code="0177",
    bank_name="ﾌｸｵｶｷﾞﾝｺｳ",
    branch_code="001",
    branch_name="ﾎﾝﾃﾝ",
    deposit_type="1",
    number="1234567",
    holder="ｸｼﾞﾕｳﾂｳｼﾝ(ｶ",
)


def entry(yen: int = 110_000, **changes: object) -> Entry:
    told = {
        "reference": "000001",
        "booked_on": DAY,
        "value_on": DAY,
        "direction": Direction.IN,
        "yen": yen,
        "payer_code": "0000000001",
        "payer_name": "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ",
        "payer_bank": "ﾋｺﾞ",
        "payer_branch": "ｸﾏﾓﾄ",
        **changes,
    }
    return Entry(**told)


def notice(*entries: Entry, **changes: object) -> BankFile:
    block = Statement(account=ACCOUNT, created_on=DAY, first_on=DAY, last_on=DAY, entries=entries)
    told = {"kind": FileKind.TRANSFER_NOTICE, "years": YearReading.REIWA, "line_breaks": True, "statements": (block,)}
    return BankFile(**(told | changes))


def statement(*entries: Entry, opening_yen: int = 1_000_000, **changes: object) -> BankFile:
    account = dataclasses.replace(ACCOUNT, number="0001234567")
    block = Statement(
        account=account, created_on=DAY, first_on=DAY, last_on=DAY, entries=entries, opening_yen=opening_yen
    )
    return notice(**{"kind": FileKind.STATEMENT, "statements": (block,), **changes})


def lines(file: BankFile) -> list[bytes]:
    return write_bank_file(file).split(b"\r\n")[:-1]


def joined(records: list[bytes]) -> bytes:
    return b"".join(record + b"\r\n" for record in records)


def problems(content: bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in read_bank_file(content, READ_ON).problems]


# A notice, byte by byte as a bank's manual lays it out, not by our own writer.
BY_HAND = [
    b"1" b"01" b"0" b"080630" b"080630" b"080630" b"0177" + "ﾌｸｵｶ".encode("cp932").ljust(15) + b"001"
    + "ﾎﾝﾃﾝ".encode("cp932").ljust(15) + b"1" b"1234567" + "ｸｼﾞﾕｳﾂｳｼﾝ(ｶ".encode("cp932").ljust(40) + b" " * 93,
    b"2" b"000001" b"080630" b"080629" b"0000110000" b"0000000000" b"0000000042"
    + "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ".encode("cp932").ljust(48) + "ﾋｺﾞ".encode("cp932").ljust(15)
    + "ｸﾏﾓﾄ".encode("cp932").ljust(15) + b" " + b"INV 2026-0001".ljust(20) + b" " * 52,
    b"8" b"000001" b"000000110000" b"000000" b"000000000000" + b" " * 163,
    b"9" + b" " * 199,
]  # fmt: skip


def test_a_notice_as_a_bank_lays_it_out_is_read_field_by_field() -> None:
    read = read_bank_file(joined(BY_HAND), READ_ON)
    assert read.problems == ()
    ((account, told),) = read.receipts
    assert (account.bank_code, account.branch_code, account.number) == ("0177", "001", "1234567")
    assert (told.booked_on, told.value_on) == (dt.date(2026, 6, 30), dt.date(2026, 6, 29))
    assert (told.yen, told.payer_name, told.edi) == (110_000, "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ", "INV 2026-0001")
    assert (told.reference, told.payer_code, told.line) == ("000001", "0000000042", 2)


# A statement of kind 03, byte by byte as banks publish it.
STATEMENT_BY_HAND = [
    b"1" b"03" b"0" b"080630" b"080601" b"080630" b"0177" + "ﾌｸｵｶ".encode("cp932").ljust(15) + b"001"
    + "ﾎﾝﾃﾝ".encode("cp932").ljust(15) + b"000" b"1" b"0001234567" + "ｸｼﾞﾕｳﾂｳｼﾝ(ｶ".encode("cp932").ljust(40)
    + b"1" b"1" b"00000001000000" + b" " * 71,
    b"2" b"00000001" b"080630" b"080629" b"1" b"11" b"000000110000" b"000000000000" b"000000" b"000000" b"0" b"0000000"
    b"000" b"0000000042" + "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ".encode("cp932").ljust(48) + "ﾋｺﾞ".encode("cp932").ljust(15)
    + "ｸﾏﾓﾄ".encode("cp932").ljust(15) + "ﾌﾘｺﾐ".encode("cp932").ljust(20) + b"INV 2026-0001".ljust(20) + b" ",
    b"2" b"00000002" b"080630" b"080630" b"2" b"14" b"000000000770" b"000000000000" b"000000" b"000000" b"0" b"0000000"
    b"000" b"0000000000" + b" " * 48 + b" " * 30 + "ﾃｽｳﾘﾖｳ".encode("cp932").ljust(20) + b" " * 20 + b" ",
    b"8" b"000001" b"0000000110000" b"000001" b"0000000000770" b"1" b"00000001109230" b"0000002" + b" " * 139,
    b"9" b"0000000005" b"00001" + b" " * 184,
]  # fmt: skip


def test_a_statement_as_banks_lay_it_out_is_read_field_by_field() -> None:
    assert {len(record) for record in STATEMENT_BY_HAND} == {RECORD_BYTES}
    read = read_bank_file(joined(STATEMENT_BY_HAND), READ_ON)
    assert read.problems == ()
    ((account, told),) = read.receipts
    assert (account.deposit_type, account.number, account.holder) == ("1", "0001234567", "ｸｼﾞﾕｳﾂｳｼﾝ(ｶ")
    assert (told.yen, told.transaction, told.payer_name, told.summary) == (110_000, "11", "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ", "ﾌﾘｺﾐ")
    assert (told.payer_bank, told.payer_branch, told.edi) == ("ﾋｺﾞ", "ｸﾏﾓﾄ", "INV 2026-0001")
    assert (read.statements[0].opening_yen, read.statements[0].totals.out_yen) == (1_000_000, 770)
    assert write_bank_file(read).replace(b"\r\n", b"")[:400].count("ﾌｸｵｶ".encode("cp932")) == 1


@pytest.mark.parametrize(
    ("record", "place", "wrong", "code"),
    [
        (3, slice(1, 7), b"000002", "trailer.in_count"),
        (3, slice(20, 26), b"000000", "trailer.out_count"),
        (3, slice(54, 61), b"0000003", "trailer.records"),
        (4, slice(1, 11), b"0000000009", "end.records"),
        (4, slice(11, 16), b"00002", "end.accounts"),
    ],
)
def test_a_statement_whose_counts_are_wrong_says_which(record: int, place: slice, wrong: bytes, code: str) -> None:
    records = [bytearray(raw) for raw in STATEMENT_BY_HAND]
    records[record][place] = wrong
    assert code in [found for _, found in problems(joined([bytes(raw) for raw in records]))]


def test_an_end_may_count_itself_or_not_or_nothing() -> None:
    for count in (b"0000000004", b"0000000000"):
        end = b"9" + count + STATEMENT_BY_HAND[4][11:]
        assert problems(joined([*STATEMENT_BY_HAND[:4], end])) == []


def test_a_time_deposit_is_not_read_as_if_it_were_an_ordinary_account() -> None:
    header = bytearray(STATEMENT_BY_HAND[0])
    assert header[62:63] == b"1"
    header[62:63] = b"6"
    read = read_bank_file(joined([bytes(header), *STATEMENT_BY_HAND[1:]]), READ_ON)
    assert read.receipts == ()
    assert read.problems[0].code == "header.deposit"


def test_a_transfer_of_more_than_ten_digits_stands_in_the_second_data_record() -> None:
    raw = BY_HAND[1]
    large = raw[:19] + b"0" * 20 + raw[39:128] + b"012345678901" + b"0" * 12 + b"INV 7".ljust(20) + b" " * 28
    trailer = b"8000001012345678901000000000000000000" + b" " * 163
    read = read_bank_file(joined([BY_HAND[0], large, trailer, BY_HAND[3]]), READ_ON)
    assert read.problems == ()
    assert [(told.yen, told.edi, told.payer_name) for _, told in read.receipts] == [
        (12_345_678_901, "INV 7", "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ")
    ]
    again = dataclasses.replace(read, line_breaks=True)
    assert read_bank_file(write_bank_file(again), READ_ON) == again


def test_every_layout_fills_a_record_exactly() -> None:
    for layout in (*LAYOUTS.values(), LARGE_TRANSFER):
        assert sum(field.bytes for field in layout) == RECORD_BYTES


@pytest.mark.parametrize("ending", [b"", b"\r\n", b"\n", b"\r"])
def test_records_may_have_any_line_ending_or_none(ending: bytes) -> None:
    content = b"".join(record + ending for record in BY_HAND) + b"\x1a"
    read = read_bank_file(content, READ_ON)
    assert [told.yen for _, told in read.receipts] == [110_000]
    assert read.problems == ()
    assert read.line_breaks == bool(ending)


def test_lines_that_lost_their_trailing_spaces_are_read() -> None:
    assert problems(joined([record.rstrip() for record in BY_HAND])) == []


def test_a_file_that_an_editor_saved_in_utf8_is_read() -> None:
    saved = joined(BY_HAND).decode("cp932").encode("utf-8-sig")
    assert read_bank_file(saved, READ_ON) == read_bank_file(joined(BY_HAND), READ_ON)


def test_a_statement_tells_deposits_from_withdrawals_and_checks_its_balance() -> None:
    file = statement(
        entry(reference="00000001", transaction="11"),
        entry(770, reference="00000002", transaction="14", direction=Direction.OUT, payer_name=""),
        entry(5_000, reference="00000003", transaction="19"),
        opening_yen=-200,
    )
    read = read_bank_file(write_bank_file(file), READ_ON)
    assert read == file
    assert [told.yen for _, told in read.receipts] == [110_000]
    assert read.statements[0].opening_yen == -200
    wrong = lines(file)
    wrong[4] = wrong[4].replace(b"00000000114030", b"00000000114031")
    assert problems(joined(wrong)) == [(5, "trailer.balance")]


def test_a_cancelled_transfer_is_no_receipt_and_counts_apart() -> None:
    file = notice(entry(), entry(50_000, direction=Direction.OUT, reference="000002"))
    read = read_bank_file(write_bank_file(file), READ_ON)
    assert [told.yen for _, told in read.receipts] == [110_000]
    assert read.statements[0].totals == (file.statements[0].totals)
    assert read.statements[0].entries[1].takes_back


def test_several_accounts_stand_one_after_the_other() -> None:
    other = dataclasses.replace(notice(entry(5)).statements[0], account=dataclasses.replace(ACCOUNT, number="7654321"))
    file = notice(statements=(*notice(entry()).statements, other))
    read = read_bank_file(write_bank_file(file), READ_ON)
    assert [(account.number, told.yen) for account, told in read.receipts] == [("1234567", 110_000), ("7654321", 5)]


@pytest.mark.parametrize(
    ("place", "wrong", "code"),
    [
        (slice(19, 29), b"00001X0000", "yen.digits"),
        (slice(7, 13), b"081332", "booked_on.date"),
        (slice(49, 51), b"\x81\x20", "payer_name.characters"),
        (slice(49, 50), b"\x07", "payer_name.characters"),
        (slice(0, 1), b"5", "record.kind"),
    ],
)
def test_an_unreadable_record_is_kept_with_its_line_and_the_rest_is_read(place: slice, wrong: bytes, code: str) -> None:
    records = lines(notice(entry(), entry(2_000, reference="000002")))
    raw = bytearray(records[1])
    raw[place] = wrong
    records[1] = bytes(raw)
    read = read_bank_file(joined(records), READ_ON)
    assert [told.yen for _, told in read.receipts] == [2_000]
    assert [(problem.line, problem.code) for problem in read.problems] == [
        (2, code),
        (4, "trailer.in_count"),
        (4, "trailer.in_yen"),
    ]
    assert read.problems[0].raw == bytes(raw)
    assert all(problem.words.ja and problem.words.en for problem in read.problems)


def test_a_record_of_another_length_is_kept_as_a_problem() -> None:
    records = lines(notice(entry()))
    assert problems(joined([records[0], records[1] + b"X", *records[2:]]))[0] == (2, "record.length")
    assert problems(b"".join(records) + b"88")[-1] == (5, "record.length")


def test_totals_that_do_not_agree_are_told() -> None:
    records = lines(notice(entry(), entry(1)))
    assert problems(joined([records[0], records[1], *records[3:]])) == [
        (3, "trailer.in_count"),
        (3, "trailer.in_yen"),
    ]


def test_a_file_that_was_cut_off_says_so() -> None:
    records = lines(notice(entry()))
    assert problems(joined(records[:2])) == [(1, "trailer.missing"), (0, "end.missing")]
    assert problems(joined(records[:3])) == [(0, "end.missing")]


def test_money_never_goes_to_the_account_of_another_header() -> None:
    first, second = lines(notice(entry())), lines(notice(entry(7)))
    broken = b"1XX" + second[0][3:]
    read = read_bank_file(joined([*first[:2], broken, *second[1:]]), READ_ON)
    assert [told.yen for _, told in read.receipts] == [110_000]
    assert [problem.code for problem in read.problems] == [
        "trailer.missing",
        "kind.digits",
        "record.no_header",
        "record.no_header",
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\r\n \r\n", "file.empty"),
        (b"PK\x03\x04", "file.no_header"),
        (b"2" + b" " * 199, "file.no_header"),
        (b"1210" + b" " * 116, "file.other_kind"),
        (b"1011080630".ljust(200), "file.ebcdic"),
        (b"\xf1\xf0\xf1".ljust(200), "file.ebcdic"),
        (b"1010      ".ljust(200), "file.no_date"),
        (b"\xef\xbb\xbf\xff", "file.encoding"),
        (b"1" * (FILE_BYTES_MAX + 1), "file.too_large"),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_reason(content: bytes, code: str) -> None:
    with pytest.raises(ZenginError) as caught:
        read_bank_file(content, READ_ON)
    assert caught.value.code == code
    assert caught.value.words.ja


@pytest.mark.parametrize(
    ("written", "read_on", "years", "first_on"),
    [
        (b"080630", dt.date(2026, 7, 1), YearReading.REIWA, dt.date(2026, 6, 30)),
        (b"260630", dt.date(2026, 7, 1), YearReading.WESTERN, dt.date(2026, 6, 30)),
        (b"310426", dt.date(2019, 4, 26), YearReading.HEISEI, dt.date(2019, 4, 26)),
        (b"010507", dt.date(2019, 5, 8), YearReading.REIWA, dt.date(2019, 5, 7)),
    ],
)
def test_two_digits_of_a_year_are_read_by_the_day_of_import(
    written: bytes, read_on: dt.date, years: YearReading, first_on: dt.date
) -> None:
    header = BY_HAND[0][:4] + written * 3 + BY_HAND[0][22:]
    read = read_bank_file(joined([header, BY_HAND[3]]), read_on)
    assert (read.years, read.statements[0].first_on) == (years, first_on)


def test_a_missing_value_date_is_the_booking_date() -> None:
    raw = BY_HAND[1][:13] + b"000000" + BY_HAND[1][19:]
    read = read_bank_file(joined([BY_HAND[0], raw, *BY_HAND[2:]]), READ_ON)
    assert read.receipts[0][1].value_on == DAY


def test_a_value_that_does_not_fit_is_not_written() -> None:
    with pytest.raises(ValueError, match="yen takes 12 bytes"):
        write_bank_file(notice(entry(10**12)))
    with pytest.raises(ValueError, match="no year of reiwa"):
        write_bank_file(notice(entry(booked_on=dt.date(2018, 1, 1))))


HALF_WIDTH = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝﾞﾟ().-/, ABCXYZ0189"


def texts(size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=HALF_WIDTH, max_size=size).map(lambda text: text.rstrip())


def digits(size: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="0123456789", min_size=size, max_size=size)


DAYS = st.dates(dt.date(2019, 5, 1), READ_ON)


@st.composite
def bank_files(draw: st.DrawFn) -> BankFile:
    kind = draw(st.sampled_from(FileKind))
    is_statement = kind is FileKind.STATEMENT
    entries = st.builds(
        Entry,
        reference=digits(8 if is_statement else 6),
        booked_on=DAYS,
        value_on=DAYS,
        direction=st.sampled_from(Direction),
        yen=st.integers(0, 10**9),
        cheque_yen=st.integers(0, 10**9),
        payer_code=texts(10),
        payer_name=texts(48),
        payer_bank=texts(15),
        payer_branch=texts(15),
        summary=texts(20) if is_statement else st.just(""),
        edi=texts(20),
        transaction=digits(2) if is_statement else st.just(""),
    )
    accounts = st.builds(
        Account,
        bank_code=digits(4),
        bank_name=texts(15),
        branch_code=digits(3),
        branch_name=texts(15),
        deposit_type=st.sampled_from("124"),
        number=digits(10 if is_statement else 7),
        holder=texts(40),
    )
    blocks = st.builds(
        Statement,
        account=accounts,
        created_on=st.just(DAY),
        first_on=DAYS,
        last_on=DAYS,
        entries=st.lists(entries, max_size=4).map(tuple),
        opening_yen=st.integers(-(10**12), 10**12) if is_statement else st.none(),
    )
    return BankFile(
        kind=kind,
        years=YearReading.REIWA,
        line_breaks=draw(st.booleans()),
        statements=tuple(draw(st.lists(blocks, min_size=1, max_size=3))),
    )


@given(bank_files())
def test_what_is_written_is_read_back_the_same(file: BankFile) -> None:
    assert read_bank_file(write_bank_file(file), READ_ON) == file


@given(st.binary(max_size=1_000))
def test_no_bytes_raise_anything_but_our_own_error(content: bytes) -> None:
    try:
        read_bank_file(content, READ_ON)
    except ZenginError as error:
        assert error.code.startswith("file.")


@given(bank_files(), st.data())
def test_a_damaged_file_loses_no_line_without_saying_so(file: BankFile, data: st.DataObject) -> None:
    content = bytearray(write_bank_file(file))
    place = data.draw(st.integers(RECORD_BYTES, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    try:
        read = read_bank_file(bytes(content), READ_ON)
    except ZenginError:
        return
    lost = sum(len(told.entries) for told in file.statements) - sum(len(told.entries) for told in read.statements)
    assert lost <= 0 or read.problems
