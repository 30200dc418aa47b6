"""A party's name, address or representative changed (Art. 16-1): with proof, from the day of the change."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.turns import next_number
from sekisho.gateways import clock
from sekisho.terms.parties import PartyFact, party_change_check
from sekisho.terms.values import Refusal

from ...models import ContractParty, PartyChange, PartyData
from ...queries.parties import data_on
from ...queries.standing import terms_of
from .joining import PartyFacts, add_data

_FACT_OF = {
    "name": PartyFact.NAME,
    "name_en": PartyFact.TRADE_NAME,
    "address": PartyFact.ADDRESS,
    "representative": PartyFact.REPRESENTATIVE,
}


@transaction.atomic
def change_party(
    actor: Actor,
    *,
    party: ContractParty,
    facts: PartyFacts,
    changed_on: dt.date,
    arrived_on: dt.date,
    proof: str,
) -> PartyChange:
    """Take a notice of change. ``proof`` names the document; refused without one.

    The days from the change to the arrival are kept and shown: the terms say "without delay" and no number. The
    new data holds from the day of the change; papers that were issued since keep what was known when issued.
    """
    changed = _changed(data_on(party, arrived_on), facts)
    if not changed:
        raise Refused("party_change.nothing", "変更点がありません。", "Nothing is changed.", "16-1")
    answer = party_change_check(changed, changed_on, arrived_on, bool(proof.strip()), terms=terms_of(party.contract))
    if isinstance(answer, Refusal):
        refuse(answer)
    change = PartyChange.objects.create(
        number=next_number("PC"),
        party=party,
        contract_id=party.contract_id,
        changed=sorted(changed),
        changed_on=changed_on,
        arrived_on=arrived_on,
        elapsed_days=answer.value,
        proof=proof.strip(),
        told_at=clock.now(),
    )
    add_data(party, facts, max(changed_on, party.since_on), change)
    record(
        actor,
        act="contracts.change_party",
        object=f"party:{party.pk}",
        contract_id=party.contract_id,
        terms_version=party.contract.terms_version,
        details={"change": change.number, "changed": change.changed, "elapsed_days": change.elapsed_days},
    )
    return change


def _changed(before: PartyData | None, facts: PartyFacts) -> set[PartyFact]:
    return {
        fact for column, fact in _FACT_OF.items() if before is None or getattr(before, column) != getattr(facts, column)
    }
