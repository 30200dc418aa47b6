"""What a version that works backwards does to money (supplementary provisions 5 and 6), and the errata."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.terms.adjustments import (
    BilledMonth,
    adjustment_interest_check,
    affected_months,
    retroactive_adjustments,
)
from sekisho.terms.articles import PROVISIONS
from sekisho.terms.errata import ERRATA
from sekisho.terms.values import BadParameter, Refusal
from sekisho.terms.versions import VERSIONS

from .moments_in_tokyo import on

V6_MONTHS = affected_months("V6").value


@pytest.mark.article("附則6")
def test_the_sixth_version_goes_back_over_eleven_months() -> None:
    assert (V6_MONTHS[0], V6_MONTHS[-1], len(V6_MONTHS)) == (on("2024-03-01"), on("2025-01-01"), 11)


@pytest.mark.article("附則5")
def test_the_fifth_version_goes_back_over_july_2021() -> None:
    assert affected_months("V5").value == (on("2021-07-01"),)


@pytest.mark.parametrize("version", ["V1", "V2", "V3", "V4"])
def test_a_version_that_does_not_work_backwards_changes_no_month(version: str) -> None:
    assert affected_months(version).value == ()


@pytest.mark.article("附則6")
def test_a_lower_fee_gives_one_negative_line_a_month() -> None:
    found = retroactive_adjustments("V6", [BilledMonth(month, 30_000, 28_000) for month in V6_MONTHS])
    assert [(line.month, line.amount, line.legal_review) for line in found.value] == [
        (month, -2_000, False) for month in V6_MONTHS
    ]
    assert (found.article, found.terms_version) == ("附則6", "V6")


@pytest.mark.article("附則6")
def test_a_dearer_month_is_flagged_and_an_equal_one_has_no_line() -> None:
    months = [BilledMonth(on("2024-05-01"), 30_000, 30_000), BilledMonth(on("2024-04-01"), 30_000, 31_000)]
    assert retroactive_adjustments("V6", months).value == ((on("2024-04-01"), 1_000, True),)


@pytest.mark.article("30-1", "附則6")
def test_an_adjustment_bears_no_interest() -> None:
    found = adjustment_interest_check()
    assert isinstance(found, Refusal)
    assert found.code == "adjustment.no_interest"


@pytest.mark.parametrize("month", ["2024-02-01", "2025-02-01"])
def test_a_month_outside_the_reach_is_no_sensible_question(month: str) -> None:
    with pytest.raises(BadParameter, match="is not a month to which V6 goes back"):
        retroactive_adjustments("V6", [BilledMonth(on(month), 1, 2)])


@given(st.lists(st.tuples(st.sampled_from(V6_MONTHS), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=11))
def test_adjustments_are_exactly_the_difference_and_ask_the_same_twice(
    billed: list[tuple[dt.date, int, int]],
) -> None:
    months = [BilledMonth(*row) for row in billed]
    found = retroactive_adjustments("V6", months)
    assert sum(line.amount for line in found.value) == sum(m.recomputed - m.billed for m in months)
    assert found == retroactive_adjustments("V6", reversed(months))


@pytest.mark.article("5-2")
def test_each_slip_of_the_text_names_its_articles_and_how_it_is_read() -> None:
    by_article = {article: erratum for erratum in ERRATA for article in erratum.articles}
    assert by_article["5-2"].read_as.en.startswith("Art. 6")
    assert set(by_article) <= set(PROVISIONS)
    assert all(words.ja and words.en for erratum in ERRATA for words in (erratum.found, erratum.read_as))


@pytest.mark.article("附則1", "附則2", "附則3", "附則4", "附則5", "附則6")
def test_each_version_cites_its_supplementary_provision() -> None:
    assert [v.article for v in VERSIONS] == [f"附則{n}" for n in range(1, 7)]
    assert all(v.article in PROVISIONS for v in VERSIONS)
