"""Late interest and the surcharge (Arts. 29, 30)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.arrears import Payment, late_interest, surcharge
from sekisho.terms.values import BadParameter, Switched
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import DAYS, on


def interest(principal: int, due: str, *payments: tuple[str, int], **more: object) -> int:
    return late_interest(principal, on(due), [Payment(on(day), yen) for day, yen in payments], **more).value


@pytest.mark.article("30-1")
@pytest.mark.parametrize(
    ("principal", "due", "paid", "expected"),
    [
        (110_000, "2026-05-29", "2026-06-30", 1_364),
        (110_000, "2026-05-29", "2026-05-29", 0),
        (110_000, "2026-05-29", "2026-05-30", 0),
        (110_000, "2026-05-29", "2026-05-31", 44),
        (165_000, "2023-12-29", "2024-03-01", 4_092),
        (123_456, "2026-04-01", "2026-04-12", 493),
        (110_000, "2026-05-29", "2026-05-01", 0),
    ],
)
def test_interest_runs_from_the_day_after_due_to_the_day_before_payment(
    principal: int, due: str, paid: str, expected: int
) -> None:
    assert interest(principal, due, (paid, principal)) == expected


@pytest.mark.article("30-1", "32-1")
def test_parts_paid_earlier_stop_bearing_interest_and_the_sum_is_cut_once() -> None:
    assert interest(110_000, "2026-05-29", ("2026-06-10", 50_000), ("2026-06-30", 60_000)) == 964
    assert interest(110_000, "2026-05-29", ("2026-06-30", 60_000), ("2026-06-10", 50_000)) == 964
    # Two parts of 1,300 yen-days each are 0.52 yen: cut part by part they would both vanish.
    assert interest(2_600, "2026-05-29", ("2026-05-31", 1_300), ("2026-05-31", 1_300)) == 1


@pytest.mark.article("30-1")
def test_what_is_unpaid_counts_only_as_if_paid_on_the_day_asked() -> None:
    assert interest(110_000, "2026-05-29", ("2026-06-10", 50_000)) == 220
    assert interest(110_000, "2026-05-29", ("2026-06-10", 50_000), asked_on=on("2026-06-30")) == 964
    assert interest(110_000, "2026-05-29", asked_on=on("2026-06-30")) == 1_364
    left = late_interest(110_000, on("2026-05-29"), [Payment(on("2026-06-10"), 50_000)]).steps[-1]
    assert left.words.en == "60,000 yen are still unpaid and go on bearing interest."


@pytest.mark.article("30-1")
def test_what_is_paid_beyond_the_principal_changes_nothing() -> None:
    assert interest(110_000, "2026-05-29", ("2026-06-30", 200_000)) == 1_364
    assert interest(110_000, "2026-05-29", ("2026-06-30", 110_000), ("2026-12-30", 5)) == 1_364


@pytest.mark.article("30-1")
def test_days_of_grace_are_a_switch_and_none_by_default() -> None:
    grace = replace(LATEST, switches=Switches(interest_grace_days=15))
    assert interest(110_000, "2026-05-29", ("2026-06-13", 110_000), terms=grace) == 0
    assert interest(110_000, "2026-05-29", ("2026-06-14", 110_000), terms=grace) == 660
    found = late_interest(1, on("2026-05-29"), [Payment(on("2026-06-14"), 1)])
    assert found.switches == (Switched("interest_grace_days", 0),)


@pytest.mark.article("29-1")
def test_the_surcharge_is_twice_the_evaded_amount_besides_the_amount_itself() -> None:
    found = surcharge(100_000)
    assert (found.value, found.article) == (200_000, "29-1")
    assert found.steps[-1].words.en == "Together with what was evaded: 300,000 yen."


@pytest.mark.article("29-1")
def test_whether_the_surcharge_contains_the_amount_is_a_switch() -> None:
    contained = surcharge(100_000, terms=replace(LATEST, switches=Switches(surcharge_in_addition=False)))
    assert contained.value == 200_000
    assert contained.steps[-1].words.ja == "免れた額と合わせて200,000円。"


@pytest.mark.parametrize(
    ("payments", "more", "why"),
    [
        ([], {}, "payments is empty"),
        ([Payment(on("2026-06-10"), 0)], {}, "payments holds a payment of 0 yen"),
        ([Payment(on("2026-06-10"), -1)], {}, "payments must not be negative"),
        ([Payment(on("2026-06-10"), 5)], {"asked_on": on("2026-06-09")}, "asked_on is before the last payment"),
    ],
)
def test_payments_that_make_no_sense_are_named(payments: list[Payment], more: dict[str, dt.date], why: str) -> None:
    with pytest.raises(BadParameter, match=why):
        late_interest(100, on("2026-05-29"), payments, **more)


PAYMENTS = st.lists(st.builds(Payment, DAYS, st.integers(1, 10**8)), min_size=1, max_size=6)


@given(st.integers(0, 10**9), DAYS, PAYMENTS)
def test_interest_is_the_exact_sum_over_balances_day_by_day(principal: int, due: dt.date, paid: list[Payment]) -> None:
    """Computed a second way: the balance of each day, from the day after due on."""
    paid = [p._replace(on=min(p.on, due + dt.timedelta(100))) for p in paid]
    exact, last = Fraction(0), max(p.on for p in paid)
    received = sum(p.amount for p in paid)
    for ordinal in range(due.toordinal() + 1, last.toordinal()):
        on_day = dt.date.fromordinal(ordinal)
        balance = principal - min(principal, sum(p.amount for p in paid if p.on <= on_day))
        exact += Fraction(max(0, balance - max(0, principal - received))) * Fraction(146, 1000) / 365
    assert late_interest(principal, due, paid).value == int(exact)


@given(st.integers(0, 10**9), DAYS, st.integers(0, 3_000), st.integers(0, 3_000))
def test_paying_later_never_costs_less_and_interest_is_never_negative(
    principal: int, due: dt.date, first: int, second: int
) -> None:
    sooner, later = (due + dt.timedelta(days) for days in sorted((first, second)))
    costs = [late_interest(principal, due, [Payment(paid, 10**9)]).value for paid in (sooner, later)]
    assert 0 <= costs[0] <= costs[1]
    assert costs[1] == late_interest(principal, due, [Payment(later, 10**9)]).value
