"""Taking on a contract and keeping its contact list. The whole life of a contract is built on these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.entitlements import contract_refusals
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction
from sekisho.terms.versions import LATEST

from .models import Contact, Contract

FIRST_NUMBER = 100_001


@transaction.atomic
def add_contract(
    actor: Actor,
    *,
    contractor: Organisation,
    line: str,
    plan: Plan,
    functions: Iterable[SecurityFunction],
    access_item: AccessItem,
    operations: bool,
    retention_years: int = 1,
    started_on: dt.date | None = None,
) -> Contract:
    """A contract under the terms of today. Refused when the plan does not offer what is asked for.

    Needs a scope of all contracts: a number that is taken must be seen to be taken.
    """
    contract = Contract(
        number=_next_number(),
        contractor=contractor,
        line=line,
        plan=plan,
        functions=sorted(functions),
        access_item=access_item,
        operations=operations,
        operations_started_on=started_on if operations else None,
        retention_years=retention_years,
        accepted_at=clock.now(),
        started_on=started_on,
        terms_version=LATEST.version,
    )
    for refusal in contract_refusals(contract.facts):
        refuse(refusal)
    if Contract.objects.filter(line=line, ended_on__isnull=True).exists():
        raise Refused(
            "contract.line_taken",
            "この回線には既に有効な契約があります。",
            "This line has an active contract already.",
            "8-1",
        )
    contract.save(force_insert=True)
    record(
        actor,
        act="contracts.add",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details={"plan": plan, "operations": operations, "line": line},
    )
    return contract


@transaction.atomic
def set_contacts(actor: Actor, *, contract: Contract, contacts: Iterable[Contact]) -> list[Contact]:
    """Replace the contact list; the order given is the order to reach them in (R034).

    Under security operations the first contact needs a telephone and somebody a mail address.
    """
    ordered = list(contacts)
    _check_contacts(contract, ordered)
    contract.contacts.all().delete()
    for position, contact in enumerate(ordered, 1):
        contact.contract, contact.position = contract, position
        contact.save(force_insert=True)
    record(
        actor,
        act="contracts.set_contacts",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        details={"contacts": [[c.position, c.name, c.phone, c.mail] for c in ordered]},
    )
    return ordered


def _check_contacts(contract: Contract, contacts: list[Contact]) -> None:
    if not contract.operations:
        return
    if not contacts or not contacts[0].phone or not any(c.mail for c in contacts):
        raise Refused(
            "contract.no_first_contact",
            "セキュリティ運用管理には、電話番号のある第一通報者とメールの宛先が必要です。",
            "Security operations need a first contact with a telephone number, and a mail address.",
            "6-1(3)",
        )


def _next_number() -> str:
    take_turn("contract numbers")
    last = Contract.objects.order_by("-pk").values_list("number", flat=True).first()
    return f"SK{int(last[2:]) + 1 if last else FIRST_NUMBER}"
