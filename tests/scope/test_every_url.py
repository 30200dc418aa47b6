"""Every address of the platform, found by itself, asked for by everybody who has no business there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sekisho.apps.accounts.actions import set_totp
from sekisho.apps.accounts.actions.tokens import issue_token
from sekisho.apps.accounts.models import ApiToken, Person, Role, TokenScope
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.billing.models import Invoice
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.forms import ApplicationForm
from sekisho.apps.contracts.models import Application, Contract
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.models import DocumentKind
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Level
from sekisho.apps.notices.queries import notices_about
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at
from sekisho.terms.moments import tokyo_date

from ..apps.billing.contracts import issuer
from ..apps.world import EVERYTHING, TESTER, World, finding, take_operations_away

OPEN_TO_ALL = (
    "account_", "mfa_", "health", "set_language", "error",
    "api:enrol", "api:openapi", "api:reference", "api:no_such_address",
)  # fmt: skip
"""Addresses that belong to no contract: logging in and its second factor, health, language, enrolment by code, and
what the API says about itself."""
FOR_TOKENS = ("api:v1.",)
"""Addresses that know no log-in, only tokens: test_every_api_call asks all of them."""
OF_NO_CONTRACT = ("console:terms",)
"""Addresses inside the console that hold nothing of any contract: the terms. Contractors still find nothing there."""


@dataclass(frozen=True)
class Address:
    name: str
    parameters: tuple[str, ...]


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[Address]:
    resolver = resolver or get_resolver()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inner)
        elif isinstance(pattern, URLPattern) and not f"{namespace}{pattern.name}".startswith(OPEN_TO_ALL + FOR_TOKENS):
            yield Address(f"{namespace}{pattern.name}", tuple(pattern.pattern.converters))


ALL = list(addresses())
OF_ONE_THING = [address for address in ALL if address.parameters and not address.name.startswith(OF_NO_CONTRACT)]


@pytest.fixture
def things(seeing_all: World) -> dict[str, object]:
    """One of everything under the other contract, by the names of the addresses' parameters."""
    record_findings([finding("SK100002"), finding("SK100002", record=1, rule_id="open")])
    add_device(TESTER, contract=seeing_all.other_contract, model="m", serial="s-2")
    rest, group = sorted(queries.triage_queue(EVERYTHING), key=lambda g: g.rule_id, reverse=True)
    incident = actions.determine_level(seeing_all.analyst, group=group, level=Level.HIGH).incident
    draft = actions.drafts_for(incident)[0]
    proposal = actions.propose_countermeasure(seeing_all.analyst, incident=incident, draft=draft)
    with standing_at(incident.clocks.get().due_at + dt.timedelta(seconds=1)):
        judge(incident)
    invoice = _invoice_of(seeing_all.other_contract)
    paper = keep(
        TESTER, kind=DocumentKind.INVOICE, number=invoice.number, contract_id=invoice.contract_id, language="ja",
        dated=invoice.invoiced_on, counterparty="有限会社白波水産", content=b"%PDF-1.7",
    )  # fmt: skip
    return {
        "invoice_number": invoice.number,
        "position": paper.position,
        "breach_id": queries.breaches_of(EVERYTHING)[0].pk,
        "person_id": seeing_all.stranger.pk,
        "number": incident.number,
        "group_id": rest.pk,
        "proposal_id": proposal.pk,
        "contract_number": seeing_all.other_contract.number,
        "application_number": _draft_of(seeing_all.other_contract).number,
        "device_id": "UTM100001",
        "revision_number": 1,
        "rollout_id": 1,
        "alarm_id": 1,
        "notice_id": notices_about(EVERYTHING, queries.subject_of(incident))[0].pk,
        "name": "minimum_term",
        # The carrier's money: the partner and contractors find none of these pages, whatever they ask for.
        "month": f"{invoice.month:%Y-%m}",
        "receipt_number": "RC100001",
        "line_id": 1,
        "allocation_id": 1,
        "letter_number": "DN100001",
        "version": "2016-10",
        # The desk's own: whoever is not of the carrier finds none of these.
        "act": "cancel",
        "case_number": "EC100001",
        "dispute_number": "DP100001",
        "goodwill_id": 1,
        "measure_number": "MS100001",
        "organisation_id": seeing_all.stranger.organisation_id,
        "screening_id": 1,
        "secret_number": "CI100001",
        "task_id": 1,
        "year_number": 2026,
        "quote_number": "Q100001",
        "line_key": seeing_all.other_contract.line_id,
        "step": "take",
        "public_id": _token_of(seeing_all).public_id,
        "proposal_number": "DP100001",
        "work": "WK100001",
        "work_id": 1,
    }


def _token_of(world: World) -> ApiToken:
    """A machine's token of the other organisation."""
    token, _text = issue_token(
        world.stranger,
        organisation=world.stranger.organisation,
        role=Role.CONTRACTOR_MEMBER,
        name="連携",
        scopes=[TokenScope.CONTRACTS_READ],
        days=1,
    )
    return token


def _draft_of(contract: Contract) -> Application:
    """A form that its contractor has not sent yet."""
    return contracts.draft_application(
        TESTER, applicant=contract.contractor, line=contract.line, form=ApplicationForm(), office="portal"
    )


def _invoice_of(contract: Contract) -> Invoice:
    """Last month's, made by the run that bills everybody."""
    issuer()
    run_month(TESTER, tokyo_date(clock.now()).replace(day=1) - dt.timedelta(days=1))
    return Invoice.objects.filter(contract=contract).get()


def path_of(address: Address, things: dict[str, object]) -> str:
    unknown = set(address.parameters) - set(things)
    assert not unknown, f"{address.name}: this test needs to know a foreign {unknown}"
    return reverse(address.name, kwargs={name: things[name] for name in address.parameters})


def client_of(person: Person) -> Client:
    if person.role.partition("_")[0] != "contractor":
        set_totp(TESTER, person=person, secret=generate_totp_secret())
    client = Client()
    client.force_login(person)
    return client


def test_there_are_addresses_to_try() -> None:
    assert len(ALL) > 10
    assert len(OF_ONE_THING) > 5


@pytest.mark.parametrize("address", ALL, ids=lambda a: a.name)
def test_who_is_not_logged_in_is_sent_to_the_log_in(things: dict[str, object], address: Address) -> None:
    path = path_of(address, things)
    answers = [Client().get(path), Client().post(path)]

    assert all(answer.status_code in (302, 405) for answer in answers), [a.status_code for a in answers]
    assert all(answer.url.startswith(reverse("account_login")) for answer in answers if answer.status_code == 302)
    assert any(answer.status_code == 302 for answer in answers)


@pytest.mark.parametrize("address", OF_ONE_THING, ids=lambda a: a.name)
@pytest.mark.parametrize("who", ["another contractor", "the partner without operations"])
def test_what_is_not_yours_does_not_exist(
    things: dict[str, object], seeing_all: World, address: Address, who: str
) -> None:
    take_operations_away(seeing_all.other_contract)
    client = client_of(seeing_all.owner if who == "another contractor" else seeing_all.analyst)
    path = path_of(address, things)
    statuses = {client.get(path).status_code, client.post(path).status_code}

    assert statuses <= {404, 405}
    assert 404 in statuses


@pytest.mark.parametrize("address", [a for a in ALL if a.name.startswith("console:")], ids=lambda a: a.name)
def test_the_console_does_not_exist_for_contractors_even_for_their_own_things(
    things: dict[str, object], seeing_all: World, address: Address
) -> None:
    client = client_of(seeing_all.stranger)
    path = path_of(address, things)
    assert {client.get(path).status_code, client.post(path).status_code} <= {404, 405}


@pytest.mark.parametrize("address", [a for a in ALL if not a.parameters], ids=lambda a: a.name)
@pytest.mark.parametrize("who", ["another contractor", "the partner without operations"])
def test_no_list_names_what_is_not_yours(
    things: dict[str, object], seeing_all: World, address: Address, who: str
) -> None:
    take_operations_away(seeing_all.other_contract)
    person = seeing_all.owner if who == "another contractor" else seeing_all.analyst
    answer = client_of(person).get(reverse(address.name), follow=True)
    shown = answer.content.decode()

    assert answer.status_code in (200, 404, 405)
    for theirs in (things["number"], "SK100002", "SK100003", seeing_all.stranger.organisation.name):
        assert str(theirs) not in shown


def test_the_same_addresses_work_for_those_whose_they_are(things: dict[str, object], seeing_all: World) -> None:
    portal = reverse("portal:incident", kwargs={"number": things["number"]})
    console = reverse("console:incident", kwargs={"number": things["number"]})
    assert client_of(seeing_all.stranger).get(portal).status_code == 200
    assert client_of(seeing_all.analyst).get(console).status_code == 200
    assert client_of(seeing_all.carrier).get(console).status_code == 200


def test_no_page_promises_monitoring_to_a_contract_without_operations(seeing_all: World) -> None:
    promise = "Your line is watched around the clock"
    assert promise in client_of(seeing_all.stranger).get(reverse("portal:incidents")).content.decode()

    take_operations_away(seeing_all.other_contract)
    page = client_of(seeing_all.stranger).get(reverse("portal:incidents")).content.decode()
    assert promise not in page
    assert "around the clock, talk to our desk" in page
    assert "24 hours a day" not in page
