"""Who was a contractor of a contract on a day, what it was called then, and who answers for a debt."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Q

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.scope import Scope, current
from sekisho.terms.moments import tokyo_date
from sekisho.terms.parties import Party, liable_parties

from ..models import CarrierAssignment, Contract, ContractParty, FollowUp, PartyData, Representative, Transfer
from .standing import terms_of

OPEN_TASKS_MAX = 500


class Addressee(NamedTuple):
    """To whom a letter or invoice of a day goes."""

    name: str
    name_en: str = ""
    address: str = ""
    representative: str = ""
    corporate_number: str = ""


class PartyOn(NamedTuple):
    """A party on a day, with its data of that day."""

    party: ContractParty
    data: PartyData
    represents: bool


def addressee_on(contract: Contract, on: dt.date | dt.datetime) -> Addressee:
    """The contractor for notices as it was on a day; of joint ones the representative. Reads in the entered scope.

    Before the first day of the register, and for contracts that never entered it, the organisation's own name.
    """
    day = tokyo_date(on) if isinstance(on, dt.datetime) else on
    representing = next((found for found in parties_on(current(), contract, day) if found.represents), None)
    if representing is None:
        return Addressee(contract.contractor.name, contract.contractor.name_en)
    data = representing.data
    return Addressee(data.name, data.name_en, data.address, data.representative, data.corporate_number)


def representative_on(contract: Contract, on: dt.date | dt.datetime) -> Organisation:
    """The organisation that stands for the contractors on a day; where the register has none, the contract's own."""
    day = tokyo_date(on) if isinstance(on, dt.datetime) else on
    representing = next((found for found in parties_on(current(), contract, day) if found.represents), None)
    return representing.party.organisation if representing else contract.contractor


def addressees_on(contracts: Iterable[Contract], on: dt.date) -> dict[int, Addressee]:
    """Contract -> its addressee, as ``addressee_on``, in three queries for however many contracts."""
    known = {contract.pk: contract for contract in contracts}
    present = defaultdict(list)
    for party in ContractParty.objects.filter(contract_id__within=known).select_related("leaving"):
        if _is_party_on(party, on):
            present[party.contract_id].append(party.pk)
    begun = {"contract_id__within": known, "from_on__lte": on}
    # Of the rows that began by the day the last one stays in each of these.
    chosen = dict(
        Representative.objects.filter(**begun).order_by("from_on", "id").values_list("contract_id", "party_id")
    )
    called = {
        party: Addressee(*data)
        for party, *data in PartyData.objects.filter(**begun)
        .order_by("from_on", "id")
        .values_list("party_id", *Addressee._fields)
    }
    return {
        pk: called.get(_for_notices(present[pk], chosen.get(pk)))
        or Addressee(contract.contractor.name, contract.contractor.name_en)
        for pk, contract in known.items()
    }


def _for_notices(present: Sequence[int], chosen: int | None) -> int | None:
    """The party that is written to: the only one, or of several the chosen one if it is there."""
    return present[0] if len(present) == 1 else chosen if chosen in present else None


def parties_on(scope: Scope, contract: Contract, on: dt.date) -> list[PartyOn]:
    """The contractors on a day; of several one represents them, a single one represents itself."""
    present = [party for party in _parties(scope, contract) if _is_party_on(party, on)]
    chosen = _representative_on(scope, contract, on)
    return [
        PartyOn(party, data, represents=len(present) == 1 or party.pk == chosen)
        for party in present
        if (data := data_on(party, on)) is not None
    ]


def data_on(party: ContractParty, on: dt.date) -> PartyData | None:
    """What a party was called on a day: the last row that began by then, of the same day the last told."""
    begun = [row for row in party.data.all() if row.from_on <= on]
    return max(begun, key=lambda row: (row.from_on, row.pk), default=None)


def dated_parties(scope: Scope, contract: Contract) -> list[Party]:
    """All contractors there ever were, as the terms look at them; a name is the party's key."""
    return [_dated(party) for party in _parties(scope, contract)]


def liable_for(scope: Scope, contract: Contract, incurred_on: dt.date) -> list[ContractParty]:
    """Who answers for a debt of a day, each for all of it; also who has left since (Art. 33-1).

    A successor by merger or split stands in for who it followed, for older debts too (R076).
    """
    return liable_on(scope, contract, {incurred_on})[incurred_on]


def liable_on(scope: Scope, contract: Contract, days: Iterable[dt.date]) -> dict[dt.date, list[ContractParty]]:
    """As ``liable_for``, for debts of many days."""
    present, transfers, terms = _parties(scope, contract), transfers_of(scope, contract), terms_of(contract)
    dated = [_dated(party) for party in present]
    found = {}
    for day in days:
        liable = set(liable_parties(dated, day, terms=terms).value)
        for transfer in transfers:
            if str(transfer.leaving_id) in liable:
                liable.add(str(transfer.joining_id))
        found[day] = [party for party in present if str(party.pk) in liable]
    return found


def history_of_party(scope: Scope, party: ContractParty) -> list[PartyData]:
    """What a party was called, by when it began."""
    return list(scope.admit(PartyData.objects.filter(party=party)).order_by("from_on", "id"))


def transfers_of(scope: Scope, contract: Contract) -> list[Transfer]:
    return list(scope.admit(Transfer.objects.filter(contract=contract)).order_by("effective_on", "id"))


def transfer_by_number(scope: Scope, number: str) -> Transfer | None:
    return scope.admit(Transfer.objects.select_related("contract").filter(number=number)).first()


def transfers_to_apply(scope: Scope, on: dt.date) -> list[Transfer]:
    """Transfers whose day has come and that have not been applied."""
    rows = Transfer.objects.filter(effective_on__lte=on, applied_at=None).select_related("contract")
    return list(scope.admit(rows).order_by("effective_on", "id"))


def filings_awaited(scope: Scope) -> list[Transfer]:
    """Successions whose filing has not come, by the day it is due (Art. 16-2)."""
    rows = Transfer.objects.filter(filing_due_on__isnull=False, filed_on=None).select_related("contract")
    return list(scope.admit(rows).order_by("filing_due_on", "id")[:OPEN_TASKS_MAX])


def open_follow_ups(scope: Scope, contract: Contract | None = None) -> list[FollowUp]:
    """What changes of party left to be done, oldest first."""
    asked = Q(done_at=None) if contract is None else Q(done_at=None, contract=contract)
    rows = FollowUp.objects.filter(asked).select_related("contract")
    return list(scope.admit(rows).order_by("made_at", "id")[:OPEN_TASKS_MAX])


def carrier_assignments_of(scope: Scope, contract: Contract) -> list[CarrierAssignment]:
    return list(scope.admit(CarrierAssignment.objects.filter(contract=contract)).order_by("id"))


def _parties(scope: Scope, contract: Contract) -> list[ContractParty]:
    rows = ContractParty.objects.filter(contract=contract).select_related("leaving", "organisation")
    return list(scope.admit(rows).prefetch_related("data").order_by("id"))


def _dated(party: ContractParty) -> Party:
    return Party(str(party.pk), party.since_on, _until(party))


def _until(party: ContractParty) -> dt.date | None:
    leaving = getattr(party, "leaving", None)
    return leaving.until_on if leaving else None


def _is_party_on(party: ContractParty, on: dt.date) -> bool:
    until = _until(party)
    return party.since_on <= on and (until is None or on <= until)


def _representative_on(scope: Scope, contract: Contract, on: dt.date) -> int | None:
    rows = scope.admit(Representative.objects.filter(contract=contract, from_on__lte=on))
    last = rows.order_by("from_on", "id").last()
    return last.party_id if last else None
