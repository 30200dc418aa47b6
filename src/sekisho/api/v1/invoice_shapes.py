"""What the API says about invoices and charges. Amounts are whole yen; days are Tokyo days."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from sekisho.apps.billing.models import Charge, ChargeKind, Invoice, InvoiceLine, TaxTreatment
from sekisho.terms.words import Words

from .contract_shapes import Day, Instant, code_of
from .paging import PageQuery

YEN_MAX = 10**12
TaxCode, ChargeCode = code_of(TaxTreatment), code_of(ChargeKind)
Yen = Annotated[int, msgspec.Meta(ge=-YEN_MAX, le=YEN_MAX, description="Whole yen.")]


class InvoicesQuery(PageQuery):
    """Ranges include both their ends. `yen_from` and `yen_until` are of the invoice's own total, with tax."""

    contract: Annotated[str, msgspec.Meta(max_length=40, description="The number of a contract.")] | None = None
    invoiced_from: Day | None = None
    invoiced_until: Day | None = None
    yen_from: Yen | None = None
    yen_until: Yen | None = None


class ChargesQuery(PageQuery):
    """Charges in the order in which they were recorded."""


class RateShape(msgspec.Struct, frozen=True):
    """One tax rate in percent, what it is reckoned from, and the tax, rounded once."""

    rate: int
    net: int
    tax: int


class InvoiceLineShape(msgspec.Struct, frozen=True, kw_only=True):
    """`yen` is without tax and negative for a credit; `rate_percent` 0: outside the tax."""

    kind: str
    words: str
    note: str
    quantity: int
    unit_yen: int
    yen: int
    tax: TaxCode
    rate_percent: int
    supplied_from: dt.date
    supplied_until: dt.date


class InvoiceShape(msgspec.Struct, frozen=True, kw_only=True):
    """`total_yen` is this invoice's own; `due_yen` is to be paid, with what was carried; `open_yen` is open today."""

    number: str
    contract: str
    month: dt.date
    invoiced_on: dt.date
    due_on: dt.date
    final: bool
    net_yen: int
    tax_yen: int
    nontax_yen: int
    total_yen: int
    carried_yen: int
    due_yen: int
    open_yen: int
    rates: list[RateShape]
    lines: list[InvoiceLineShape]
    terms_version: str
    issued_at: Instant
    cancelled_at: Instant | None
    replaces: str | None
    replaced_by: str | None


class ChargeShape(msgspec.Struct, frozen=True, kw_only=True):
    """One debt and by what right it arose. `invoice`: the living invoice that it stands on."""

    key: str
    kind: ChargeCode
    words: str
    note: str
    yen: int
    tax: TaxCode
    arises_on: dt.date
    supplied_from: dt.date
    supplied_until: dt.date
    trigger: str
    article: str
    rule: str
    terms_version: str
    price_list: str
    invoice: str | None


def invoice_shape(invoice: Invoice, open_yen: int, language: str) -> InvoiceShape:
    plain = ("number", "month", "invoiced_on", "due_on", "final", "net_yen", "tax_yen", "nontax_yen", "total_yen",
             "carried_yen", "due_yen", "terms_version")  # fmt: skip
    cancellation = getattr(invoice, "cancellation", None)
    return InvoiceShape(
        **{name: getattr(invoice, name) for name in plain},
        contract=invoice.contract.number,
        open_yen=open_yen,
        rates=[RateShape(rate["rate"], rate["net"], rate["tax"]) for rate in invoice.rates],
        lines=[_line(line, language) for line in invoice.lines.all()],
        issued_at=invoice.issued_at.astimezone(dt.UTC),
        cancelled_at=cancellation.cancelled_at.astimezone(dt.UTC) if cancellation else None,
        replaces=invoice.replaces.number if invoice.replaces else None,
        replaced_by=invoice.replaced_by.number if hasattr(invoice, "replaced_by") else None,
    )


def charge_shape(charge: Charge, language: str) -> ChargeShape:
    plain = ("key", "kind", "yen", "tax", "arises_on", "supplied_from", "supplied_until", "trigger", "article", "rule",
             "terms_version", "price_list")  # fmt: skip
    billed = getattr(charge, "billed", None)
    return ChargeShape(
        **{name: getattr(charge, name) for name in plain},
        words=Words(charge.words_ja, charge.words_en).in_language(language),
        note=Words(charge.note_ja, charge.note_en).in_language(language),
        invoice=billed.invoice.number if billed else None,
    )


def _line(line: InvoiceLine, language: str) -> InvoiceLineShape:
    plain = ("kind", "quantity", "unit_yen", "yen", "tax", "rate_percent", "supplied_from", "supplied_until")
    return InvoiceLineShape(
        **{name: getattr(line, name) for name in plain},
        words=Words(line.words_ja, line.words_en).in_language(language),
        note=Words(line.note_ja, line.note_en).in_language(language),
    )
