"""What the API says about contracts, field by field, and how it is made from what the apps know."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import msgspec
from django.db import models

from sekisho.apps.contracts.models import Contract
from sekisho.terms.contract_states import ContractState, Overlay
from sekisho.terms.entitlements import ContractFacts, Entitlements, PortalService
from sekisho.terms.history import DatedFact, FactKind, Standing
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from .operation import Shape

Instant = Annotated[dt.datetime, msgspec.Meta(tz=True, description="An instant with its offset; answers are in UTC.")]
Day = Annotated[dt.date, msgspec.Meta(description="A day in Tokyo.")]


def code_of(choices: type[models.TextChoices]) -> Any:
    """The type of a field that holds one of these codes."""
    return Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(choices.values)})]


class On(Shape):
    """The day that is asked about."""

    on: Day
    known_at: Instant | None = None


class At(Shape):
    """The instant that is asked about."""

    at: Instant | None = None


class ContractorShape(msgspec.Struct, frozen=True):
    name: str
    name_en: str


class ContentsShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed on. Days are Tokyo days; `ended_on` is the last day of service, served through 24:00 of it."""

    plan: Plan
    functions: list[SecurityFunction]
    access_item: AccessItem
    operations: bool
    started_on: dt.date | None
    ended_on: dt.date | None
    terminated_at: Instant | None
    operations_started_on: dt.date | None
    retention_years: int
    extra_accounts: int
    monitoring_report: bool
    report_meeting: bool
    suspended: bool
    restricted: list[SecurityFunction]


class StandingShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract comes to. `contents` is null before a plan was agreed on."""

    state: ContractState
    overlays: list[Overlay]
    contents: ContentsShape | None


class ContractShape(msgspec.Struct, frozen=True, kw_only=True):
    """A contract: what never changes, and how it stands now."""

    number: str
    contractor: ContractorShape
    line: str
    accepted_at: Instant
    terms_version: str
    price_list: str
    standing: StandingShape


class FactShape(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that was told. `until_at` is the first instant at which it no longer holds, null: open."""

    number: int
    thread: str
    kind: FactKind
    value: Any
    from_at: Instant
    until_at: Instant | None
    recorded_at: Instant
    void: bool


class HistoryShape(msgspec.Struct, frozen=True):
    number: str
    facts: list[FactShape]


class EntitlementsShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract gives at `at`. Nothing else in the platform decides any of it."""

    at: Instant
    active: bool
    enforceable: list[SecurityFunction]
    monitored: bool
    noticed: bool
    clocked: bool
    log_retention_years: int
    log_retention_promised: bool
    portal_accounts: int
    portal_services: list[PortalService]
    terms_version: str


def contract_shape(contract: Contract, standing: Standing) -> ContractShape:
    contractor = ContractorShape(contract.contractor.name, contract.contractor.name_en)
    return ContractShape(
        number=contract.number,
        contractor=contractor,
        line=contract.line.identifier,
        accepted_at=contract.accepted_at,
        terms_version=contract.terms_version,
        price_list=contract.price_list,
        standing=standing_shape(standing),
    )


def standing_shape(standing: Standing) -> StandingShape:
    contents = _contents(standing.facts) if standing.facts else None
    return StandingShape(state=standing.state, overlays=sorted(standing.overlays), contents=contents)


def fact_shape(fact: DatedFact) -> FactShape:
    return FactShape(**{name: getattr(fact, name) for name in FactShape.__struct_fields__})


def entitlements_shape(at: dt.datetime, given: Entitlements) -> EntitlementsShape:
    values = {name: _plain(getattr(given, name)) for name in EntitlementsShape.__struct_fields__ if name != "at"}
    return EntitlementsShape(at=at, **values)


def _contents(facts: ContractFacts) -> ContentsShape:
    return ContentsShape(**{name: _plain(getattr(facts, name)) for name in ContentsShape.__struct_fields__})


def _plain(value: Any) -> Any:
    """Sets in an order that stays, so that equal answers have equal bytes; instants in UTC."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value
