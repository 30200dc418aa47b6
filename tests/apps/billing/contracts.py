"""Contracts to bill: accepted under a price list, with their lives told as facts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.billing.actions.issuer import set_issuer
from sekisho.apps.billing.models import IssuerProfile
from sekisho.apps.contracts.actions.facts import Telling, tell, tell_all
from sekisho.apps.contracts.models import Contract, Line
from sekisho.apps.tariff import actions as tariff
from sekisho.apps.tariff.models import PriceList
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.gateways import clock
from sekisho.terms.applications import LineKind
from sekisho.terms.history import DatedFact, FactKind, at_start_of, through
from tests.apps.world import TESTER

LIST = "2025-01"
REGISTRATION_NUMBER = "T7000012050002"


def publish(version: str = LIST, valid_from: dt.date = dt.date(2025, 1, 1), **changes: Any) -> PriceList:
    """The starting list, with ``items`` over it."""
    prices = {**STARTING_PRICES_YEN, **changes.pop("items", {})}
    drafted = tariff.draft_price_list(TESTER, version=version, valid_from=valid_from, items=prices, **changes)
    return tariff.publish_price_list(TESTER, price_list=drafted)


def issuer(valid_from: dt.date = dt.date(2025, 1, 1), **switches: str) -> IssuerProfile:
    """The carrier as it issues invoices, with what it has settled of the terms."""
    if switches:
        tariff.settle_switches(TESTER, valid_from=valid_from, switches=switches)
    return set_issuer(
        TESTER,
        valid_from=valid_from,
        name="九重通信株式会社",
        registration_number=REGISTRATION_NUMBER,
        address=["福岡県福岡市中央区1-1"],
        bank_account={"bank": "九重銀行", "branch": "本店", "number": "1234567", "holder": "九重通信株式会社"},
    )


def contract(
    contractor: Organisation,
    accepted_on: dt.date,
    started_on: dt.date | None = None,
    *,
    plan: str = "basic",
    access_item: str = "best_effort_1g",
    operations: bool = True,
    price_list: str = LIST,
) -> Contract:
    """Accepted at noon; with ``started_on`` in service and billed from then."""
    at = at_start_of(accepted_on) + dt.timedelta(hours=12)
    count = Contract.objects.count() + 1
    line = Line.objects.create(identifier=f"BILL-{count}", kind=LineKind.IP_NETWORK, holder=contractor)
    made = Contract.objects.create(
        number=f"SK{200_000 + count}",
        contractor=contractor,
        line=line,
        line_from_at=at,
        accepted_at=at,
        terms_version="V6",
        price_list=price_list,
    )
    told = [
        Telling(FactKind.STATE, "accepted", at),
        Telling(FactKind.PLAN, plan, at),
        Telling(FactKind.FUNCTIONS, ["firewall", "ids_ips"], at),
        Telling(FactKind.ACCESS_ITEM, access_item, at),
    ]
    if operations:
        told.append(Telling(FactKind.OPERATIONS, None, at_start_of(started_on) if started_on else at))
    if started_on:
        told += [
            Telling(FactKind.SERVICE, None, at_start_of(started_on)),
            Telling(FactKind.BILLING, None, at_start_of(started_on)),
        ]
    tell_all(TESTER, made, told)
    return made


def add(told: Contract, kind: FactKind, value: Any, first: dt.date, last: dt.date | None = None) -> DatedFact:
    return tell(TESTER, told, kind, value, at_start_of(first), through(last) if last else None)


def end(told: Contract, last: dt.date, by: str = "contractor") -> None:
    """The service ends with that day, by a notice."""
    from sekisho.apps.contracts.queries import told_of

    (service,) = told_of(told).of_kind(FactKind.SERVICE)
    tell(TESTER, told, FactKind.NOTICE, {"by": by, "arrived_at": clock.now().isoformat()}, clock.now())
    tell(TESTER, told, FactKind.SERVICE, None, service.from_at, through(last), service.thread)


def stop(told: Contract, fact: DatedFact, last: dt.date) -> None:
    tell(TESTER, told, fact.kind, fact.value, fact.from_at, through(last), fact.thread)
