"""Contractors enter and leave; of several exactly one is written to (Arts. 9-1, 33-1)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import transaction

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused, refuse
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.parties import Party, joint_parties_check
from sekisho.terms.registration import corporate_number as corporate_number_check
from sekisho.terms.values import Refusal

from ...models import Contract, ContractParty, PartyChange, PartyData, PartyLeaving, Representative
from ...queries.parties import parties_on
from ...queries.standing import terms_of


class PartyFacts(NamedTuple):
    """What a party is called and where it sits. ``corporate_number``: 13 digits, or "" for who has none."""

    name: str
    name_en: str = ""
    address: str = ""
    representative: str = ""
    corporate_number: str = ""


@transaction.atomic
def enter_party(
    actor: Actor,
    *,
    contract: Contract,
    organisation: Organisation,
    facts: PartyFacts,
    since_on: dt.date,
    represents: bool = False,
) -> ContractParty:
    """A contractor from a day on, beside those there are. The first one represents them all until another does.

    Refused for who is one already.
    """
    _check_new(contract, organisation, since_on)
    first = not ContractParty.objects.filter(contract=contract).exists()
    party = add_party(contract, organisation, facts, since_on)
    if first or represents:
        represent(party, since_on)
    check_parties(contract, since_on)
    _record(
        actor, "contracts.enter_party", party, {"since_on": since_on.isoformat(), "represents": first or represents}
    )
    return party


@transaction.atomic
def leave_party(actor: Actor, *, party: ContractParty, until_on: dt.date) -> PartyLeaving:
    """A joint contractor's last day. Refused for the last one, and for the representative while others stay."""
    leaving = add_leaving(party, until_on)
    check_parties(party.contract, until_on + dt.timedelta(days=1))
    _record(actor, "contracts.leave_party", party, {"until_on": until_on.isoformat()})
    return leaving


@transaction.atomic
def choose_representative(actor: Actor, *, party: ContractParty, from_on: dt.date) -> None:
    """From a day on the joint contractors' notices go to this one."""
    represent(party, from_on)
    check_parties(party.contract, from_on)
    _record(actor, "contracts.choose_representative", party, {"from_on": from_on.isoformat()})


def _check_new(contract: Contract, organisation: Organisation, since_on: dt.date) -> None:
    same = ContractParty.objects.filter(contract=contract, organisation=organisation)
    if same.exclude(leaving__until_on__lt=since_on).exists():
        raise Refused("party.twice", "既にこの契約の契約者です。", "This is a contractor of it already.", "9-1")


def add_party(contract: Contract, organisation: Organisation, facts: PartyFacts, since_on: dt.date) -> ContractParty:
    """The rows of a new party, without an act of their own."""
    now = clock.now()
    party = ContractParty.objects.create(contract=contract, organisation=organisation, since_on=since_on, told_at=now)
    add_data(party, facts, since_on)
    return party


def add_data(party: ContractParty, facts: PartyFacts, from_on: dt.date, change: PartyChange | None = None) -> PartyData:
    """A party's data from a day on; refused for a corporate number that cannot be one."""
    number = facts.corporate_number.strip()
    if number and not corporate_number_check(number).value:
        raise Refused(
            "party.corporate_number",
            "法人番号の桁数または検査用数字が正しくありません。",
            "That cannot be a corporate number: its length or check digit is wrong.",
            "10-1(1)",
        )
    return PartyData.objects.create(
        party=party,
        contract_id=party.contract_id,
        change=change,
        from_on=from_on,
        told_at=clock.now(),
        **{name: value.strip() for name, value in facts._asdict().items()},
    )


def add_leaving(party: ContractParty, until_on: dt.date) -> PartyLeaving:
    """The row of a party's last day, without an act of its own."""
    if PartyLeaving.objects.filter(party=party).exists() or until_on < party.since_on:
        raise Refused(
            "party.not_present",
            "既に脱退しているか、加入前の日付です。",
            "This party has left already, or the day is before it came.",
            "9-1",
        )
    return PartyLeaving.objects.create(
        party=party, contract_id=party.contract_id, until_on=until_on, told_at=clock.now()
    )


def represent(party: ContractParty, from_on: dt.date) -> None:
    """The row of a representative, without an act of its own."""
    Representative.objects.create(party=party, contract_id=party.contract_id, from_on=from_on, told_at=clock.now())


def check_leaving(party: ContractParty, until_on: dt.date) -> None:
    """Refused unless those who stay when this one has left are parties in order."""
    check_parties(party.contract, until_on + dt.timedelta(days=1), without=party)


def check_parties(contract: Contract, on: dt.date, without: ContractParty | None = None) -> None:
    """Refused unless there is a party on the day, and of several exactly one representative."""
    present = [
        Party(str(found.party.pk), found.party.since_on, None, found.represents)
        for found in parties_on(current(), contract, on)
        if found.party != without
    ]
    answer = joint_parties_check(present, on, terms=terms_of(contract))
    if isinstance(answer, Refusal):
        refuse(answer)


def _record(actor: Actor, act: str, party: ContractParty, details: dict) -> None:
    record(actor, act=act, object=f"party:{party.pk}", contract_id=party.contract_id, details=details)
