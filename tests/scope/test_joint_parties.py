"""Joint contractors see their contract from their first day to their last, and nobody else ever does."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from sekisho.apps.accounts.actions import add_organisation, add_person
from sekisho.apps.accounts.models import OrganisationKind, Person, Role
from sekisho.apps.contracts.actions import parties
from sekisho.apps.contracts.actions.accounts import cut_accounts
from sekisho.apps.contracts.actions.parties import PartyFacts
from sekisho.apps.contracts.models import Contract, ContractParty
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.contracts.queries.accounts import account_room
from sekisho.apps.scope import entered
from sekisho.gateways.clock import StandingClock

from ..apps.world import NOW, PASSWORD, TESTER, World

TODAY, DAY = dt.date(2026, 5, 4), dt.timedelta(days=1)
LAST_SECOND = dt.datetime(2026, 5, 4, 14, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Tokyo
CONTRACTS = 10_000
QUICK_SECONDS = 0.25
"""Far more than the query takes and far less than a walk over all contracts, on a machine that is busy."""

MANY_CONTRACTS = """
    WITH line AS (
        INSERT INTO contracts_line (identifier, kind, active, holder_id)
        SELECT 'MANY-' || n, 'ip_network_service', true, %(whose)s FROM generate_series(1, %(count)s) n RETURNING id
    ), contract AS (
        INSERT INTO contracts_contract (number, contractor_id, line_id, line_from_at, accepted_at, terms_version,
            price_list)
        SELECT 'SKM' || id, %(whose)s, id, %(at)s, %(at)s, 'V6', '2016-10' FROM line RETURNING id
    )
    INSERT INTO contracts_contractparty (contract_id, organisation_id, since_on, told_at)
    SELECT id, %(whose)s, '2026-04-01', %(at)s FROM contract
"""


@pytest.fixture
def colleague(seeing_all: World) -> Person:
    """Somebody of an organisation that has no contract yet."""
    organisation = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉商事")
    return add_person(
        TESTER,
        organisation=organisation,
        role=Role.CONTRACTOR_ADMIN,
        email="admin@wakaba.example",
        name="若葉 進",
        password=PASSWORD,
    )


def join(world: World, person: Person, since_on: dt.date = TODAY) -> ContractParty:
    facts = PartyFacts(person.organisation.name)
    return parties.enter_party(
        TESTER, contract=world.contract, organisation=person.organisation, facts=facts, since_on=since_on
    )


def seen_by(person: Person) -> set[int]:
    """What the database itself shows to this person, with no filter of ours."""
    with entered(scope_of(person)):
        return set(Contract.objects.values_list("pk", flat=True))


def page_of(person: Person, contract: Contract) -> int:
    client = Client()
    client.force_login(person)
    return client.get(reverse("portal:contract", kwargs={"contract_number": contract.number})).status_code


@pytest.mark.article("9-1")
def test_a_joint_contractor_sees_its_contract_from_its_first_day_and_no_other(
    seeing_all: World, colleague: Person, hand: StandingClock
) -> None:
    assert (seen_by(colleague), page_of(colleague, seeing_all.contract)) == (set(), 404)
    join(seeing_all, colleague, TODAY + DAY)
    hand.move_to(LAST_SECOND)
    assert seen_by(colleague) == set()
    hand.move_to(LAST_SECOND + dt.timedelta(seconds=1))
    assert seen_by(colleague) == seen_by(seeing_all.owner) == {seeing_all.contract.pk}
    assert page_of(colleague, seeing_all.contract) == 200
    assert page_of(colleague, seeing_all.other_contract) == 404


@pytest.mark.article("9-1")
def test_who_has_left_sees_nothing_after_its_last_day(
    seeing_all: World, colleague: Person, hand: StandingClock
) -> None:
    parties.leave_party(TESTER, party=join(seeing_all, colleague), until_on=TODAY)
    hand.move_to(LAST_SECOND)
    assert page_of(colleague, seeing_all.contract) == 200
    hand.move_to(LAST_SECOND + dt.timedelta(seconds=1))
    assert (seen_by(colleague), page_of(colleague, seeing_all.contract)) == (set(), 404)
    assert page_of(seeing_all.owner, seeing_all.contract) == 200


@pytest.mark.article("6-1(1)", "9-1")
def test_a_joint_contractors_people_keep_their_accounts(seeing_all: World, colleague: Person) -> None:
    join(seeing_all, colleague)
    assert cut_accounts() == 0
    room = account_room(scope_of(colleague), colleague.organisation)
    assert room == account_room(scope_of(seeing_all.owner), seeing_all.owner.organisation)
    assert (room.used, room.given > 0) == (1, True)


@pytest.mark.article("15-1")
def test_an_assignment_passes_the_sight_on_with_the_contract(seeing_all: World, colleague: Person) -> None:
    parties.assign(
        seeing_all.carrier,
        party=seeing_all.contract.parties.get(),
        to=colleague.organisation,
        facts=PartyFacts("株式会社若葉商事"),
        effective_on=TODAY,
        consent_document="承諾書",
    )
    assert (seen_by(seeing_all.owner), seen_by(colleague)) == (set(), {seeing_all.contract.pk})


@pytest.mark.article("9-1")
def test_a_representative_that_left_is_no_party_though_the_contract_was_made_with_it(
    seeing_all: World, colleague: Person, hand: StandingClock
) -> None:
    first, second = seeing_all.contract.parties.get(), join(seeing_all, colleague)
    parties.choose_representative(TESTER, party=second, from_on=TODAY)
    parties.leave_party(TESTER, party=first, until_on=TODAY)
    hand.move_to(NOW + DAY)
    assert (seen_by(seeing_all.owner), seen_by(colleague)) == (set(), {seeing_all.contract.pk})


def test_of_ten_thousand_contracts_a_person_finds_its_own_at_once(seeing_all: World) -> None:
    with connection.cursor() as cursor:
        whose = {"whose": seeing_all.stranger.organisation_id, "count": CONTRACTS, "at": NOW}
        cursor.execute(MANY_CONTRACTS, whose)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    begun = time.perf_counter()
    own = scope_of(seeing_all.owner)
    took_seconds = time.perf_counter() - begun

    assert own.contract_ids == {seeing_all.contract.pk}
    assert took_seconds < QUICK_SECONDS
    assert len(scope_of(seeing_all.stranger).contract_ids) == CONTRACTS + 2
