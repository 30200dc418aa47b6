"""The bank's side: a file of what came in on one day, as bytes of the Zengin format of transfer notices."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.billing.zengin.layouts import FileKind
from sekisho.apps.billing.zengin.records import Account, BankFile, Direction, Entry, Statement, YearReading
from sekisho.apps.billing.zengin.writing import write_bank_file

ACCOUNT = Account(
    bank_code="0999", bank_name="ｺｺﾉｴ", branch_code="001", branch_name="ﾎﾝﾃﾝ", deposit_type="1", number="1234567",
    holder="ｺｺﾉｴﾂｳｼﾝ(ｶ",
)  # fmt: skip


def transfer_notice(paid_on: dt.date, payer: str, *amounts: int) -> bytes:
    """What one payer transferred on a day, a record each."""
    entries = tuple(
        Entry(
            reference=f"{turn:06}", booked_on=paid_on, value_on=paid_on, direction=Direction.IN, yen=yen,
            payer_name=payer, payer_bank="ｺｺﾉｴ", payer_branch="ｴｷﾏｴ",
        )
        for turn, yen in enumerate(amounts, 1)
    )  # fmt: skip
    told = Statement(account=ACCOUNT, created_on=paid_on, first_on=paid_on, last_on=paid_on, entries=entries)
    file = BankFile(kind=FileKind.TRANSFER_NOTICE, years=YearReading.REIWA, line_breaks=True, statements=(told,))
    return write_bank_file(file)
