"""The monthly fee as a pure rule: what a month costs, and what of a month in which things changed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.apps.tariff.fees import NoPrice, Prices, agreed_fees, month_lines, monthly_fee, monthly_lines
from sekisho.apps.tariff.starting_list import STARTING_PRICES_YEN
from sekisho.terms.history import FactKind, last_instant
from sekisho.terms.versions import Switches, Terms

from .lives import life

PRICES = Prices("2026-04", STARTING_PRICES_YEN)
DAILY = Terms(version="V6", switches=Switches(proration="daily"))
D = dt.date
MAY = D(2026, 5, 1)


def billed(history, month, terms=None) -> int:
    given = {"terms": terms} if terms else {}
    return monthly_fee(month_lines(history, month, PRICES, **given))


def test_a_month_costs_the_plan_the_access_item_and_operations() -> None:
    lines = monthly_lines(life(D(2026, 4, 1)).history.on(MAY), PRICES)
    assert {line.item: line.yen for line in lines} == {
        "monthly.plan.basic": 30_000,
        "monthly.access.best_effort_1g": 10_000,
        "monthly.operations": 40_000,
    }


def test_options_count_by_how_many_there_are() -> None:
    told = life(D(2026, 4, 1))
    told.tell(FactKind.EXTRA_ACCOUNTS, 2, D(2026, 4, 1))
    told.tell(FactKind.RETENTION_YEARS, 3, D(2026, 4, 1))
    told.tell(FactKind.MONITORING_REPORT, None, D(2026, 4, 1))
    lines = {line.item: (line.quantity, line.yen) for line in monthly_lines(told.history.on(MAY), PRICES)}
    assert lines["monthly.extra_account"] == (2, 2_000)
    assert lines["monthly.log_retention_year"] == (2, 4_000)
    assert lines["monthly.monitoring_report"] == (1, 30_000)


@pytest.mark.article("27-1")
def test_the_first_monthly_fee_is_that_of_the_month_of_the_billing_start() -> None:
    history = life(MAY).history
    assert billed(history, D(2026, 4, 30)) == 0
    assert billed(history, MAY) == 80_000


def test_without_proration_a_month_that_began_is_owed_in_full() -> None:
    history = life(D(2026, 5, 20)).history
    assert billed(history, MAY) == 80_000


def test_with_proration_the_first_month_is_counted_by_its_days() -> None:
    history = life(D(2026, 5, 20)).history
    assert billed(history, MAY, DAILY) == 30_000 * 12 // 31 + 10_000 * 12 // 31 + 40_000 * 12 // 31


@pytest.mark.article("6-1(2)")
def test_another_account_raises_the_fee_from_its_day() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.EXTRA_ACCOUNTS, 1, D(2026, 4, 1))
    told.tell(FactKind.EXTRA_ACCOUNTS, 2, MAY)
    assert billed(told.history, MAY) - billed(told.history, D(2026, 4, 1)) == 2_000


def test_an_option_that_stops_within_a_month_owes_that_month_and_no_further_one() -> None:
    told = life(D(2026, 4, 1))
    told.tell(FactKind.EXTRA_ACCOUNTS, 1, D(2026, 4, 1), thread="a")
    told.tell(FactKind.EXTRA_ACCOUNTS, 1, D(2026, 4, 1), D(2026, 5, 9), thread="a")
    assert [billed(told.history, D(2026, month, 1)) for month in (4, 5, 6)] == [81_000, 81_000, 80_000]


def test_a_plan_changed_within_a_month_costs_what_the_later_one_costs() -> None:
    told = life(D(2026, 4, 1), plan="entry", access_item="best_effort_100m", operations=False)
    told.tell(FactKind.PLAN, "basic", D(2026, 5, 12))
    assert [billed(told.history, D(2026, month, 1)) for month in (4, 5)] == [15_000, 30_000]


def test_with_proration_each_plan_is_counted_for_its_days() -> None:
    told = life(D(2026, 4, 1), plan="entry", access_item="best_effort_100m", operations=False)
    told.tell(FactKind.PLAN, "basic", D(2026, 5, 12))
    assert billed(told.history, MAY, DAILY) == 15_000 * 11 // 31 + 30_000 * 20 // 31


@pytest.mark.article("27-2")
def test_a_fee_agreed_for_the_contract_stands_instead_of_the_list_price() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.FEE, {"item": "monthly.operations", "yen": 35_000}, MAY)
    assert [billed(told.history, D(2026, month, 1)) for month in (4, 5)] == [80_000, 75_000]
    assert agreed_fees(told.history, last_instant(D(2026, 4, 30))) == {}


def test_each_ancillary_service_is_a_line_of_its_own() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.ANCILLARY, "own_domain", D(2026, 4, 10))
    told.tell(FactKind.ANCILLARY, "primary_dns", MAY)
    assert [billed(told.history, D(2026, month, 1)) for month in (4, 5)] == [80_500, 82_000]
    assert billed(told.history, D(2026, 4, 1), DAILY) == 80_000 + 500 * 21 // 30


@pytest.mark.article("34-2")
def test_neither_suspension_nor_interruption_reduces_the_fee() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.SUSPENDED, {"ground": "arrears", "reason": ""}, MAY)
    told.tell(FactKind.INTERRUPTED, {"ground": "failure", "reason": ""}, MAY, D(2026, 5, 3))
    assert billed(told.history, MAY) == 80_000


def test_the_month_of_the_end_is_owed_in_full_and_none_after_it() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.SERVICE, None, D(2026, 4, 1), D(2026, 9, 10), thread="service")
    assert [billed(told.history, D(2026, month, 1)) for month in (8, 9, 10)] == [80_000, 80_000, 0]


def test_what_was_not_yet_known_is_not_billed() -> None:
    told = life(D(2026, 4, 1)).tell(FactKind.EXTRA_ACCOUNTS, 1, MAY, known_on=D(2026, 6, 10))
    before = month_lines(told.history, MAY, PRICES, known_at=last_instant(D(2026, 6, 1)))
    assert monthly_fee(before) == 80_000
    assert billed(told.history, MAY) == 81_000


def test_an_item_without_a_price_is_named() -> None:
    history = life(D(2026, 4, 1), plan="premium", access_item="custom").history
    with pytest.raises(NoPrice, match=r"2026-04 has no price for monthly\.plan\.premium"):
        month_lines(history, MAY, PRICES)


@given(
    st.dates(D(2025, 1, 1), D(2026, 12, 31)),
    st.integers(0, 400),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60), st.integers(1, 3)), max_size=3),
)
def test_a_prorated_life_never_costs_more_than_one_in_full_months(start, days, accounts) -> None:
    end = start + dt.timedelta(days)
    told = life(start).tell(FactKind.SERVICE, None, start, end, thread="service")
    for begin, length, count in accounts:
        first = start + dt.timedelta(min(begin, days))
        told.tell(FactKind.EXTRA_ACCOUNTS, count, first, min(end, first + dt.timedelta(length)))
    months = {(start + dt.timedelta(day)).replace(day=1) for day in range(days + 1)}
    for month in months:
        in_full, by_days = billed(told.history, month), billed(told.history, month, DAILY)
        assert 0 <= by_days <= in_full
