"""Accounts of a contractor: given by contracts, kept through a grace, left to read with after the end."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.history import DAY, DatedFact, FactKind, History, at_start_of, through
from sekisho.terms.portal_accounts import (
    GRACE_DAYS,
    Bound,
    accounts_given,
    accounts_kept,
    cut_on,
    may_write,
    new_account_check,
    who_goes,
)
from sekisho.terms.values import Refusal, Value

START = dt.date(2026, 4, 1)
STOP = dt.date(2026, 9, 30)
"""The last day of the option."""


def noon(on: dt.date) -> dt.datetime:
    return at_start_of(on) + dt.timedelta(hours=12)


def contract(
    extra: int = 0, extra_until: dt.date | None = None, ended: dt.date | None = None, started: dt.date = START
) -> Bound:
    """A basic contract with operations and so many extra accounts until a day."""
    told = [
        (FactKind.STATE, "accepted", None),
        (FactKind.PLAN, "basic", None),
        (FactKind.FUNCTIONS, ["firewall"], None),
        (FactKind.ACCESS_ITEM, "best_effort_1g", None),
        (FactKind.OPERATIONS, None, None),
        (FactKind.SERVICE, None, ended),
        *([(FactKind.EXTRA_ACCOUNTS, extra, extra_until)] if extra else []),
    ]
    return Bound(History(tuple(fact(number, *each, started) for number, each in enumerate(told, 1))))


def fact(number: int, kind: FactKind, value: object, last: dt.date | None, first: dt.date) -> DatedFact:
    begins = at_start_of(first)
    return DatedFact(
        number=number,
        thread=f"{kind}.{number}",
        kind=kind,
        value=value,
        from_at=begins,
        until_at=through(last) if last else None,
        recorded_at=begins,
    )


@pytest.mark.article("6-1(1)")
def test_a_contract_gives_one_account_and_no_second() -> None:
    assert accounts_given([contract()], noon(START)) == 1
    assert isinstance(new_account_check([contract()], 0, noon(START)), Value)
    refused = new_account_check([contract()], 1, noon(START))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.article) == ("account.limit_reached", "6-1(1)")
    assert "1個" in refused.words.ja


@pytest.mark.article("6-1(2)")
def test_two_extra_accounts_make_three() -> None:
    assert accounts_given([contract(extra=2)], noon(START)) == 3
    assert isinstance(new_account_check([contract(extra=2)], 2, noon(START)), Value)
    assert isinstance(new_account_check([contract(extra=2)], 3, noon(START)), Refusal)


@pytest.mark.article("6-1(1)")
def test_the_accounts_of_all_contracts_count_together() -> None:
    assert accounts_given([contract(), contract(extra=1)], noon(START)) == 3


@pytest.mark.article("6-1(1)")
def test_somebody_who_only_applies_has_one_account() -> None:
    assert accounts_given([], noon(START)) == 1
    assert accounts_kept([], START) == 1
    assert isinstance(new_account_check([], 0, noon(START)), Value)
    assert isinstance(new_account_check([], 1, noon(START)), Refusal)


@pytest.mark.article("6-1(2)")
def test_when_extra_accounts_end_everybody_stays_through_the_grace() -> None:
    bound = [contract(extra=2, extra_until=STOP)]
    assert accounts_given(bound, noon(STOP + DAY)) == 1
    last = STOP + DAY * GRACE_DAYS
    assert accounts_kept(bound, last) == 3
    assert accounts_kept(bound, last + DAY) == 1
    assert cut_on(bound, 3, STOP) == cut_on(bound, 3, STOP + DAY) == last + DAY
    assert cut_on(bound, 1, STOP + DAY) is None
    assert cut_on(bound, 3, STOP - DAY * 30) is None


@pytest.mark.article("38-5")
def test_after_the_end_accounts_stay_to_read_until_they_are_erased() -> None:
    bound = [contract(extra=1, ended=STOP)]
    erased = dt.date(2027, 4, 1)  # six months after 2026-09-30, from the day after
    assert accounts_given(bound, noon(STOP + DAY)) == 1  # the door
    assert accounts_kept(bound, STOP + DAY * 60) == 2
    assert accounts_kept(bound, erased - dt.timedelta(days=2)) == 2
    assert accounts_kept(bound, erased) == 0


@pytest.mark.article("38-5")
def test_an_ended_contract_is_read_and_no_longer_acted_under() -> None:
    bound = contract(ended=STOP)
    assert may_write(bound, noon(STOP))
    assert not may_write(bound, noon(STOP + DAY))


@pytest.mark.article("38-5")
def test_a_living_contract_keeps_its_own_accounts_when_another_is_erased() -> None:
    bound = [contract(ended=STOP), contract(extra=1)]
    assert accounts_kept(bound, dt.date(2027, 6, 1)) == 2


@pytest.mark.article("6-1(2)")
@given(extra=st.integers(0, 5), offset=st.integers(-40, 400), existing=st.integers(0, 8))
def test_nobody_goes_before_the_grace_is_over_and_nothing_is_kept_that_was_not_given(
    extra: int, offset: int, existing: int
) -> None:
    bound, on = [contract(extra=extra, extra_until=STOP)], STOP + DAY * offset
    kept = accounts_kept(bound, on)
    assert kept in (1, 1 + extra)
    if on <= STOP + DAY * GRACE_DAYS:
        assert kept == 1 + extra or on < START
    if existing <= 1:
        assert cut_on(bound, existing, on) is None


def test_the_first_of_the_order_stay() -> None:
    assert who_goes(["a", "b", "c"], 1) == ["b", "c"]
    assert who_goes(["a"], 3) == []
