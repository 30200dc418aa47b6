"""A contractor's portal accounts: as many as its contracts give (Art. 6-1(1), 6-1(2)).

The carrier's and the partner's people are invited here too; for them there is no limit. The rules are
``terms.portal_accounts``; ``cut_accounts`` keeps them when nobody has chosen who stays.
"""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Invitation, Language, Organisation, OrganisationKind, Person, Role
from sekisho.apps.accounts.queries import organisations, people_in_order
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.refusals import refuse
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date
from sekisho.terms.portal_accounts import accounts_kept, new_account_check, who_goes
from sekisho.terms.values import Refusal

from ..queries.accounts import bound_of

CARETAKER = SystemActor("accounts")


@transaction.atomic
def invite_person(
    actor: Person, *, organisation: Organisation, role: Role, email: str, name: str, language: str = Language.JA
) -> Invitation:
    """One more person, by a link in a mail. Refused with the terms' words where the contracts give no more accounts."""
    accounts.require_over(actor, organisation)
    _check_room(organisation)
    return accounts.invite(actor, organisation=organisation, role=role, email=email, name=name, language=language)


@transaction.atomic
def reactivate_person(actor: Person, *, person: Person) -> Person:
    """Somebody whose account was closed may come in again, where there is room."""
    accounts.require_over(actor, person.organisation)
    if not person.is_active:
        _check_room(person.organisation)
    return accounts.reactivate(actor, person=person)


def cut_accounts() -> int:
    """Close the accounts for which there is no room any more, in every contractor; how many. Needs all contracts."""
    return sum(_cut(organisation) for organisation in organisations(OrganisationKind.CONTRACTOR))


@transaction.atomic
def _cut(organisation: Organisation) -> int:
    _take_turn(organisation)
    stays = accounts_kept(bound_of(current(), organisation), tokyo_date(clock.now()))
    going = who_goes(people_in_order(organisation), stays)
    for person in going:
        accounts.close_account(CARETAKER, person=person, reason="no_room" if stays else "retention_over")
    return len(going)


def _check_room(organisation: Organisation) -> None:
    """Two invitations at once don't both take the last place."""
    if organisation.kind != OrganisationKind.CONTRACTOR:
        return
    _take_turn(organisation)
    used = len(people_in_order(organisation))
    answer = new_account_check(bound_of(current(), organisation), used, clock.now())
    if isinstance(answer, Refusal):
        refuse(answer)


def _take_turn(organisation: Organisation) -> None:
    take_turn("portal accounts", organisation.pk)
