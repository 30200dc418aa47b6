"""What the carrier already knows of an applicant: contracts of its own, and of those whom it succeeded (Art. 11-2).

The same party is the same organisation, or one with the same corporate number; a merger or a split makes a party the
successor of another; an assignment with consent does not. For those who see all contracts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.scope import Scope
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.moments import tokyo_date
from sekisho.terms.parties import Transfer as TransferKind
from sekisho.terms.words import Words

from ..models import Application, Contract, ContractParty, Measure, MeasureAct, MeasureKind, PartyData, Transfer

WARNED_OF = (MeasureKind.SUSPENSION, MeasureKind.TERMINATION)
SUCCESSION = [TransferKind.MERGER.value, TransferKind.COMPANY_SPLIT.value]


class ApplicantWarning(NamedTuple):
    """Something that a person has to weigh, never a refusal by itself. ``ground``: the one of Art. 11-2 it is about."""

    ground: str
    contract_id: int
    contract: str
    on: dt.date
    words: Words

    @property
    def article(self) -> str:
        return GROUNDS[Catalogue.REFUSAL][self.ground].article


def same_party(organisation: Organisation, corporate_number: str = "") -> set[int]:
    """The keys of the organisation, of those with its corporate number, and of all whom any of them succeeded."""
    found, new = set(), {organisation.pk, *_numbered({corporate_number.strip()})}
    while new:
        found |= new
        new = (_alike(found) | _succeeded(found)) - found
    return found


def contracts_of_party(scope: Scope, organisations: Iterable[int]) -> list[Contract]:
    """Every contract that one of them has, or had a part in."""
    if not scope.sees_all:
        return []
    keys = set(organisations)
    joined = ContractParty.objects.filter(organisation_id__in=keys).values("contract_id")
    return list(Contract.objects.filter(Q(contractor_id__in=keys) | Q(pk__in=joined)).order_by("number"))


def past_of(scope: Scope, organisations: Iterable[int]) -> list[ApplicantWarning]:
    """Suspensions and terminations that were carried out against them, the latest first (R049)."""
    keys = set(organisations)
    contracts = contracts_of_party(scope, keys)
    rows = Measure.objects.filter(contract__in=contracts, kind__in=WARNED_OF, steps__act=MeasureAct.TAKEN)
    measures = rows.select_related("contract").distinct().order_by("-starts_at", "-pk")
    return [_warning(measure) for measure in measures if _concerns(measure, keys)]


def corporate_number_of(application: Application) -> str:
    """As the form states it; "" where it doesn't."""
    contractor = application.form.get("contractor") or {}
    return str(contractor.get("corporate_number", ""))


def _concerns(measure: Measure, keys: set[int]) -> bool:
    """Who had left before, or came in after, is not meant; a contract without a register has its one contractor."""
    parties = list(ContractParty.objects.filter(contract=measure.contract).select_related("leaving"))
    on = tokyo_date(measure.starts_at)
    return not parties or any(party.organisation_id in keys and _was_party(party, on) for party in parties)


def _was_party(party: ContractParty, on: dt.date) -> bool:
    leaving = getattr(party, "leaving", None)
    return party.since_on <= on and (leaving is None or on <= leaving.until_on)


def _warning(measure: Measure) -> ApplicantWarning:
    on, words = tokyo_date(measure.starts_at), _WORDS[MeasureKind(measure.kind)]
    number = measure.contract.number
    return ApplicantWarning("prior_termination", measure.contract_id, number, on, words.with_facts(number, on))


def _alike(keys: set[int]) -> set[int]:
    rows = PartyData.objects.filter(party__organisation_id__in=keys).exclude(corporate_number="")
    return _numbered(set(rows.values_list("corporate_number", flat=True)))


def _numbered(numbers: set[str]) -> set[int]:
    rows = PartyData.objects.filter(corporate_number__in=numbers - {""})
    return set(rows.values_list("party__organisation_id", flat=True))


def _succeeded(keys: set[int]) -> set[int]:
    rows = Transfer.objects.filter(joining__organisation_id__in=keys, kind__in=SUCCESSION)
    return set(rows.values_list("leaving__organisation_id", flat=True))


_WORDS = {
    MeasureKind.SUSPENSION: Words("契約{0}を{1}に提供停止しました。", "Contract {0} was suspended on {1}."),
    MeasureKind.TERMINATION: Words("契約{0}を{1}に解除しました。", "Contract {0} was terminated on {1}."),
}
