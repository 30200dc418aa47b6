"""Keeping the list of whom to reach (R034)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.history import FactKind

from ..models import Contact, Contract
from ..queries import told_of
from ..queries.provisioning import accepted_form
from .reading_only import check_may_act


@transaction.atomic
def set_contacts(actor: Actor, *, contract: Contract, contacts: Iterable[Contact]) -> list[Contact]:
    """Replace the contact list; the order given is the order to reach them in (R034).

    With security operations, running or still to begin, the first contact needs a telephone and somebody a
    mail address.
    """
    check_may_act(actor, contract)
    ordered = list(contacts)
    if _has_operations(contract):
        _check_contacts(ordered)
    contract.contacts.all().delete()
    for position, contact in enumerate(ordered, 1):
        contact.contract, contact.position = contract, position
        contact.save(force_insert=True)
    record(
        actor,
        act="contracts.set_contacts",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        details={"contacts": [c.pk for c in ordered]},
    )
    return ordered


def _has_operations(contract: Contract) -> bool:
    now, told = clock.now(), told_of(contract)
    if not told.of_kind(FactKind.SERVICE):
        return accepted_form(contract).operations
    return any(fact.until_at is None or fact.until_at > now for fact in told.of_kind(FactKind.OPERATIONS))


def _check_contacts(contacts: list[Contact]) -> None:
    if not contacts or not contacts[0].phone or not any(c.mail for c in contacts):
        raise Refused(
            "contract.no_first_contact",
            "セキュリティ運用管理には、電話番号のある第一通報者とメールの宛先が必要です。",
            "Security operations need a first contact with a telephone number, and a mail address.",
            "6-1(3)",
        )
