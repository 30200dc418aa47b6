"""How long documents of trade are kept."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.books import books_kept_until
from sekisho.terms.values import BadParameter

DATES = st.dates(dt.date(2016, 10, 3), dt.date(2090, 1, 1))


@pytest.mark.parametrize(
    ("dated", "until"),
    [
        (dt.date(2026, 3, 31), dt.date(2033, 5, 31)),  # last day of a year that ends in March; return due 2026-05-31
        (dt.date(2026, 4, 1), dt.date(2034, 5, 31)),
        (dt.date(2025, 4, 1), dt.date(2033, 5, 31)),
    ],
)
def test_seven_years_count_from_the_due_date_of_the_fiscal_years_return(dated: dt.date, until: dt.date) -> None:
    assert books_kept_until(dated) == until


def test_ten_years_where_a_loss_is_carried_forward() -> None:
    assert books_kept_until(dt.date(2026, 3, 31), years=10) == dt.date(2036, 5, 31)


def test_a_fiscal_year_may_end_in_another_month() -> None:
    assert books_kept_until(dt.date(2024, 12, 31), fiscal_year_ends_in=12) == dt.date(2032, 2, 29)


@given(DATES, st.integers(1, 12), st.sampled_from((7, 10)))
def test_a_document_is_never_kept_shorter_than_the_years_nor_much_longer(
    dated: dt.date, month: int, years: int
) -> None:
    until = books_kept_until(dated, years=years, fiscal_year_ends_in=month)

    assert dt.timedelta(years * 365 + 57) <= until - dated <= dt.timedelta((years + 1) * 366 + 62)


@pytest.mark.parametrize("wrong", [{"years": 5}, {"fiscal_year_ends_in": 0}, {"fiscal_year_ends_in": 13}])
def test_other_years_and_months_make_no_sense(wrong: dict[str, int]) -> None:
    with pytest.raises(BadParameter):
        books_kept_until(dt.date(2026, 1, 1), **wrong)
