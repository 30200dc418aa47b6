"""A letter to a contractor, as mails to the contacts of its contract, one a language. Called by actions only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from sekisho.apps.accounts.queries import people_of
from sekisho.apps.audit.actions import Actor
from sekisho.apps.notices import actions as notices
from sekisho.apps.notices.models import Notice
from sekisho.apps.scope import current
from sekisho.gateways import clock

from .models import Contract
from .queries import contacts_of
from .queries.parties import representative_on

Text = Callable[[str], str]
"""The text in a language, "ja" or "en"."""


def write_to(actor: Actor, contract: Contract, about: str, subject: Text, body: Text) -> list[Notice]:
    """Queue the letter to every contact with a mail address; without any, to the portal people of who represents
    the contractors today.

    ``about`` is "kind:identifier". An empty list says that it has to go on paper.
    """
    sent = []
    for language, addresses in sorted(readers_of(contract).items()):
        notice = notices.add_mail(
            actor,
            contract_id=contract.pk,
            subject_of=about,
            level="",
            addresses=addresses,
            language=language,
            subject=subject(language),
            body=body(language),
        )
        notices.queue_delivery(notice.pk)
        sent.append(notice)
    return sent


def readers_of(contract: Contract) -> dict[str, list[str]]:
    """Language -> addresses."""
    people = [(contact.language, contact.mail) for contact in contacts_of(current(), contract) if contact.mail]
    if not people:
        people = [
            (person.language, person.email)
            for person in people_of(representative_on(contract, clock.now()))
            if person.is_active
        ]
    found: dict[str, list[str]] = defaultdict(list)
    for language, mail in people:
        if mail not in found[language]:
            found[language].append(mail)
    return {language: mails for language, mails in found.items() if mails}
