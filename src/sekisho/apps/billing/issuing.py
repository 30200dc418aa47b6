"""Writing invoices, one or hundreds at a time: numbers without gaps, lines, what they used up, and the ledger.

Numbers come from one counter row, which stays locked until the transaction is over: a number that was drawn is used,
or drawn again. Callers hold the contracts' turns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from sekisho.apps.audit.actions import Actor
from sekisho.apps.audit.models import kept_name
from sekisho.apps.contracts.queries.parties import Addressee
from sekisho.gateways import clock
from sekisho.terms.invoice import payment_due

from . import bulk
from .drafting import Draft, DraftLine
from .ledger import Entry, Leg, post_new
from .loading import Brought
from .models import (
    Account,
    BilledCharge,
    Charge,
    CreditUse,
    Invoice,
    InvoiceLine,
    IssuerProfile,
)

SERIES = "invoice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One invoice to be: what it says, to whom, under which terms, and what came before it."""

    draft: Draft
    addressee: Addressee
    terms_version: str
    brought: Brought
    replaces: Invoice | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    invoice_id: int
    number: str
    contract_id: int
    total_yen: int


def issue_all(actor: Actor, issues: Sequence[Issue], issuer: IssuerProfile, on: dt.date) -> list[Issued]:
    """Write the invoices down, in their order, dated ``on``."""
    if not issues:
        return []
    keys, due_on, at = bulk.draw_keys(Invoice, len(issues)), payment_due(on).value, clock.now()
    first = _draw_numbers(len(issues))
    known = list(zip(keys, range(first, first + len(issues)), issues, strict=True))
    bulk.insert(Invoice, [_invoice(*each, issuer, on, due_on, at, actor) for each in known])
    _insert_lines(known)
    post_new(actor, [_entry(key, serial, issue, on) for key, serial, issue in known])
    return [Issued(key, number(serial), i.draft.contract_id, i.draft.totals.total) for key, serial, i in known]


def number(serial: int) -> str:
    return f"I{serial:08d}"


def _draw_numbers(how_many: int) -> int:
    """The first of that many numbers in a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_numberseries (name, last) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET last = billing_numberseries.last + excluded.last RETURNING last",
            [SERIES, how_many],
        )
        return cursor.fetchone()[0] - how_many + 1


def _invoice(
    key: int,
    serial: int,
    issue: Issue,
    issuer: IssuerProfile,
    on: dt.date,
    due_on: dt.date,
    at: dt.datetime,
    actor: Actor,
) -> bulk.Row:
    draft, brought = issue.draft, issue.brought
    previous_yen = brought.previous.due_yen if brought.previous else 0
    return {
        "id": key,
        "number": number(serial),
        "serial": serial,
        "contract_id": draft.contract_id,
        "month": draft.month,
        "supplied_from": draft.supplied_from,
        "supplied_until": draft.supplied_until,
        "invoiced_on": on,
        "due_on": due_on,
        "final": draft.final,
        "net_yen": draft.totals.net,
        "tax_yen": draft.totals.tax,
        "nontax_yen": draft.totals.nontax,
        "total_yen": draft.totals.total,
        "line_count": len(draft.lines),
        "rates": [{"rate": rate.rate_percent, "net": rate.net, "tax": rate.tax} for rate in draft.rates],
        "previous_id": brought.previous.pk if brought.previous else None,
        "previous_yen": previous_yen,
        "received_yen": previous_yen - brought.carried_yen,
        "carried_yen": brought.carried_yen,
        "due_yen": draft.totals.total + brought.carried_yen,
        "issuer_id": issuer.pk,
        "addressee": issue.addressee._asdict(),
        "terms_version": issue.terms_version,
        "replaces_id": issue.replaces.pk if issue.replaces else None,
        "issued_at": at,
        "issued_by": kept_name(actor.pk, actor.name),
    }


def _insert_lines(known: Sequence[tuple[int, int, Issue]]) -> None:
    lines = [
        _line(key, position, line, issue.draft.contract_id)
        for key, _, issue in known
        for position, line in enumerate(issue.draft.lines, 1)
    ]
    ids = bulk.draw_keys(InvoiceLine, len(lines))
    bulk.insert(InvoiceLine, [{"id": line_id, **line} for line_id, line in zip(ids, lines, strict=True)])
    billed = [
        {"charge_id": line["charge_id"], "contract_id": line["contract_id"], "invoice_id": line["invoice_id"]}
        for line in lines
        if line["charge_id"]
    ]
    bulk.insert(BilledCharge, billed)
    used = [line for line in lines if line["credit_id"]]
    use_ids = bulk.draw_keys(CreditUse, len(used))
    bulk.insert(
        CreditUse,
        [
            {
                "id": use_id,
                "credit_id": line["credit_id"],
                "contract_id": line["contract_id"],
                "invoice_id": line["invoice_id"],
                "yen": -line["yen"],
            }
            for use_id, line in zip(use_ids, used, strict=True)
        ],
    )


def _line(invoice_id: int, position: int, line: DraftLine, contract_id: int) -> bulk.Row:
    source = line.source
    charge = source if isinstance(source, Charge) else None
    return {
        "invoice_id": invoice_id,
        "contract_id": contract_id,
        "position": position,
        "kind": str(source.kind) if charge else f"credit_{source.kind}",
        "charge_id": charge.pk if charge else None,
        "credit_id": None if charge else source.pk,
        "words_ja": source.words_ja,
        "words_en": source.words_en,
        "note_ja": source.note_ja,
        "note_en": source.note_en,
        "quantity": charge.quantity if charge else 1,
        "unit_yen": charge.unit_yen if charge else line.yen,
        "yen": line.yen,
        "tax": str(source.tax),
        "rate_percent": line.rate_percent,
        "supplied_from": line.supplied_from,
        "supplied_until": line.supplied_until,
    }


def _entry(key: int, serial: int, issue: Issue, on: dt.date) -> Entry:
    """What was owed unbilled is a receivable now, with its tax; what credits took is off the shelf."""
    draft = issue.draft
    charged = sum(line.yen for line in draft.lines if line.yen > 0)
    credited = -sum(line.yen for line in draft.lines if line.yen < 0)
    legs = (
        Leg(Account.RECEIVABLE, draft.totals.total, key),
        Leg(Account.UNBILLED, -charged),
        Leg(Account.CREDITS, credited),
        Leg(Account.TAX, -draft.totals.tax),
    )
    return Entry(
        key=f"invoice:{number(serial)}",
        kind="invoice",
        on=on,
        contract_id=draft.contract_id,
        legs=legs,
        article="31-1",
        terms_version=issue.terms_version,
    )


def reversed_entry(invoice: Invoice, on: dt.date, credited: Mapping[int, int]) -> Entry:
    """The opposite of ``_entry``, for an invoice that is cancelled. ``credited``: credit -> yen it had taken."""
    credits = sum(credited.values())
    legs = (
        Leg(Account.RECEIVABLE, -invoice.total_yen, invoice.pk),
        Leg(Account.UNBILLED, invoice.net_yen + invoice.nontax_yen + credits),
        Leg(Account.CREDITS, -credits),
        Leg(Account.TAX, invoice.tax_yen),
    )
    return Entry(
        key=f"invoice-cancelled:{invoice.number}",
        kind="invoice_cancelled",
        on=on,
        contract_id=invoice.contract_id,
        legs=legs,
        article="31-1",
        terms_version=invoice.terms_version,
    )
