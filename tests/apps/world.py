"""A small world to test in: a carrier, a partner, two contractors with contracts, and findings about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person, Role
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts.forms import Contractor
from sekisho.apps.contracts.models import Contact, Contract
from sekisho.apps.contracts.queries import told_of
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.tariff import actions as tariff
from sekisho.apps.tariff.models import PriceList
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.ocsf.finding import DetectionFinding
from sekisho.terms.history import FactKind
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

TESTER = SystemActor("tester")
EVERYTHING = system_scope("tests")
NOW = dt.datetime(2026, 5, 4, 2, 13, 20, 123456, dt.UTC)
CALLED = Contractor(
    name="株式会社青葉製作所",
    name_en="Aoba Works",
    address="福岡県福岡市1-1",
    representative="青葉 太郎",
    corporate_number="7000012050002",  # a real corporate number: the tax agency's own
)
"""What the first contractor's form says of it."""
PASSWORD = "correct horse battery"


@dataclass
class World:
    carrier: Person
    analyst: Person
    owner: Person
    stranger: Person
    contract: Contract
    other_contract: Contract
    entry_contract: Contract


def build_world() -> World:
    """Four people; ``owner`` has a contract with operations, ``stranger`` has one with and one without."""
    carrier = _organisation(OrganisationKind.CARRIER, "九重通信株式会社")
    partner = _organisation(OrganisationKind.PARTNER, "合同会社みはり")
    first = _organisation(OrganisationKind.CONTRACTOR, "株式会社青葉製作所")
    second = _organisation(OrganisationKind.CONTRACTOR, "有限会社白波水産")
    with entered(EVERYTHING):
        publish_prices()
        contract = _contract(first, "LINE-1", Plan.BASIC, AccessItem.BEST_EFFORT_1G, operations=True, called=CALLED)
        other = _contract(second, "LINE-2", Plan.PREMIUM, AccessItem.CUSTOM, operations=True)
        entry = _contract(second, "LINE-3", Plan.ENTRY, AccessItem.BEST_EFFORT_100M, operations=False)
    return World(
        carrier=_person(carrier, Role.CARRIER_DESK, "desk@carrier.example"),
        analyst=_person(partner, Role.PARTNER_ANALYST, "analyst@partner.example"),
        owner=_person(first, Role.CONTRACTOR_ADMIN, "admin@aoba.example"),
        stranger=_person(second, Role.CONTRACTOR_ADMIN, "admin@shiranami.example", language="en"),
        contract=contract,
        other_contract=other,
        entry_contract=entry,
    )


def publish_prices() -> PriceList:
    """A list that is as old as the terms."""
    drafted = tariff.draft_price_list(
        TESTER, version="2016-10", valid_from=dt.date(2016, 10, 3), items=STARTING_PRICES_YEN
    )
    return tariff.publish_price_list(TESTER, price_list=drafted)


def premium_quote(customer: str) -> str:
    """The number of a quote for the premium plan."""
    lines = {"monthly.plan.premium": 120_000, "monthly.access.custom": 80_000}
    made = tariff.issue_quote(
        TESTER,
        customer=customer,
        price_list=PriceList.objects.get(version="2016-10"),
        lines=lines,
        valid_until=dt.date(2030, 3, 31),
    )
    return made.number


def take_operations_away(contract: Contract) -> None:
    """The contract never had security operations."""
    with entered(EVERYTHING):
        for fact in told_of(contract).of_kind(FactKind.OPERATIONS):
            contracts.void_fact(TESTER, contract, fact)


def finding(contract: str = "SK100001", record: int = 0, **changes: object) -> DetectionFinding:
    """An exploit that came in and was only detected, unless ``changes`` say otherwise."""
    fields = {
        "contract": contract,
        "device": "UTM100001",
        "batch": "UTM100001/eve/1:0",
        "record": record,
        "time": NOW - dt.timedelta(seconds=30),
        "received_at": NOW - dt.timedelta(seconds=28),
        "rule_source": "device",
        "rule_id": "2019401",
        "rule_title": "ET WEB_SERVER Possible exploit attempt",
        "rule_family": "Web Application Attack",
        "level": "high",
        "tactic": "initial-access",
        "technique": "T1190",
        "outcome": "detected",
        "direction": "inbound",
        "internal": "192.168.10.20",
        "external": "203.0.113.66",
        "src_ip": "203.0.113.66",
        "src_port": 40000 + record % 20000,
        "dst_ip": "192.168.10.20",
        "dst_port": 80,
        "protocol": "tcp",
        "summary": "GET /cgi-bin/status",
        "evidence": '{"event_type":"alert"}',
        **changes,
    }
    return DetectionFinding(**fields)


def _organisation(kind: OrganisationKind, name: str) -> Organisation:
    return accounts.add_organisation(TESTER, kind=kind, name=name)


def _person(organisation: Organisation, role: Role, email: str, language: str = "ja") -> Person:
    return accounts.add_person(
        TESTER,
        organisation=organisation,
        role=role,
        email=email,
        name=f"{organisation.name} 担当",
        password=PASSWORD,
        language=language,
    )


def _contract(
    contractor: Organisation,
    line: str,
    plan: Plan,
    access_item: AccessItem,
    *,
    operations: bool,
    called: Contractor | None = None,
) -> Contract:
    return contracts.add_contract(
        TESTER,
        contractor=contractor,
        line=line,
        plan=plan,
        functions={SecurityFunction.IDS_IPS, SecurityFunction.FIREWALL},
        access_item=access_item,
        operations=operations,
        started_on=dt.date(2026, 4, 1),
        contacts=_contacts(line),
        quote=premium_quote(contractor.name) if plan is Plan.PREMIUM else "",
        called=called,
    )


def _contacts(line: str) -> list[Contact]:
    confirmed = dt.date(2026, 4, 1)
    return [
        Contact(name="田中", phone="+81-92-000-0001", mail=f"first@{line.lower()}.example", confirmed_on=confirmed),
        Contact(
            name="Smith",
            phone="+81-92-000-0002",
            mail=f"second@{line.lower()}.example",
            language="en",
            confirmed_on=confirmed,
        ),
    ]
