from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.apps.billing.debts import Age, Debt, age_of, aged
from sekisho.terms.arrears import Payment

DUE = dt.date(2026, 5, 29)


def debt(yen: int = 110_000, *payments: Payment, **changes: object) -> Debt:
    told = {"key": 1, "contract_id": 1, "number": "2026-000001", "dated": dt.date(2026, 5, 1), "due_on": DUE}
    return Debt(yen=yen, payments=payments, **(told | changes))


def on(month: int, day: int) -> dt.date:
    return dt.date(2026, month, day)


@pytest.mark.article("30-1")
def test_a_debt_paid_late_costs_the_interest_of_the_days_between() -> None:
    assert debt(110_000, Payment(on(6, 30), 110_000)).interest().value == 1_364
    assert debt(110_000, Payment(on(5, 30), 110_000)).interest().value == 0
    assert debt(110_000, Payment(on(5, 31), 110_000)).interest().value == 44


@pytest.mark.article("30-1")
def test_parts_paid_at_different_times_are_summed_and_cut_once() -> None:
    assert debt(110_000, Payment(on(6, 30), 60_000), Payment(on(6, 10), 50_000)).interest().value == 964


@pytest.mark.article("30-1")
def test_interest_bears_no_interest() -> None:
    plain = debt(110_000, Payment(on(6, 30), 110_000)).interest().value
    with_interest_line = debt(111_364, Payment(on(6, 30), 111_364), interest_yen=1_364)
    assert with_interest_line.interest().value == plain


def test_a_part_payment_covers_interest_before_the_principal() -> None:
    short = debt(101_000, Payment(DUE, 1_000), Payment(on(6, 30), 100_000), interest_yen=1_000)
    assert short.interest().value == debt(100_000, Payment(on(6, 30), 100_000)).interest().value


def test_what_is_open_can_be_asked_to_any_day() -> None:
    assert debt().interest(on(6, 30)).value == 1_364
    assert debt().interest().value == 0
    assert debt(110_000, Payment(on(6, 10), 50_000)).interest(on(6, 9)).value >= 0


def test_a_debt_is_late_from_the_day_after_its_due_date_while_anything_is_open() -> None:
    assert debt().days_late(DUE) == 0
    assert debt().days_late(on(5, 30)) == 1
    assert debt(110_000, Payment(on(6, 30), 110_000)).days_late(on(7, 31)) == 0


def test_ages_follow_each_other_without_a_gap() -> None:
    assert [age_of(days) for days in (0, 1, 30, 31, 60, 61, 90, 91)] == [
        Age.NOT_DUE, Age.TO_30, Age.TO_30, Age.TO_60, Age.TO_60, Age.TO_90, Age.TO_90, Age.OVER_90,
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 10**6), st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31))), max_size=20))
def test_the_aging_list_sums_to_what_is_open(debts: list[tuple[int, dt.date]]) -> None:
    told = [debt(yen, key=key, due_on=due_on) for key, (yen, due_on) in enumerate(debts)]
    assert sum(aged(told, on(6, 30)).values()) == sum(one.open_yen for one in told)
