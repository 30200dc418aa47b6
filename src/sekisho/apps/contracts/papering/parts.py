"""What the papers of contracts have in common: languages, addressees, applicants, and the words of choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.queries import people_of
from sekisho.apps.audit.models import OutboxRow
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.papers.form import Applicant
from sekisho.papers.paper import Language
from sekisho.papers.parties import Addressee
from sekisho.terms.history import History
from sekisho.terms.moments import tokyo, tokyo_date
from sekisho.terms.words import Words

from ..models import Contract
from ..queries import contacts_of
from ..queries.parties import Addressee as PartyAddressee
from ..queries.parties import addressee_on, representative_on
from ..queries.standing import told_of
from .knowing import sender_on

SERVICE = Words("マネージドセキュリティサービス", "Managed security service")
NOTICE_LANGUAGES = (Language.JA, Language.EN)
"""Of notices of rights; the Japanese one first."""

_PERSON = "person:"


def language_of(contract: Contract) -> Language:
    """The first contact's language; without contacts, as ``language_of_organisation``."""
    contacts = contacts_of(current(), contract)
    return (
        Language(contacts[0].language)
        if contacts
        else language_of_organisation(representative_on(contract, clock.now()))
    )


def language_of_organisation(organisation: Organisation) -> Language:
    """The language of its first person who can come in; Japanese where there is none."""
    people = [person for person in people_of(organisation) if person.is_active]
    return Language(people[0].language) if people else Language.JA


def dated(news: OutboxRow) -> dt.date:
    """The Tokyo day of the act."""
    return tokyo_date(news.at)


def clock_time(at: dt.datetime) -> str:
    return f"{tokyo(at):%H:%M}"


def told_by(contract: Contract, news: OutboxRow) -> History:
    """The contract's history as it was known when the act was done: a paper that is made late says the same."""
    return History(tuple(fact for fact in told_of(contract).told if fact.recorded_at <= news.at))


def name_of(contract: Contract, on: dt.date) -> str:
    """The contractor's name, under which its papers are searched."""
    return addressee_on(contract, on).name


def applicant_of(contract: Contract, on: dt.date, news: OutboxRow) -> Applicant:
    """The contractor on its own form, with the person who filled it in, if one of its people did."""
    return _applicant(addressee_on(contract, on), _filled_in_by(news, representative_on(contract, on)))


def applicant_organisation(organisation: Organisation, news: OutboxRow) -> Applicant:
    """As ``applicant_of``, for who has no contract yet."""
    return _applicant(PartyAddressee(organisation.name), _filled_in_by(news, organisation))


def letter_fields(contract: Contract, news: OutboxRow, language: Language, on: dt.date | None = None) -> dict[str, Any]:
    """What every letter of a contract begins with; ``on``: its date, by default the day of the act."""
    day = on or dated(news)
    party = addressee_on(contract, day)
    return {
        "language": language,
        "dated": day,
        "addressee": addressee(party, language),
        "sender": sender_on(day),
        "contract_number": contract.number,
        "service": SERVICE.in_language(language),
    }


def addressee(party: PartyAddressee, language: Language) -> Addressee:
    name = party.name_en if language == Language.EN and party.name_en else party.name
    return Addressee(name=name, address=tuple(party.address.splitlines()))


def written(words: Iterable[Words], language: Language) -> tuple[str, ...]:
    return tuple(each.in_language(language) for each in words)


def _applicant(party: PartyAddressee, person: Person | None) -> Applicant:
    return Applicant(
        name=party.name,
        corporate_number=party.corporate_number,
        address=tuple(party.address.splitlines()),
        representative=party.representative,
        person=person.name if person else "",
        mail=person.email if person else "",
    )


def _filled_in_by(news: OutboxRow, organisation: Organisation) -> Person | None:
    actor = str(news.payload.get("actor", ""))
    if not actor.startswith(_PERSON):
        return None
    return Person.objects.filter(pk=int(actor.removeprefix(_PERSON)), organisation=organisation).first()
