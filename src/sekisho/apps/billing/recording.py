"""Writing debts and credits down, for one contract or for thousands: the row, and its entry in the ledger.

A key that is there already is passed over, so that deriving the same debts again changes nothing. Callers hold the
contracts' turns (``take_turns``), without which two of them could pass each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from sekisho.apps.audit.actions import Actor
from sekisho.apps.audit.models import kept_name
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from . import bulk
from .arising import Arising
from .ledger import Entry, Leg, post_new
from .models import Account, Charge, ChargeKind

INCOME: dict[ChargeKind, Account] = {
    ChargeKind.INITIAL_FEE: Account.REVENUE,
    ChargeKind.MONTHLY_FEE: Account.REVENUE,
    ChargeKind.ONE_TIME_FEE: Account.REVENUE,
    ChargeKind.EVADED_FEE: Account.REVENUE,
    ChargeKind.ADJUSTMENT: Account.REVENUE,
    ChargeKind.EARLY_CHARGE: Account.COMPENSATION,
    ChargeKind.SURCHARGE: Account.SURCHARGE,
    ChargeKind.INTEREST: Account.INTEREST,
}


def take_turns(contract_ids: Iterable[int]) -> None:
    """Wait until nobody else is at the money of these contracts; held to the transaction's end, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('sekisho.billing'), (id %% 2147483648)::int) FROM "
            "(SELECT unnest(%s::bigint[]) AS id ORDER BY 1) AS wanted",
            [sorted(contract_ids)],
        )


def record_charges(actor: Actor, arisen: Mapping[int, Sequence[Arising]]) -> int:
    """Contract -> its debts; those whose key is there already are passed over. Returns how many were new."""
    there = existing_keys((contract_id, debt.key) for contract_id, debts in arisen.items() for debt in debts)
    new = [
        (contract_id, debt)
        for contract_id, debts in arisen.items()
        for debt in debts
        if (contract_id, debt.key) not in there
    ]
    at = clock.now()
    keys = bulk.draw_keys(Charge, len(new))
    rows = [_row(key, contract_id, debt, at, actor) for key, (contract_id, debt) in zip(keys, new, strict=True)]
    bulk.insert(Charge, rows)
    post_new(actor, _entries(rows, tokyo_date(at)))
    return len(rows)


def existing_keys(wanted: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these (contract, key) pairs are charges already."""
    pairs = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT charge.contract_id, charge.key FROM unnest(%s::bigint[], %s::text[]) AS wanted (contract_id, key) "
            "JOIN billing_charge AS charge USING (contract_id, key)",
            [[contract_id for contract_id, _ in pairs], [key for _, key in pairs]],
        )
        return set(cursor.fetchall())


def _row(key: int, contract_id: int, debt: Arising, at: dt.datetime, actor: Actor) -> bulk.Row:
    return {
        "id": key,
        "contract_id": contract_id,
        "key": debt.key,
        "kind": debt.kind.value,
        "item": debt.item,
        "quantity": debt.quantity,
        "unit_yen": debt.yen if debt.unit_yen is None else debt.unit_yen,
        "days": debt.days,
        "days_in_month": debt.days_in_month,
        "yen": debt.yen,
        "tax": debt.tax.value,
        "arises_on": debt.arises_on,
        "supplied_from": debt.supplied_from,
        "supplied_until": debt.supplied_until,
        "trigger": debt.trigger,
        "article": debt.article,
        "rule": debt.rule,
        "terms_version": debt.terms_version,
        "price_list": debt.price_list,
        "words_ja": debt.words.ja,
        "words_en": debt.words.en,
        "note_ja": debt.note.ja,
        "note_en": debt.note.en,
        "recorded_at": at,
        "recorded_by": kept_name(actor.pk, actor.name),
    }


def _entries(rows: Sequence[bulk.Row], on: dt.date) -> list[Entry]:
    """One entry a contract for all its new debts, named after the first of them."""
    by_contract: dict[int, list[bulk.Row]] = {}
    for row in rows:
        by_contract.setdefault(row["contract_id"], []).append(row)
    return [_entry(contract_id, of_one, on) for contract_id, of_one in by_contract.items()]


def _entry(contract_id: int, rows: Sequence[bulk.Row], on: dt.date) -> Entry:
    sums: dict[Account, int] = {}
    for row in rows:
        income = INCOME[ChargeKind(row["kind"])]
        sums[income] = sums.get(income, 0) - row["yen"]
    legs = (Leg(Account.UNBILLED, -sum(sums.values())), *(Leg(account, yen) for account, yen in sums.items()))
    return Entry(
        key=f"charges:{rows[0]['id']}",
        kind="charges",
        on=on,
        contract_id=contract_id,
        legs=legs,
        article=rows[0]["article"],
        terms_version=rows[0]["terms_version"],
    )
