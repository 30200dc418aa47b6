"""A change of contract is felt by everyone who asks: each change is made through its act, each asker watched.

Nobody here is told of a change. They ask the contract's facts each time, so what they see follows by itself,
from the instant on which the change holds and not a moment before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, fields

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation

from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts import queries as contract_queries
from sekisho.apps.contracts.actions import measures
from sekisho.apps.contracts.actions.measures import Basis, Plan
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.contracts.models import Contract, MeasureKind
from sekisho.apps.contracts.queries.accounts import account_room
from sekisho.apps.fleet import queries as fleet
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.incidents import actions as incidents
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import EventGroup, Level
from sekisho.apps.notices.models import Notice
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.apps.tariff.fees import agreed_fees, monthly_lines
from sekisho.apps.tariff.queries import price_book
from sekisho.entry.devices import FRESH_SECONDS, DeviceDirectory
from sekisho.gateways import clock
from sekisho.gateways.clock import StandingClock
from sekisho.terms.history import FactKind, at_start_of
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import SecurityFunction
from sekisho_wire.policy import IntrusionPrevention, SecurityPolicy, UrlFilter, Zone

from .world import EVERYTHING, TESTER, World, build_world, finding, premium_quote

OFFICE = "desk"
WATCHED = "Your line is watched around the clock"
LATER = dt.date(2026, 6, 1)


@dataclass(frozen=True)
class Seen:
    """What each asker gets to know of the first contract at one instant."""

    functions: frozenset[str]
    """What the device may enforce."""
    access_item: str
    refused: frozenset[str]
    """Where the check of a policy that uses intrusion prevention and the URL filter says no."""
    retention_years: int
    """How long the pipeline has the lake keep a log that comes now."""
    accounts: int
    partner_sees: bool
    menu_promises_watch: bool
    determined: bool
    """An analyst may determine a level: that starts a clock and makes notices."""
    fees: frozenset[tuple[str, int]]


@pytest.fixture
def watched(seeing_all: World) -> World:
    add_device(TESTER, contract=seeing_all.contract, model="UTM-200", serial="A-1")
    return seeing_all


POLICY = SecurityPolicy(
    schema=2,
    revision=1,
    zones=(Zone("lan", "eth1", ("192.168.1.0/24",), inside=True), Zone("wan", "eth0")),
    intrusion=IntrusionPrevention(mode="prevent"),
    url=UrlFilter(blocked=("bad.example",)),
)


def see(world: World) -> Seen:
    """Ask everybody anew."""
    contract, now = world.contract, clock.now()
    (device,) = [row for row in fleet.devices_of(EVERYTHING) if row.contract_id == contract.pk]
    powers = fleet.powers_of(EVERYTHING, device).powers
    standing = contract_queries.contract_at(EVERYTHING, contract, now)
    (context,) = [row for row in fleet.device_contexts() if row.device == device.device_id]
    return Seen(
        functions=powers.functions,
        access_item=next(iter(powers.access_items), ""),
        refused=frozenset(problem.pointer for problem in fleet.policy_problems(EVERYTHING, device, POLICY)),
        retention_years=context.retention_years,
        accounts=account_room(EVERYTHING, contract.contractor).given,
        partner_sees=contract.pk in contract_queries.scope_of(world.analyst),
        menu_promises_watch=WATCHED in portal_page(world),
        determined=may_determine(world),
        fees=frozenset(_fees(contract, standing)),
    )


def _fees(contract: Contract, standing) -> Iterator[tuple[str, int]]:
    prices = price_book().prices(contract.price_list, tokyo_date(clock.now()))
    agreed = agreed_fees(contract_queries.told_of(contract), clock.now())
    return ((line.item, line.quantity) for line in monthly_lines(standing, prices, agreed))


def portal_page(world: World) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(world.owner)
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        return client.get("/").content.decode()


def may_determine(world: World) -> bool:
    """An analyst judges a fresh event Medium: a clock runs, a notice is made. Then all of it is undone."""
    point = transaction.savepoint()
    try:
        return _determined(world)
    finally:
        transaction.savepoint_rollback(point)


def _determined(world: World) -> bool:
    before = Notice.objects.count()
    record_findings([finding(time=clock.now(), received_at=clock.now())])
    group = EventGroup.objects.get(contract=world.contract)
    try:
        done = incidents.determine_level(world.analyst, group=group, level=Level.MEDIUM)
    except Refused as refused:
        assert refused.code == "contract.no_operations"
        return False
    assert done.clock is not None and Notice.objects.count() > before
    return True


def changed(before: Seen, after: Seen) -> dict[str, tuple]:
    """Which askers see something else, and what."""
    return {
        f.name: (getattr(before, f.name), getattr(after, f.name))
        for f in fields(Seen)
        if getattr(before, f.name) != getattr(after, f.name)
    }


def change(world: World, **asked: object) -> None:
    """A change form that is accepted, with effect on LATER."""
    form = ChangeForm(wished_on=LATER, **asked)
    row = contracts.request_change(TESTER, contract=world.contract, form=form, office=OFFICE)
    contracts.accept_change(TESTER, application=row)


def through_change(world: World, hand: StandingClock, **asked: object) -> dict[str, tuple]:
    """What the change makes everybody see on its day; nothing of it the second before."""
    before = see(world)
    change(world, **asked)
    hand.move_to(at_start_of(LATER) - dt.timedelta(seconds=1))
    assert see(world) == before
    hand.move_to(at_start_of(LATER))
    return changed(before, see(world))


@pytest.mark.article("14-1")
def test_other_functions_change_what_the_device_may_enforce_and_what_a_policy_may_say(
    watched: World, hand: StandingClock
) -> None:
    functions = (SecurityFunction.IDS_IPS, SecurityFunction.URL_FILTER)
    felt = through_change(watched, hand, functions=functions)
    assert felt.keys() == {"functions", "refused"}
    assert felt["functions"] == ({"firewall", "ids_ips"}, {"ids_ips", "url_filter"})
    assert "/url" in felt["refused"][0] - felt["refused"][1]


@pytest.mark.article("14-1")
def test_another_access_item_changes_the_line_and_the_fee(watched: World, hand: StandingClock) -> None:
    felt = through_change(watched, hand, access_item="guaranteed_30m")
    assert felt.keys() == {"access_item", "fees"}
    assert felt["access_item"] == ("best_effort_1g", "guaranteed_30m")


@pytest.mark.article("14-1")
def test_another_plan_changes_the_fee(watched: World, hand: StandingClock) -> None:
    felt = through_change(watched, hand, plan="premium", quote=premium_quote("株式会社青葉製作所"))
    assert felt.keys() == {"fees"}
    assert ("monthly.plan.premium", 1) in felt["fees"][1]


@pytest.mark.article("6-1(2)")
def test_longer_retention_is_what_the_pipeline_keeps_by_and_what_is_billed(watched: World, hand: StandingClock) -> None:
    felt = through_change(watched, hand, retention_years=3)
    assert felt.keys() == {"retention_years", "fees"}
    assert felt["retention_years"] == (1, 3)
    assert ("monthly.log_retention_year", 2) in felt["fees"][1]


@pytest.mark.article("6-1(2)")
def test_extra_accounts_are_places_and_a_fee_until_the_option_stops(watched: World, hand: StandingClock) -> None:
    felt = through_change(watched, hand, add_accounts=2)
    assert felt.keys() == {"accounts", "fees"}
    assert felt["accounts"] == (1, 3)

    with_option = see(watched)
    thread = contract_queries.told_of(watched.contract).of_kind(FactKind.EXTRA_ACCOUNTS)[0].thread
    stopped = contracts.stop_option(TESTER, contract=watched.contract, threads=[thread])
    last = stopped.effective_on.value
    hand.move_to(at_start_of(last + dt.timedelta(days=1)) - dt.timedelta(seconds=1))
    assert see(watched) == with_option
    hand.advance(seconds=1)
    assert changed(with_option, see(watched)).keys() == {"accounts", "fees"}


@pytest.mark.article("6-1(1)")
def test_operations_that_stop_end_watch_clocks_notices_and_the_partners_sight(
    watched: World, hand: StandingClock
) -> None:
    before = see(watched)
    thread = contract_queries.told_of(watched.contract).of_kind(FactKind.OPERATIONS)[0].thread
    stopped = contracts.stop_option(TESTER, contract=watched.contract, threads=[thread])
    hand.move_to(at_start_of(stopped.effective_on.value + dt.timedelta(days=1)))
    felt = changed(before, see(watched))
    assert felt.keys() == {"partner_sees", "menu_promises_watch", "determined", "fees"}
    assert ("monthly.operations", 1) in felt["fees"][0] - felt["fees"][1]

    # and added again later, everybody sees them again
    without = see(watched)
    on = stopped.effective_on.value + dt.timedelta(days=31)
    form = ChangeForm(wished_on=on, add_operations=True)
    row = contracts.request_change(TESTER, contract=watched.contract, form=form, office=OFFICE)
    contracts.accept_change(TESTER, application=row)
    assert see(watched) == without
    hand.move_to(at_start_of(on))
    assert see(watched) == before


@pytest.mark.article("21-1")
def test_a_suspension_takes_everything_but_the_logs_the_door_and_the_debt(watched: World, hand: StandingClock) -> None:
    before = see(watched)
    measure = measures.take_urgently(
        watched.carrier, contract=watched.contract, plan=_suspension(), urgent_reason="設備への重大な支障"
    )
    felt = changed(before, see(watched))
    assert felt.keys() == {"functions", "refused", "menu_promises_watch", "determined"}
    assert felt["functions"][1] == frozenset()

    measures.lift(watched.carrier, measure=measure, reason="解消を確認")
    hand.advance(seconds=1)
    assert see(watched) == before


@pytest.mark.article("24-1")
def test_a_restriction_takes_its_functions_and_gives_them_back(watched: World, hand: StandingClock) -> None:
    before = see(watched)
    measure = measures.take_urgently(
        watched.carrier, contract=watched.contract, plan=_restriction("ids_ips"), urgent_reason="過負荷"
    )
    felt = changed(before, see(watched))
    assert felt.keys() == {"functions", "refused"}
    assert felt["functions"][1] == {"firewall"} and "/intrusion/mode" in felt["refused"][1]
    measures.lift(watched.carrier, measure=measure, reason="解消")
    hand.advance(seconds=1)
    assert see(watched) == before


@pytest.mark.article("17-1")
def test_the_end_takes_everything_but_the_time_for_which_logs_live_and_a_door_to_read(
    watched: World, hand: StandingClock
) -> None:
    change(watched, retention_years=2, add_accounts=1)
    hand.move_to(at_start_of(LATER))
    before = see(watched)
    preview = contracts.cancel(TESTER, contract=watched.contract)
    last = preview.effective_on.value
    hand.move_to(at_start_of(last + dt.timedelta(days=1)) - dt.timedelta(seconds=1))
    assert see(watched) == before  # served through 24:00
    hand.advance(seconds=1)
    after = see(watched)
    assert (after.functions, after.access_item, after.partner_sees) == (frozenset(), "", False)
    assert (after.menu_promises_watch, after.determined, after.accounts) == (False, False, 1)
    assert after.retention_years == 2


def test_a_device_is_told_until_when_its_powers_hold(watched: World, hand: StandingClock) -> None:
    change(watched, functions=(SecurityFunction.SANDBOX,))
    (powers,) = fleet.desired_powers(EVERYTHING)
    assert powers.valid_until == at_start_of(LATER)
    hand.move_to(powers.valid_until)
    (powers,) = fleet.desired_powers(EVERYTHING)
    assert powers.powers.functions == {"sandbox"}


def test_the_pipeline_asks_again_after_a_few_seconds(committed_db: None, hand: StandingClock) -> None:
    """The one copy in the house: a directory of devices, kept for FRESH_SECONDS so that batches cost no query."""
    ticks = [1000.0]
    with entered(EVERYTHING):
        world = build_world()
        add_device(TESTER, contract=world.contract, model="UTM-200", serial="A-1")
        change(world, retention_years=4)
    directory = DeviceDirectory(monotonic=lambda: ticks[0])
    assert directory("UTM100001").retention_years == 1
    hand.move_to(at_start_of(LATER))
    assert directory("UTM100001").retention_years == 1
    ticks[0] += FRESH_SECONDS + 0.1
    assert directory("UTM100001").retention_years == 4
    assert FRESH_SECONDS <= 5


def _suspension() -> Plan:
    return Plan(
        kind=MeasureKind.SUSPENSION,
        basis=Basis.SUSPENSION,
        ground="harm_to_facilities",
        fact="大量の送信により設備に支障が出ている",
        reason="設備への支障",
        period="解消まで",
        starts_at=clock.now(),
    )


def _restriction(*functions: str) -> Plan:
    return Plan(
        kind=MeasureKind.RESTRICTION,
        basis=Basis.LIMITS,
        ground="",
        fact="処理能力を超える通信",
        reason="過負荷",
        period="解消まで",
        starts_at=clock.now(),
        functions=frozenset(map(SecurityFunction, functions)),
    )
