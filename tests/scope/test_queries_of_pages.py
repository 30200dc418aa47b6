"""No page of the doors asks the database once for every row that it shows, and none asks it more often than said here.

Every address that can be looked at is opened twice by everybody who may: with a few rows of everything, and with many.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sekisho.apps.accounts.actions import add_organisation, add_person
from sekisho.apps.accounts.models import OrganisationKind, Person, Role
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.contracts.models import Contract
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.models import DocumentKind
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import EventGroup, Level
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at
from sekisho.terms.moments import tokyo_date

from ..apps.billing import contracts as life
from ..apps.billing.debtors import received
from ..apps.contracts.forms_of_tests import submitted
from ..apps.world import EVERYTHING, PASSWORD, TESTER, World, finding
from .test_every_url import ALL, client_of, path_of, things  # noqa: F401 - a fixture

ROWS = 12
"""So many more of everything: where a page asks once a row, that shows."""
MORE_QUERIES_MAX = 3
"""What a list may ask for that has something in it and nothing before: whose its rows are, what hangs on them."""
QUERIES_MAX = 64
"""The desk's page of a contract, which shows all there is about one, with all of its money."""

Opened = dict[tuple[str, str], int]


def opened(people: dict[str, Client], of_one: dict[str, object]) -> Opened:
    """Queries of each page that opens, by who opens it and its address's name."""
    return {
        (who, address.name): asked
        for who, client in people.items()
        for address in ALL
        if (asked := _queries(client, path_of(address, of_one))) is not None
    }


def _queries(client: Client, path: str) -> int | None:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    return len(asked) if answer.status_code == 200 else None


def multiply(world: World, contract: Contract) -> None:
    """More of everything that the pages list: under the contract, beside it, and of its contractor."""
    of_many = [*_more_contracts(contract), contract]
    for turn in range(ROWS):
        record_findings([finding(contract.number, 100 + turn, rule_id=f"many-{turn}", device="UTM100001")])
        received(1_000 + turn, tokyo_date(clock.now()))
        _person(contract, turn)
        _paper(contract, turn)
        submitted(contract.contractor, f"LINE-Q{turn}")
        add_device(TESTER, contract=of_many[turn % len(of_many)], model="m", serial=f"many-{turn}")
    _determine(world)
    first = tokyo_date(clock.now()).replace(day=1)
    for turn in range(2, 5):
        run_month(TESTER, (first - dt.timedelta(days=28 * turn)).replace(day=1))


def _more_contracts(contract: Contract) -> Iterator[Contract]:
    started = tokyo_date(clock.now()).replace(day=1) - dt.timedelta(days=200)
    life.publish("2025-many")
    for _turn in range(ROWS):
        yield life.contract(contract.contractor, started, started, price_list="2025-many")
    for turn in range(ROWS):
        name = f"株式会社{turn}号"
        other = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name=name)
        yield life.contract(other, started, started, price_list="2025-many")


def _person(contract: Contract, turn: int) -> Person:
    told = {"organisation": contract.contractor, "role": Role.CONTRACTOR_MEMBER, "language": "ja"}
    return add_person(TESTER, **told, email=f"many{turn}@shiranami.example", name=f"白波 {turn}", password=PASSWORD)


def _paper(contract: Contract, turn: int) -> None:
    told = {"kind": DocumentKind.PROOF, "language": "ja", "dated": tokyo_date(clock.now()), "counterparty": "白波"}
    keep(TESTER, number=f"P-{turn}", contract_id=contract.pk, content=b"%PDF-1.7", **told)


def _determine(world: World) -> None:
    """Incidents with calls, mails, proposals; of some the clock has run out."""
    for place, group in enumerate(EventGroup.objects.filter(rule_id__startswith="many-").order_by("pk")[: ROWS // 2]):
        level = (Level.HIGH, Level.MEDIUM)[place % 2]
        incident = actions.determine_level(world.analyst, group=group, level=level).incident
        for draft in actions.drafts_for(incident)[:1]:
            actions.propose_countermeasure(world.analyst, incident=incident, draft=draft)
        if place % 3 == 0:
            with standing_at(incident.clocks.get().due_at + dt.timedelta(seconds=1)):
                judge(incident)


def test_pages_ask_as_often_for_many_rows_as_for_a_few(seeing_all: World, things: dict[str, object]) -> None:  # noqa: F811
    people = {
        "contractor": client_of(seeing_all.stranger),
        "partner": client_of(seeing_all.analyst),
        "desk": client_of(seeing_all.carrier),
    }
    few = opened(people, things)
    multiply(seeing_all, seeing_all.other_contract)
    many = opened(people, things)
    assert len(queries.triage_queue(EVERYTHING)) > ROWS // 2

    assert set(many) == set(few)
    assert {who for who, _name in many} == set(people)
    assert len(many) > 50
    assert {page: (few[page], asked) for page, asked in many.items() if asked > few[page] + MORE_QUERIES_MAX} == {}
    assert {page: asked for page, asked in many.items() if asked > QUERIES_MAX} == {}
