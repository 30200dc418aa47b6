"""Changing a fee for one contract, by agreement (Art. 27-2). Changes of the list for all come with a price list."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.accounts.models import Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import record
from sekisho.apps.contracts.actions.facts import tell
from sekisho.apps.contracts.models import Contract
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.tariff.items import is_item
from sekisho.terms.grounds import Catalogue, ground_check
from sekisho.terms.history import DatedFact, FactKind, at_start_of
from sekisho.terms.values import Refusal

ARTICLE = "27-2"


@transaction.atomic
def agree_fee(
    person: Person,
    *,
    contract: Contract,
    item: str,
    yen: int,
    from_on: dt.date,
    ground: str,
    agreement: str,
    explanation: str = "",
) -> DatedFact:
    """From ``from_on`` the contract pays ``yen`` (without tax) for the item. ``agreement`` names the signed record.

    Refused without the record; a ground of Art. 27-2 that is open needs words, and one that is none is a BadParameter.
    """
    require(person, "billing.approve")
    _check(item, yen, ground, agreement, explanation)
    fact = tell(person, contract, FactKind.FEE, {"item": item, "yen": yen}, at_start_of(from_on))
    details = {"item": item, "yen": yen, "from_on": from_on.isoformat(), "ground": ground, "agreement": agreement}
    record(
        person,
        act="billing.agree_fee",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details=details,
    )
    return fact


def _check(item: str, yen: int, ground: str, agreement: str, explanation: str) -> None:
    grounded = ground_check(Catalogue.FEE_CHANGE, ground, explanation)
    if isinstance(grounded, Refusal):
        refuse(grounded)
    if not agreement.strip():
        raise Refused("fee.no_agreement", "合意の記録が必要です。", "The record of the agreement is missing.", ARTICLE)
    if not is_item(item) or yen < 0:
        raise Refused("fee.no_item", "料金項目または金額が不正です。", "No such item, or no such price.", ARTICLE)
