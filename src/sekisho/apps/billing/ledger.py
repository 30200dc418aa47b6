"""Posting to the ledger and asking its balances. The only writer of entries.

An entry is posted inside its caller's transaction, once by its key: the same entry again changes nothing, another
one under the same key is refused. Errors: ``OutOfBalance`` and ``KeyTaken`` are slips of the program, not of a person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Sum

from sekisho.apps.audit.actions import Actor
from sekisho.apps.audit.models import kept_name
from sekisho.apps.scope import Scope
from sekisho.gateways import clock

from . import bulk
from .models import Account, JournalEntry, Posting


class OutOfBalance(ValueError):
    """The legs don't sum to zero. The database would refuse them as well."""


class KeyTaken(ValueError):
    """Another entry was posted under this key."""


class Leg(NamedTuple):
    """One posting: yen, debit positive. ``contract_id`` None: that of the entry."""

    account: Account
    yen: int
    invoice_id: int | None = None
    contract_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``key`` names the fact it comes from, such as "receipt:17"; ``kind`` its class, such as "receipt"."""

    key: str
    kind: str
    on: dt.date
    contract_id: int | None
    legs: tuple[Leg, ...]
    article: str = ""
    terms_version: str = ""
    memo: str = ""

    def __post_init__(self) -> None:
        if sum(leg.yen for leg in self.legs) != 0 or len(self.legs) < 2:
            raise OutOfBalance(f"{self.key}: {[(leg.account.value, leg.yen) for leg in self.legs]}")


def post(actor: Actor, entry: Entry) -> JournalEntry:
    """Write the entry down; legs of zero yen are left out."""
    legs = [leg for leg in entry.legs if leg.yen]
    row, new = JournalEntry.objects.get_or_create(
        key=entry.key,
        defaults={
            "contract_id": entry.contract_id,
            "kind": entry.kind,
            "on": entry.on,
            "at": clock.now(),
            "article": entry.article,
            "terms_version": entry.terms_version,
            "memo": entry.memo,
            "legs": len(legs),
            "actor_name": kept_name(actor.pk, actor.name),
        },
    )
    if not new:
        _check_same(row, entry)
        return row
    Posting.objects.bulk_create(
        Posting(
            entry=row,
            contract_id=leg.contract_id or entry.contract_id,
            account=leg.account,
            yen=leg.yen,
            invoice_id=leg.invoice_id,
        )
        for leg in legs
    )
    return row


def post_new(actor: Actor, entries: Sequence[Entry]) -> None:
    """Write many entries down that were never posted; a key that is there already is an IntegrityError."""
    at, keys = clock.now(), bulk.draw_keys(JournalEntry, len(entries))
    legs = [[leg for leg in entry.legs if leg.yen] for entry in entries]
    bulk.insert(
        JournalEntry,
        [
            {
                "id": key,
                "contract_id": entry.contract_id,
                "key": entry.key,
                "kind": entry.kind,
                "on": entry.on,
                "at": at,
                "article": entry.article,
                "terms_version": entry.terms_version,
                "memo": entry.memo,
                "legs": len(of_one),
                "actor_name": kept_name(actor.pk, actor.name),
            }
            for key, entry, of_one in zip(keys, entries, legs, strict=True)
        ],
    )
    postings = [
        {
            "entry_id": key,
            "contract_id": leg.contract_id or entry.contract_id,
            "account": leg.account.value,
            "yen": leg.yen,
            "invoice_id": leg.invoice_id,
        }
        for key, entry, of_one in zip(keys, entries, legs, strict=True)
        for leg in of_one
    ]
    ids = bulk.draw_keys(Posting, len(postings))
    bulk.insert(Posting, [{"id": key, **row} for key, row in zip(ids, postings, strict=True)])


def _check_same(row: JournalEntry, entry: Entry) -> None:
    there = sorted(row.postings.values_list("account", "yen"))
    if there != sorted((leg.account.value, leg.yen) for leg in entry.legs if leg.yen):
        raise KeyTaken(f"{entry.key} was posted with other legs")


def balance(scope: Scope, contract_id: int, account: Account) -> int:
    """Yen on one account of one contract; debit positive."""
    return balances(scope, [contract_id]).get(contract_id, {}).get(account, 0)


def balances(scope: Scope, contract_ids: Iterable[int] | None = None) -> dict[int | None, dict[Account, int]]:
    """Contract -> account -> yen, for these contracts or all in scope; an account without postings is not there."""
    rows = scope.admit(Posting.objects.all())
    if contract_ids is not None:
        rows = rows.filter(contract_id__within=list(contract_ids))
    found: dict[int | None, dict[Account, int]] = {}
    for contract_id, account, yen in (
        rows.values("contract_id", "account").annotate(total=Sum("yen")).values_list("contract_id", "account", "total")
    ):
        found.setdefault(contract_id, {})[Account(account)] = int(yen)
    return found


def open_on_invoices(scope: Scope, invoice_ids: Iterable[int]) -> dict[int, int]:
    """Invoice -> yen that are still open on it (negative: we owe them); 0 where it is settled or cancelled."""
    asked = list(invoice_ids)
    rows = scope.admit(Posting.objects.filter(invoice_id__within=asked, account=Account.RECEIVABLE))
    sums = dict(rows.values("invoice_id").annotate(total=Sum("yen")).values_list("invoice_id", "total"))
    return {invoice_id: int(sums.get(invoice_id, 0)) for invoice_id in asked}
