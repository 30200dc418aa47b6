"""What the API says about receipts, and what is said to it about them. Amounts are whole yen; days are Tokyo days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

import msgspec

from sekisho.apps.billing.actions.matching import USES_MAX
from sekisho.apps.billing.matching import Candidate
from sekisho.apps.billing.models import Allocation, AllocationKind, LineOutcome, Receipt, ReceiptFile, ReceiptFileLine
from sekisho.terms.words import Words

from .contract_shapes import Day, Instant, code_of
from .invoice_shapes import YEN_MAX, Yen
from .operation import Shape
from .paging import PageQuery

OutcomeCode, AllocationCode = code_of(LineOutcome), code_of(AllocationKind)
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class ReceiptsQuery(PageQuery):
    """Ranges include both their ends."""

    paid_from: Day | None = None
    paid_until: Day | None = None
    yen_from: Yen | None = None
    yen_until: Yen | None = None
    unmatched: bool = False


class ImportQuery(Shape):
    """What the file is called where it comes from."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class UseGiven(Shape):
    """A part of a receipt: for an invoice of the contract, or without one kept for the contract."""

    contract: Number
    yen: Annotated[int, msgspec.Meta(ge=1, le=YEN_MAX)]
    invoice: Number | None = None


class Confirmation(Shape):
    """What a receipt is for."""

    uses: Annotated[list[UseGiven], msgspec.Meta(min_length=1, max_length=USES_MAX)]


class ReceiptShape(msgspec.Struct, frozen=True, kw_only=True):
    """`paid_on` counts as the day of payment; `rest_yen` was used for nothing yet."""

    number: str
    source: str
    paid_on: dt.date
    booked_on: dt.date
    yen: int
    rest_yen: int
    payer_name: str
    payer_code: str
    payer_bank: str
    bank_code: str
    account: str
    text: str
    recorded_at: Instant


class ReceiptLineShape(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one record of a file; `line` 0 is about the whole of it."""

    line: int
    outcome: OutcomeCode
    code: str
    words: str
    receipt: str | None


class ReceiptFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """`adds_up`: every record was read and all totals agree."""

    name: str
    sha256: str
    kind: str
    adds_up: bool
    imported_at: Instant
    lines: list[ReceiptLineShape]


class ReasonShape(msgspec.Struct, frozen=True):
    points: int
    words: str


class ShareShape(msgspec.Struct, frozen=True):
    contract: str
    invoice: str
    yen: int


class CandidateShape(msgspec.Struct, frozen=True, kw_only=True):
    """One way to use the receipt. `short_yen` would stay open, `rest_yen` would be left over."""

    score: int
    shares: list[ShareShape]
    reasons: list[ReasonShape]
    short_yen: int
    rest_yen: int


class CandidatesShape(msgspec.Struct, frozen=True):
    receipt: str
    candidates: list[CandidateShape]


class AllocationShape(msgspec.Struct, frozen=True, kw_only=True):
    contract: str
    invoice: str | None
    kind: AllocationCode
    yen: int
    paid_on: dt.date


class ConfirmedShape(msgspec.Struct, frozen=True):
    receipt: ReceiptShape
    allocations: list[AllocationShape]


def receipt_shape(receipt: Receipt) -> ReceiptShape:
    """``receipt`` comes with its ``rest_yen``."""
    plain = {name: getattr(receipt, name) for name in ReceiptShape.__struct_fields__ if name != "recorded_at"}
    return ReceiptShape(**plain, recorded_at=receipt.recorded_at.astimezone(dt.UTC))


def file_shape(file: ReceiptFile, language: str) -> ReceiptFileShape:
    lines = file.lines.select_related("receipt")
    return ReceiptFileShape(
        name=file.name,
        sha256=file.sha256,
        kind=file.kind,
        adds_up=file.adds_up,
        imported_at=file.imported_at.astimezone(dt.UTC),
        lines=[_line(line, language) for line in lines],
    )


def candidate_shape(candidate: Candidate, numbers: Mapping[int, str], language: str) -> CandidateShape:
    """``numbers``: contract -> its number."""
    return CandidateShape(
        score=candidate.score,
        shares=[ShareShape(numbers[s.item.contract_id], s.item.number, s.yen) for s in candidate.shares],
        reasons=[ReasonShape(r.points, r.words.in_language(language)) for r in candidate.reasons],
        short_yen=candidate.short_yen,
        rest_yen=candidate.rest_yen,
    )


def allocation_shape(allocation: Allocation) -> AllocationShape:
    return AllocationShape(
        contract=allocation.contract.number,
        invoice=allocation.invoice.number if allocation.invoice else None,
        kind=allocation.kind,
        yen=allocation.yen,
        paid_on=allocation.paid_on,
    )


def _line(line: ReceiptFileLine, language: str) -> ReceiptLineShape:
    return ReceiptLineShape(
        line=line.line,
        outcome=line.outcome,
        code=line.code,
        words=Words(line.words_ja, line.words_en).in_language(language),
        receipt=line.receipt.number if line.receipt else None,
    )
