"""Who lives in this story, and what is there before it begins: people, the carrier's name and prices.

This is what an operator sets up once by the command line; the story itself then only goes through doors.
"""

from __future__ import annotations

import datetime as dt

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Organisation, OrganisationKind, Person, Role
from sekisho.apps.billing.actions.issuer import set_issuer
from sekisho.apps.billing.models import DunningLevel
from sekisho.apps.scope import entered
from sekisho.apps.tariff import actions as tariff
from sekisho.apps.tariff.models import PriceList

from ..apps.world import EVERYTHING, PASSWORD, TESTER
from ..doors.scenery import TOTP_SECRET

ADMIN = "admin@kokonoe.example"
DESK = "desk@kokonoe.example"
SECOND = "second@kokonoe.example"
ANALYST = "analyst@mihari.example"
OWNER = "admin@aoba.example"
CONTRACTOR = "株式会社青葉製作所"
PAYER = "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ"
FIRST_MAIL = "tanaka@aoba.example"
FIRST_CONTACT = ("田中", "+81-92-000-0001", FIRST_MAIL)
LINE = "VPN-0001"
OTHER_LINE = "VPN-0002"
LIST = "2025-01"

PRICES_YEN = {
    "initial.basic": 100_000,
    "initial.entry": 50_000,
    "initial.premium": 300_000,
    "monthly.plan.basic": 30_000,
    "monthly.plan.entry": 15_000,
    "monthly.access.best_effort_1g": 10_000,
    "monthly.access.best_effort_100m": 0,
    "monthly.operations": 40_000,
    "monthly.log_retention_year": 2_000,
    "monthly.extra_account": 1_000,
    "monthly.monitoring_report": 30_000,
    "monthly.report_meeting": 50_000,
    "one_time.change": 20_000,
}
"""Yen without tax. Everything that the story expects is reckoned from these by hand."""


def move_in() -> None:
    """Everybody, their second factors, the invoices' issuer, and one price list."""
    carrier = _organisation(OrganisationKind.CARRIER, "九重通信株式会社")
    partner = _organisation(OrganisationKind.PARTNER, "合同会社みはり")
    contractor = _organisation(OrganisationKind.CONTRACTOR, CONTRACTOR)
    _person(contractor, Role.CONTRACTOR_ADMIN, OWNER, "青葉 総務")
    for person in (
        _person(carrier, Role.CARRIER_ADMIN, ADMIN, "管理 一郎"),
        _person(carrier, Role.CARRIER_DESK, DESK, "窓口 花子"),
        _person(carrier, Role.CARRIER_ADMIN, SECOND, "確認 次郎"),
        _person(partner, Role.PARTNER_ANALYST, ANALYST, "分析 三郎"),
    ):
        accounts.set_totp(TESTER, person=person, secret=TOTP_SECRET)
    with entered(EVERYTHING):
        _issuer()
        _prices()
        _levels()


def _prices() -> PriceList:
    drafted = tariff.draft_price_list(TESTER, version=LIST, valid_from=dt.date(2025, 1, 1), items=PRICES_YEN)
    return tariff.publish_price_list(TESTER, price_list=drafted)


def _levels() -> None:
    """The reminders' levels that an installation starts with; the tests' database is emptied of them between tests."""
    for level, days_late, pay_within_days in ((1, 7, 10), (2, 21, 10), (3, 35, 7)):
        DunningLevel.objects.update_or_create(
            level=level, defaults={"days_late": days_late, "pay_within_days": pay_within_days, "automatic": False}
        )


def _issuer() -> None:
    set_issuer(
        TESTER,
        valid_from=dt.date(2025, 1, 1),
        name="九重通信株式会社",
        registration_number="T7000012050002",
        address=["福岡県福岡市中央区1-1"],
        bank_account={"bank": "九重銀行", "branch": "本店", "number": "1234567", "holder": "九重通信株式会社"},
    )


def _organisation(kind: OrganisationKind, name: str) -> Organisation:
    return accounts.add_organisation(TESTER, kind=kind, name=name)


def _person(organisation: Organisation, role: Role, email: str, name: str) -> Person:
    return accounts.add_person(TESTER, organisation=organisation, role=role, email=email, name=name, password=PASSWORD)
