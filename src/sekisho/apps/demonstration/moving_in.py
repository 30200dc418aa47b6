"""A carrier, a partner and three contractors with some months of service behind them; all of them invented.

``seed_demo`` moves them into an empty database, by the same actions that people's clicks call. Nothing
it generates (passwords, one-time secrets, enrolment codes) is printed or kept in clear: the caller
gets it once and decides where it goes.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any, NamedTuple

from allauth.mfa.totp.internal.auth import generate_totp_secret

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Role
from sekisho.apps.accounts.queries import is_empty, must_use_second_factor, person_by_email
from sekisho.apps.audit.models import SystemActor
from sekisho.apps.contracts import actions as contract_actions
from sekisho.apps.contracts.models import Contact, Contract
from sekisho.apps.fleet import actions as fleet
from sekisho.apps.fleet.queries import device_by_id
from sekisho.apps.scope import entered, system_scope
from sekisho.apps.tariff import actions as tariff
from sekisho.apps.tariff.models import PriceList
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at
from sekisho.terms.history import at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import MATRIX, AccessItem, Plan

from . import money, steering

SEED = SystemActor("demonstration")
PASSWORD_BYTES = 15
STARTED_DAYS_AGO = 200
QUOTE_DAYS = 90
PREMIUM_PRICES_YEN = {"monthly.plan.premium": 180_000, "monthly.access.custom": 120_000}


class _Site(NamedTuple):
    """One contractor with its contract, its contacts and its box."""

    part: str
    name: str
    name_en: str
    domain: str
    person: str
    language: str
    line: str
    plan: Plan
    access_item: AccessItem
    operations: bool
    retention_years: int
    phone: str
    serial: str


# Telephone numbers and domains are from the ranges kept free for examples.
_SITES = (
    _Site(
        "story_contractor", "株式会社青葉精密", "Aoba Precision Co., Ltd.", "aoba-seimitsu.example", "佐藤 美咲", "ja",
        "LINE-0001", Plan.BASIC, AccessItem.BEST_EFFORT_1G, True, 3, "+81-92-555-0101", "SKS-2026-0001",
    ),
    _Site(
        "premium_contractor", "白波水産ホールディングス株式会社", "Shiranami Fisheries Holdings", "shiranami.example",
        "Emma Fischer", "en", "LINE-0002", Plan.PREMIUM, AccessItem.CUSTOM, True, 5, "+81-92-555-0102", "SKS-2026-0002",
    ),
    _Site(
        "entry_contractor", "まつかぜ会計事務所", "Matsukaze Accounting", "matsukaze.example", "松風 一郎", "ja",
        "LINE-0003", Plan.ENTRY, AccessItem.BEST_EFFORT_100M, False, 1, "+81-92-555-0103", "SKS-2026-0003",
    ),
)  # fmt: skip

_STAFF = (
    ("carrier_admin", OrganisationKind.CARRIER, Role.CARRIER_ADMIN, "admin@kokonoe-tsushin.example", "九重 太郎"),
    ("desk", OrganisationKind.CARRIER, Role.CARRIER_DESK, "desk@kokonoe-tsushin.example", "山本 恵"),
    ("lead", OrganisationKind.PARTNER, Role.PARTNER_LEAD, "lead@miharidai.example", "見張 健"),
    ("analyst", OrganisationKind.PARTNER, Role.PARTNER_ANALYST, "analyst@miharidai.example", "中村 涼"),
)


def seed_demo() -> dict[str, Any] | None:
    """Everything or nothing; None when somebody lives here already.

    Returns {"people": [{part, organisation, name, role, language, email, password, totp_secret, contract}],
    "devices": [{device, contract, enrolment_code}]}; ``totp_secret`` and ``contract`` may be "".
    """
    with entered(system_scope("demonstration")):
        take_turn("demonstration")
        if not is_empty():
            return None
        carrier = accounts.add_organisation(
            SEED, kind=OrganisationKind.CARRIER, name="九重通信株式会社", name_en="Kokonoe Tsushin"
        )
        partner = accounts.add_organisation(
            SEED, kind=OrganisationKind.PARTNER, name="合同会社みはり台", name_en="Miharidai SOC"
        )
        at_home = {OrganisationKind.CARRIER: carrier, OrganisationKind.PARTNER: partner}
        people = [_person(part, at_home[kind], role, email, name) for part, kind, role, email, name in _STAFF]
        today = tokyo_date(clock.now())
        started_on = today - dt.timedelta(days=STARTED_DAYS_AGO)
        with standing_at(at_start_of(started_on.replace(day=1))):
            prices = _publish_prices(started_on)
            money.settle_in(SEED, started_on.replace(day=1))
        with standing_at(at_start_of(started_on)):
            contracts = [_begin_contract(site, prices, started_on, today) for site in _SITES]
        devices = []
        for site, contract in zip(_SITES, contracts, strict=True):
            people.append(_owner(site, contract))
            devices.append(_device(site, contract))
        steering.steer(SEED, device_by_id(system_scope("demonstration"), devices[0]["device"]))
        staff = {part: person_by_email(email) for part, _, _, email, _ in _STAFF}
        money.bill_until(SEED, today, contracts, admin=staff["carrier_admin"], desk=staff["desk"])
        return {"people": people, "devices": devices}


def _begin_contract(site: _Site, prices: PriceList, started_on: dt.date, today: dt.date) -> Contract:
    organisation = accounts.add_organisation(
        SEED, kind=OrganisationKind.CONTRACTOR, name=site.name, name_en=site.name_en
    )
    return contract_actions.add_contract(
        SEED,
        contractor=organisation,
        line=site.line,
        plan=site.plan,
        functions=MATRIX[site.plan].functions,
        access_item=site.access_item,
        operations=site.operations,
        retention_years=site.retention_years,
        started_on=started_on,
        quote=_quote(site, prices) if site.plan is Plan.PREMIUM else "",
        contacts=_contacts(site, today),
    )


def _owner(site: _Site, contract: Contract) -> dict[str, str]:
    return _person(
        site.part,
        contract.contractor,
        Role.CONTRACTOR_ADMIN,
        f"admin@{site.domain}",
        site.person,
        site.language,
        contract,
    )


def _publish_prices(started_on: dt.date) -> PriceList:
    valid_from = started_on.replace(day=1)
    drafted = tariff.draft_price_list(
        SEED, version=f"{valid_from:%Y-%m}", valid_from=valid_from, items=STARTING_PRICES_YEN
    )
    return tariff.publish_price_list(SEED, price_list=drafted)


def _quote(site: _Site, prices: PriceList) -> str:
    good_until = tokyo_date(clock.now()) + dt.timedelta(days=QUOTE_DAYS)
    quote = tariff.issue_quote(
        SEED, customer=site.name, price_list=prices, lines=PREMIUM_PRICES_YEN, valid_until=good_until
    )
    return quote.number


def _contacts(site: _Site, today: dt.date) -> list[Contact]:
    first = Contact(
        name=site.person,
        phone=site.phone,
        mail=f"admin@{site.domain}",
        language=site.language,
        confirmed_on=today,
    )
    night = Contact(name="夜間窓口", phone=site.phone[:-4] + "0199", mail=f"night@{site.domain}", confirmed_on=today)
    return [first, night]


def _device(site: _Site, contract: Contract) -> dict[str, str]:
    device = fleet.add_device(SEED, contract=contract, model="Sekisho Edge", serial=site.serial)
    code = fleet.give_enrolment_code(SEED, device=device)
    return {"device": device.device_id, "contract": contract.number, "enrolment_code": code}


def _person(
    part: str,
    organisation: Organisation,
    role: Role,
    email: str,
    name: str,
    language: str = "ja",
    contract: Contract | None = None,
) -> dict[str, str]:
    password, secret = secrets.token_urlsafe(PASSWORD_BYTES), ""
    person = accounts.add_person(
        SEED, organisation=organisation, role=role, email=email, name=name, password=password, language=language
    )
    if must_use_second_factor(person):
        secret = generate_totp_secret()
        accounts.set_totp(SEED, person=person, secret=secret)
    return {
        "part": part,
        "organisation": organisation.name,
        "name": name,
        "role": role.value,
        "language": language,
        "email": email,
        "password": password,
        "totp_secret": secret,
        "contract": contract.number if contract else "",
    }
