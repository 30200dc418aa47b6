"""What the pages stand on: 10,000 contracts with histories, months of invoices, devices, a queue and incidents.

Rows of which there are thousands are written in bulk with the same columns and constraints as the acts write; bills
come from the monthly run itself, and what happens in the queue from the actions.
"""

from __future__ import annotations

import datetime as dt
import random

from bench.billing import _life as told_life
from tests.apps.billing import contracts as life
from tests.apps.billing.debtors import received
from tests.apps.contracts.forms_of_tests import submitted
from tests.apps.world import EVERYTHING, TESTER, finding

from sekisho.apps.accounts.actions import add_organisation, add_person, set_totp
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person, Role
from sekisho.apps.billing import bulk
from sekisho.apps.billing.actions.runs import run_month
from sekisho.apps.contracts.models import Contact, Contract, ContractFact, Line
from sekisho.apps.contracts.queries import contacts_of
from sekisho.apps.fleet.models import SecurityDevice
from sekisho.apps.incidents import actions
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import EventGroup, Level, SecurityIncident
from sekisho.apps.incidents.queries import subject_of
from sekisho.apps.notices.actions import deliver
from sekisho.apps.notices.models import CallResult, Channel, Notice
from sekisho.apps.scope import entered
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at
from sekisho.gateways.mail import MemoryMail
from sekisho.terms.applications import LineKind
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.periods import month_after

START = dt.date(2025, 4, 1)
CONTRACTS_A_CONTRACTOR = 2
ROWS_A_STATEMENT = 20_000
PORTAL_PEOPLE, CONSOLE_PEOPLE = 150, 50
QUEUE_GROUPS, INCIDENTS, CLOCKS_RUNNING = 600, 240, 12
APPLICATIONS, RECEIPTS = 60, 60
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105


def build(contracts: int, months: int, seed: int) -> None:
    """Everything but the sessions."""
    chosen = random.Random(seed)
    with standing_at(at_start_of(START)), entered(EVERYTHING):
        life.publish()
        life.issuer()
        contractors = _contractors(contracts // CONTRACTS_A_CONTRACTOR)
        keys = _contracts(contractors, contracts, chosen)
        _people(contractors[:PORTAL_PEOPLE])
    with entered(EVERYTHING):
        _devices(keys, chosen)
        _incidents(chosen)
        _applications(contractors[-APPLICATIONS:])
    for turn in range(months):
        month = dt.date(*month_after(START, turn), 1)
        with standing_at(at_start_of(dt.date(*month_after(month, 1), 1)) + dt.timedelta(hours=6)):
            run_month(TESTER, month)
    with entered(EVERYTHING):
        _receipts()


def _contractors(how_many: int) -> list[int]:
    keys = bulk.draw_keys(Organisation, how_many)
    kind = OrganisationKind.CONTRACTOR.value
    first = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社青葉製作所")
    told = Organisation.objects.filter(pk=first.pk).values().get()
    same = {name: value for name, value in told.items() if name not in ("id", "name", "kind")}
    _insert(Organisation, [{"id": key, "name": f"株式会社{key}号", "kind": kind, **same} for key in keys])
    return keys


def _contracts(contractors: list[int], how_many: int, chosen: random.Random) -> list[int]:
    at, lines, keys = at_start_of(START), bulk.draw_keys(Line, how_many), bulk.draw_keys(Contract, how_many)
    holders = [contractors[place % len(contractors)] for place in range(how_many)]
    same_line = {"kind": LineKind.IP_NETWORK.value, "active": True}
    _insert(
        Line,
        [
            {"id": key, "identifier": f"L{key}", "holder_id": holder, **same_line}
            for key, holder in zip(lines, holders, strict=True)
        ],
    )
    same = {"line_from_at": at, "accepted_at": at, "terms_version": "V6", "price_list": life.LIST}
    _insert(
        Contract,
        [
            {"id": key, "number": f"SK{500_000 + key}", "contractor_id": holder, "line_id": line, **same}
            for key, line, holder in zip(keys, lines, holders, strict=True)
        ],
    )
    _contacts(keys)
    facts = [fact for key in keys for fact in told_life(key, chosen)]
    ids = bulk.draw_keys(ContractFact, len(facts))
    _insert(ContractFact, [{"id": fact_id, **fact} for fact_id, fact in zip(ids, facts, strict=True)])
    return keys


def _contacts(contracts: list[int]) -> None:
    same = {"position": 1, "name": "田中", "phone": "+81-92-000-0001", "language": "ja", "time_band": "always"}
    ids = bulk.draw_keys(Contact, len(contracts))
    _insert(
        Contact,
        [
            {"id": key, "contract_id": one, "mail": f"first@{one}.example", "confirmed_on": START, **same}
            for key, one in zip(ids, contracts, strict=True)
        ],
    )


def _people(contractors: list[int]) -> None:
    for place, organisation in enumerate(Organisation.objects.filter(pk__in=contractors).order_by("pk")):
        _person(organisation, Role.CONTRACTOR_ADMIN, f"portal{place}@bench.example")
    carrier = add_organisation(TESTER, kind=OrganisationKind.CARRIER, name="九重通信株式会社")
    partner = add_organisation(TESTER, kind=OrganisationKind.PARTNER, name="合同会社みはり")
    for place in range(CONSOLE_PEOPLE):
        house, role = ((carrier, Role.CARRIER_DESK), (partner, Role.PARTNER_ANALYST))[place % 2]
        set_totp(TESTER, person=_person(house, role, f"console{place}@bench.example"), secret=TOTP_SECRET)


def _person(organisation: Organisation, role: Role, email: str) -> Person:
    told = {"organisation": organisation, "role": role, "email": email, "name": email, "language": "ja"}
    return add_person(TESTER, password=email, **told)


def _devices(contracts: list[int], chosen: random.Random) -> None:
    now, keys = clock.now(), bulk.draw_keys(SecurityDevice, len(contracts))
    same = {
        "kind": "utm", "model": "UTM-200", "product": "suricata", "state": "enrolled", "home_networks": [],
        "enrolment_code_hash": "", "certificate_serial": "",
    }  # fmt: skip
    _insert(
        SecurityDevice,
        [
            {
                "id": key, "device_id": f"UTM{500_000 + key}", "contract_id": contract, "serial": f"S-{key}",
                "last_seen_at": now + dt.timedelta(days=chosen.random() > 0.002), **same,
            }
            for key, contract in zip(keys, contracts, strict=True)
        ],
    )  # fmt: skip


def _incidents(chosen: random.Random) -> None:
    """A queue over many contracts, a part of it determined."""
    rows = list(Contract.objects.filter(told__kind="operations").distinct().order_by("pk")[:QUEUE_GROUPS])
    now = clock.now()
    for place, contract in enumerate(rows):
        at = now - dt.timedelta(minutes=chosen.randrange(600))
        told = {"device": f"UTM{500_000 + place}", "rule_id": str(2_019_000 + place % 40)}
        record_findings([finding(contract.number, place, time=at, received_at=at, **told)])
    analyst = Person.objects.filter(role=Role.PARTNER_ANALYST).first()
    levels = (Level.HIGH, Level.MEDIUM, Level.MEDIUM)
    for place, group in enumerate(EventGroup.objects.order_by("pk")[:INCIDENTS]):
        done = actions.determine_level(analyst, group=group, level=levels[place % 3], note="確認を依頼する。")
        if place >= CLOCKS_RUNNING:
            _told_in_time(done.incident, analyst)


def _told_in_time(incident: SecurityIncident, caller: Person) -> None:
    """The clock has stopped: the mail went out, or the first contact answered the phone."""
    for notice in Notice.objects.filter(subject_of=subject_of(incident), channel=Channel.MAIL):
        deliver(notice.pk, MemoryMail())
    if incident.level == Level.HIGH:
        contact = contacts_of(EVERYTHING, incident.contract)[0]
        actions.record_call_attempt(caller, incident=incident, contact_id=contact.pk, result=CallResult.ANSWERED)
    judge(incident)


def _applications(applicants: list[int]) -> None:
    """Received and not decided: the desk's queue."""
    for place, organisation in enumerate(Organisation.objects.filter(pk__in=applicants).order_by("pk")):
        submitted(organisation, f"LINE-Q{place}")


def _receipts() -> None:
    """Money from the bank that nobody has matched yet."""
    for place in range(RECEIPTS):
        received(10_000 + place, tokyo_date(clock.now()))


def _insert(model: type, rows: list[dict]) -> None:
    for begin in range(0, len(rows), ROWS_A_STATEMENT):
        bulk.insert(model, rows[begin : begin + ROWS_A_STATEMENT])
