"""Taxes, totals, debts and due dates (Arts. 27, 28, 31, 32)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.calendar import BANK, is_business_day
from sekisho.terms.invoice import (
    DebtKind,
    Line,
    debt_arises_on,
    invoice_total,
    month_fee,
    open_after_payment,
    payment_due,
)
from sekisho.terms.taxes import consumption_tax_rate
from sekisho.terms.values import BadParameter
from sekisho.terms.versions import LATEST, Switches

from .moments_in_tokyo import DAYS, at, on

DAILY = replace(LATEST, switches=Switches(proration="daily"))


@pytest.mark.article("31-1")
@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("1989-03-31", 0), ("1989-04-01", 3), ("1997-03-31", 3), ("1997-04-01", 5), ("2014-03-31", 5),
        ("2014-04-01", 8), ("2019-09-30", 8), ("2019-10-01", 10), ("2026-05-31", 10),
    ],
)  # fmt: skip
def test_the_rate_is_the_one_of_the_day_of_supply(day: str, rate: int) -> None:
    assert consumption_tax_rate(on(day)).value == rate


@pytest.mark.article("31-1", "32-1")
def test_the_tax_is_computed_once_on_the_sum() -> None:
    assert invoice_total([Line(33_335), Line(33_335)], on("2026-05-31")).value == (66_670, 6_667, 0, 73_337)


@pytest.mark.article("31-1")
def test_lines_outside_the_tax_stand_in_a_block_of_their_own() -> None:
    found = invoice_total([Line(100_000), Line(180_000, taxable=False), Line(1_364, taxable=False)], on("2026-05-31"))
    assert found.value._asdict() == {"net": 100_000, "tax": 10_000, "nontax": 181_364, "total": 291_364}


@pytest.mark.article("31-1")
def test_an_invoice_before_the_last_rise_has_eight_percent() -> None:
    assert invoice_total([Line(99_999)], on("2019-09-30")).value.tax == 7_999


def test_an_invoice_has_at_least_one_line() -> None:
    with pytest.raises(BadParameter, match="lines is empty"):
        invoice_total([], on("2026-05-31"))


@pytest.mark.article("27-1")
def test_the_initial_fee_is_owed_from_the_acceptance_on() -> None:
    found = debt_arises_on(DebtKind.INITIAL_FEE, at("2026-04-03 14:05:00"))
    assert (found.value, found.article) == (on("2026-04-03"), "27-1")
    assert debt_arises_on(DebtKind.ONE_TIME_FEE, at("2026-04-03 23:59:59").astimezone(dt.UTC)).value == on("2026-04-03")
    assert debt_arises_on(DebtKind.MONTHLY_FEE, on("2026-05-01")).value == on("2026-05-01")


@pytest.mark.article("27-1")
def test_a_part_of_a_month_is_billed_in_full_unless_prorated() -> None:
    month, start = on("2026-04-01"), on("2026-04-16")
    assert month_fee(30_000, month, start).value == 30_000
    assert month_fee(30_000, month, start, terms=DAILY).value == 15_000
    assert month_fee(30_000, month, start, on("2026-04-16"), terms=DAILY).value == 1_000
    assert month_fee(30_000, month, on("2026-05-01")).value == 0
    assert month_fee(30_000, month, on("2025-05-01"), on("2026-03-31")).value == 0


@pytest.mark.article("28-1")
@pytest.mark.parametrize(
    ("invoiced", "named", "due"),
    [
        ("2026-04-10", None, "2026-05-29"),
        ("2026-11-30", None, "2026-12-30"),
        ("2026-12-10", None, "2027-01-29"),
        ("2026-04-10", "2026-05-03", "2026-05-07"),
        ("2026-04-10", "2026-05-29", "2026-05-29"),
        ("2026-12-01", "2026-12-31", "2027-01-04"),
    ],
)
def test_an_invoice_is_due_on_a_bank_day(invoiced: str, named: str | None, due: str) -> None:
    assert payment_due(on(invoiced), on(named) if named else None).value == on(due)


def test_an_invoice_is_not_due_before_it_is_made() -> None:
    with pytest.raises(BadParameter, match="due_on is before invoiced_on"):
        payment_due(on("2026-04-10"), on("2026-04-09"))


@pytest.mark.article("28-1", "30-2")
def test_a_bank_fee_that_the_payer_deducted_stays_open() -> None:
    assert open_after_payment(110_000, 109_670).value == 330
    assert open_after_payment(110_000, 120_000).value == 0


LINES = st.lists(st.builds(Line, st.integers(-(10**7), 10**9), st.booleans()), min_size=1, max_size=20)


@given(LINES, DAYS)
def test_totals_add_up_and_the_tax_is_never_more_than_exact(lines: list[Line], day: dt.date) -> None:
    found = invoice_total(lines, day).value
    assert found.total == found.net + found.tax + found.nontax == sum(x.amount for x in lines) + found.tax
    assert abs(found.tax) * 10 <= abs(found.net)
    assert found == invoice_total(reversed(lines), day).value


@given(DAYS)
def test_the_default_due_date_is_a_bank_day_of_the_next_month(day: dt.date) -> None:
    due = payment_due(day).value
    assert is_business_day(due, BANK)
    assert (due.year * 12 + due.month) - (day.year * 12 + day.month) == 1


@given(st.integers(0, 10**7), DAYS, st.integers(0, 60))
def test_prorated_days_never_exceed_the_fee(fee: int, start: dt.date, days: int) -> None:
    ended = start + dt.timedelta(days)
    assert 0 <= month_fee(fee, start, start, ended, terms=DAILY).value <= fee
    assert month_fee(fee, start, start, ended).value == fee
