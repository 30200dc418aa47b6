"""Bank files in the record formats of the Japanese bankers' association (Zengin): what came in, from whom.

Two kinds say what was paid in: the notice of incoming transfers (01) and the account statement (03). Both have
records of 200 bytes: header, data, trailer a bank account, and one end. Pure: bytes in, values out.

A record that can't be read is kept with its reason and its line; the others are read on. Only a file that is
none of these at all is a ``ZenginError``.
"""

from __future__ import annotations

from .errors import ZenginError
from .reading import FILE_BYTES_MAX, read_bank_file
from .records import Account, BankFile, Direction, Entry, Problem, Statement, Totals, YearReading
from .writing import write_bank_file

__all__ = [
    "FILE_BYTES_MAX",
    "Account",
    "BankFile",
    "Direction",
    "Entry",
    "Problem",
    "Statement",
    "Totals",
    "YearReading",
    "ZenginError",
    "read_bank_file",
    "write_bank_file",
]
