"""Erasing what this app and those below hold: contacts, parties, measures' words, letters, calls, accounts.

Rows that may go are deleted; rows that history stands on are emptied of whom they speak of, which no key brings
back. The database lets that through only because the erasure is on record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db.models import Q

from sekisho.apps.accounts.actions.erasing import erase_organisation, erase_people
from sekisho.apps.accounts.models import Organisation
from sekisho.apps.audit.actions import erase_words
from sekisho.apps.documents.kinds import KIND_WORDS, DocumentKind
from sekisho.apps.documents.queries import kept_until
from sekisho.apps.notices.actions import erase_letters
from sekisho.apps.notices.models import Channel
from sekisho.apps.scope import system_scope
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words

from ...models import (
    DECIDED,
    Application,
    ApplicationStep,
    CarrierAssignment,
    Contract,
    ContractParty,
    Erasure,
    ErasureCategory,
    FollowUp,
    Measure,
    MeasureStep,
    PartyChange,
    PartyData,
    Transfer,
)
from .applications import erase_words_of
from .reporting import Done, Keeping

_OTHER_CONTRACT = Words(
    "同じ契約者に、消去期限の到来していない別の契約があります。",
    "The same contractor has another contract whose day has not come.",
)
_ACCOUNTS = Words("ポータルのアカウント", "portal accounts")
_NAME = Words("契約者の名称", "the contractor's name")
_DOCUMENTS = Words("文書({0})", "documents: {0}")
_BY_LAW = Words("帳簿書類の保存義務(税法・会社法)", "books and papers that tax and company law want kept")


def erase_own(contract: Contract, category: ErasureCategory, due_on: dt.date) -> Done:
    """Erase one category of a contract's data in this app and below; ``due_on``: the day from which it was due."""
    done = _ERASERS[category](contract)
    if category is ErasureCategory.PARTY:
        _add(done.counts, erase_words_of(_applications(contract), due_on))
    return done


def _accounts(contract: Contract) -> Done:
    counts: dict[str, int] = {}
    kept = []
    for organisation in organisations_of(contract):
        if has_other(organisation, contract, ErasureCategory.PORTAL_ACCOUNT):
            kept.append(Keeping(_ACCOUNTS, None, _OTHER_CONTRACT))
        else:
            _add(counts, erase_people(organisation))
    return Done(counts, kept)


def _contacts(contract: Contract) -> Done:
    deleted, _ = contract.contacts.all().delete()
    return Done({"contracts.Contact": deleted})


def _mails(contract: Contract) -> Done:
    return Done(erase_letters(contract.pk, Channel.MAIL))


def _calls(contract: Contract) -> Done:
    return Done(erase_letters(contract.pk, Channel.PHONE))


def _parties(contract: Contract) -> Done:
    of_it = {"contract": contract}
    nothing = {"name": "", "name_en": "", "address": "", "representative": "", "corporate_number": ""}
    counts = {
        "contracts.PartyData": PartyData.objects.filter(**of_it).update(**nothing),
        "contracts.PartyChange": PartyChange.objects.filter(**of_it).update(proof=""),
        "contracts.Transfer": Transfer.objects.filter(**of_it).update(consent_document="", proof=""),
        "contracts.FollowUp": FollowUp.objects.filter(**of_it).update(note=""),
        "contracts.CarrierAssignment": CarrierAssignment.objects.filter(**of_it).update(consent_document=""),
        "contracts.Measure": Measure.objects.filter(**of_it).update(fact="", reason="", urgent_reason="", evidence=""),
        "audit.ActWords": erase_words(contract.pk),
        "contracts.MeasureStep": MeasureStep.objects.filter(**of_it).update(note=""),
    }
    kept = _kept_documents(contract)
    for organisation in organisations_of(contract):
        if has_other(organisation, contract, ErasureCategory.PARTY):
            kept.append(Keeping(_NAME, None, _OTHER_CONTRACT))
        else:
            _add(counts, erase_organisation(organisation))
    return Done(counts, kept)


def _kept_documents(contract: Contract) -> list[Keeping]:
    """Invoices and forms stay as long as the law wants; their own app removes them then, each on its day."""
    latest: dict[str, dt.date] = {}
    for kind, until in kept_until(system_scope("erasure"), contract.pk, tokyo_date(clock.now())):
        latest[kind] = max(until, latest.get(kind, until))
    return [
        Keeping(_DOCUMENTS.with_facts(KIND_WORDS[DocumentKind(kind)]), until, _BY_LAW)
        for kind, until in sorted(latest.items())
    ]


def _applications(contract: Contract) -> list[Application]:
    """The form that the contract was made from, and those that changed it."""
    return list(Application.objects.filter(Q(contract=contract) | Q(pk=contract.application_id)).order_by("pk"))


def organisations_of(contract: Contract) -> list[Organisation]:
    """The contract's organisation and those of all its parties."""
    ids = {contract.contractor_id, *contract.parties.values_list("organisation_id", flat=True)}
    return list(Organisation.objects.filter(pk__in=ids).order_by("pk"))


def has_other(organisation: Organisation, contract: Contract, category: ErasureCategory) -> bool:
    """Whether another contract of the organisation, or an application, still needs what this category erases."""
    erased = Erasure.objects.filter(category=category).values("contract_id")
    others = {
        *Contract.objects.filter(contractor=organisation).exclude(pk__in=erased).values_list("pk", flat=True),
        *ContractParty.objects.filter(organisation=organisation, leaving=None)
        .exclude(contract_id__in=erased)
        .values_list("contract_id", flat=True),
    }
    return bool(others - {contract.pk}) or _is_applying(organisation)


def _is_applying(organisation: Organisation) -> bool:
    """Whether an application of the organisation waits for its decision, or is still being written."""
    decided = ApplicationStep.objects.filter(act__in=DECIDED).values("application_id")
    rows = Application.objects.filter(applicant=organisation, contract=None, erasure=None)
    return rows.exclude(pk__in=decided).exists()


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for model, rows in more.items():
        counts[model] = counts.get(model, 0) + rows


_ERASERS: dict[ErasureCategory, Callable[[Contract], Done]] = {
    ErasureCategory.PORTAL_ACCOUNT: _accounts,
    ErasureCategory.CONTACT: _contacts,
    ErasureCategory.MAIL: _mails,
    ErasureCategory.CALL_RECORD: _calls,
    ErasureCategory.PARTY: _parties,
}
