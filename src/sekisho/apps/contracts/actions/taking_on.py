"""Taking on a contract whole, from a former system or for a rehearsal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.applications import LineKind
from sekisho.terms.entitlements import ContractFacts, contract_refusals
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction
from sekisho.terms.versions import LATEST

from ..models import Contract, Line
from .facts import Telling, tell_all

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
    facts = ContractFacts(
        plan=plan,
        functions=frozenset(functions),
        access_item=access_item,
        operations=operations,
        started_on=started_on,
        retention_years=retention_years,
    )
    for refusal in contract_refusals(facts):
        refuse(refusal)
    accepted_at = min(clock.now(), at_start_of(started_on)) if started_on else clock.now()
    under, _ = Line.objects.get_or_create(identifier=line, defaults={"kind": LineKind.IP_NETWORK, "holder": contractor})
    check_line_is_free(under, accepted_at)
    contract = Contract.objects.create(
        number=_next_number(),
        contractor=contractor,
        line=under,
        line_from_at=accepted_at,
        accepted_at=accepted_at,
        terms_version=LATEST.version,
    )
    tell_all(actor, contract, list(_tellings(facts, line, accepted_at)))
    record(
        actor,
        act="contracts.add",
        object=f"contract:{contract.number}",
        contract_id=contract.pk,
        terms_version=contract.terms_version,
        details={"plan": plan, "operations": operations, "line": line},
    )
    return contract


def check_line_is_free(line: Line, at: dt.datetime) -> None:
    """Refused while another contract holds the line at or after ``at``; the database would refuse it too."""
    taken = Contract.objects.filter(line=line).exclude(line_until_at__lte=at)
    if taken.exists():
        raise Refused(
            "contract.line_taken",
            "この回線には既に有効な契約があります。",
            "This line has an active contract already.",
            "8-1",
        )


def _tellings(facts: ContractFacts, line: str, accepted_at: dt.datetime) -> Iterable[Telling]:
    yield Telling(FactKind.STATE, "accepted", accepted_at)
    yield Telling(FactKind.LINE, line, accepted_at)
    yield Telling(FactKind.PLAN, facts.plan, accepted_at)
    yield Telling(FactKind.FUNCTIONS, facts.functions, accepted_at)
    yield Telling(FactKind.ACCESS_ITEM, facts.access_item, accepted_at)
    starts_at = at_start_of(facts.started_on) if facts.started_on else accepted_at
    if facts.operations:
        yield Telling(FactKind.OPERATIONS, None, starts_at)
    if facts.retention_years > 1:
        yield Telling(FactKind.RETENTION_YEARS, facts.retention_years, starts_at)
    if facts.started_on:
        yield Telling(FactKind.SERVICE, None, starts_at)
        yield Telling(FactKind.BILLING, None, starts_at)


def _next_number() -> str:
    take_turn("contract numbers")
    last = Contract.objects.order_by("-pk").values_list("number", flat=True).first()
    return f"SK{int(last[2:]) + 1 if last else FIRST_NUMBER}"
