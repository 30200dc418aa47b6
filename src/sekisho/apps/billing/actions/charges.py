"""Debts that somebody else knows of: one-time fees, interest, surcharge. Fees of the contract itself are derived."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.tariff.items import item_words
from sekisho.terms.arrears import surcharge
from sekisho.terms.words import Words

from ..arising import NO_WORDS, Arising
from ..models import Charge, ChargeKind, TaxTreatment
from ..recording import record_charges, take_turns

SURCHARGE_ARTICLE = "29-1"


class KeyTaken(ValueError):
    """Another debt or credit arose under this key: a slip of the program."""


@transaction.atomic
def add_charge(
    actor: Actor,
    contract: Contract,
    kind: ChargeKind,
    yen: int,
    on: dt.date,
    article: str,
    key: str,
    tax: TaxTreatment = TaxTreatment.TAXABLE,
    *,
    words: Words | None = None,
    note: Words = NO_WORDS,
    item: str = "",
    rule: str = "",
    trigger: str = "",
) -> Charge:
    """A debt of ``yen`` without tax that arose ``on`` that day; it goes on the next invoice.

    ``key`` names the fact behind it, such as "change:CR-17": the same again gives the charge that is there.
    ``item`` is a code of the price list, for its words. ``KeyTaken`` when the key stands for another amount.
    """
    take_turns([contract.pk])
    version = terms_of(contract).version
    arising = Arising(
        key=key,
        kind=kind,
        yen=yen,
        tax=tax,
        arises_on=on,
        supplied_from=on,
        supplied_until=on,
        trigger=trigger or key,
        article=article,
        rule=rule or kind.value,
        terms_version=version,
        words=words or item_words(item or kind.value),
        note=note,
        item=item,
    )
    new = record_charges(actor, {contract.pk: [arising]})
    charge = Charge.objects.get(contract=contract, key=key)
    if (charge.yen, charge.kind) != (yen, kind):
        raise KeyTaken(f"{contract}: {key} is a charge of {charge.yen} yen")
    if new:
        record(
            actor,
            act="billing.add_charge",
            object=f"contract:{contract.number}",
            contract_id=contract.pk,
            terms_version=version,
            details={"key": key, "kind": kind.value, "yen": yen, "article": article, "tax": tax.value},
        )
    return charge


@transaction.atomic
def add_surcharge(actor: Actor, contract: Contract, *, evaded_yen: int, on: dt.date, key: str) -> list[Charge]:
    """What was evaded (a fee, with tax) and besides it the surcharge, without tax (Art. 29-1).

    ``surcharge_in_addition`` off: the doubled amount holds what was evaded, so only the rest is added to it.
    """
    terms = terms_of(contract)
    found = surcharge(evaded_yen, terms=terms)
    added = found.value if terms.switches.surcharge_in_addition else found.value - evaded_yen
    return [
        add_charge(
            actor, contract, ChargeKind.EVADED_FEE, evaded_yen, on, SURCHARGE_ARTICLE, f"{key}:evaded", words=_EVADED
        ),
        add_charge(
            actor,
            contract,
            ChargeKind.SURCHARGE,
            added,
            on,
            SURCHARGE_ARTICLE,
            f"{key}:surcharge",
            TaxTreatment.OUT_OF_SCOPE,
            words=_SURCHARGE,
        ),
    ]


_EVADED = Words("免れた料金等", "Fees that were evaded")
_SURCHARGE = Words("割増金", "Surcharge")
