"""The pure half of matching: who may have paid what, and why we think so."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.apps.billing.matching import Book, Candidate, Debtor, Deposit, OpenItem, ranked
from sekisho.apps.billing.matching.ranking import (
    ACCOUNT_POINTS,
    EXACT_POINTS,
    EXACT_TOGETHER_POINTS,
    LESS_FEE_POINTS,
    NAME_POINTS,
    NUMBER_POINTS,
)
from sekisho.apps.billing.matching.sums import items_that_sum_to

MAY, JUNE, JULY = dt.date(2026, 5, 29), dt.date(2026, 6, 30), dt.date(2026, 7, 31)


def item(key: int, yen: int = 110_000, due_on: dt.date = MAY, number: str = "") -> OpenItem:
    return OpenItem(key, 1, number or f"2026-{key:06}", yen, due_on)


AOBA = Debtor(1, names=("アオバセイサクショ",), items=(item(11), item(12, due_on=JUNE)))
SHIRANAMI = Debtor(
    2, names=("シラナミスイサン",), virtual_accounts=frozenset({"9010000042"}), items=(item(21, 55_000),)
)
MIDORI = Debtor(3, names=("ミドリカイ",), items=(item(31, 110_000, JULY), item(32, 33_000), item(33, 44_000, JUNE)))
BOOK = Book([AOBA, SHIRANAMI, MIDORI])


def best(deposit: Deposit, book: Book = BOOK) -> Candidate:
    return ranked(deposit, book)[0]


def paid(candidate: Candidate) -> dict[int, int]:
    return {share.item.key: share.yen for share in candidate.shares}


def test_same_name_and_same_amount_pay_the_oldest_of_equal_invoices_first() -> None:
    first, second, third = ranked(Deposit(110_000, "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ"), BOOK)
    assert (paid(first), first.debtor) == ({11: 110_000}, AOBA)
    assert paid(second) == {12: 110_000}
    assert (paid(third), third.debtor) == ({31: 110_000}, MIDORI)
    assert first.score > second.score > third.score
    assert (first.short_yen, first.rest_yen) == (0, 0)


def test_every_point_of_a_score_is_explained() -> None:
    for candidate in ranked(Deposit(110_000, "ｱｵﾊﾞｾｲｻｸ"), BOOK):
        assert candidate.score == sum(reason.points for reason in candidate.reasons)
        assert all(reason.words.ja and reason.words.en for reason in candidate.reasons)
        assert candidate.reasons


def test_a_virtual_account_tells_who_paid_whatever_the_name_is() -> None:
    found = best(Deposit(55_000, "ﾔﾏﾀﾞ ﾀﾛｳ", accounts=("9010000042",)))
    assert (found.debtor, found.score) == (SHIRANAMI, ACCOUNT_POINTS + EXACT_POINTS)


@pytest.mark.article("28-1")
def test_a_deducted_bank_fee_is_recognised_and_stays_open() -> None:
    book = Book([Debtor(1, names=("アオバ",), items=(item(11),))])
    found = best(Deposit(109_670, "ｶ)ｱｵﾊﾞ"), book)
    assert (paid(found), found.short_yen, found.rest_yen) == ({11: 109_670}, 330, 0)
    assert found.score == NAME_POINTS + LESS_FEE_POINTS
    assert "330円" in found.reasons[-1].words.ja


def test_several_invoices_paid_at_once_are_found_by_their_sum() -> None:
    found = best(Deposit(77_000, "ｲ)ﾐﾄﾞﾘｶｲ"))
    assert paid(found) == {32: 33_000, 33: 44_000}
    assert found.score == NAME_POINTS + EXACT_TOGETHER_POINTS
    short = best(Deposit(77_000 - 440, "ｲ)ﾐﾄﾞﾘｶｲ"))
    assert (paid(short), short.short_yen) == ({32: 33_000, 33: 43_560}, 440)


def test_all_open_invoices_of_a_stranger_by_name_are_found_by_the_amount_alone() -> None:
    found = best(Deposit(187_000, "ﾅﾏｴ ﾁｶﾞｲ"))
    assert (found.debtor, paid(found)) == (MIDORI, {32: 33_000, 33: 44_000, 31: 110_000})


@pytest.mark.parametrize("text", ["000012 ｱｵﾊﾞ", "2026-000012", "２０２６０００012"])
def test_an_invoice_number_in_the_name_points_at_that_invoice(text: str) -> None:
    found = best(Deposit(110_000, text))
    assert paid(found) == {12: 110_000}
    assert found.score >= NUMBER_POINTS + EXACT_POINTS


def test_a_number_in_the_edi_field_counts_like_one_in_the_name() -> None:
    found = best(Deposit(44_000, "ﾌﾒｲ", text="2026000033"))
    assert paid(found) == {33: 44_000}


def test_an_odd_amount_of_a_known_payer_goes_to_the_oldest_debts() -> None:
    found = best(Deposit(60_000, "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ"))
    assert (paid(found), found.short_yen) == ({11: 60_000}, 50_000)
    over = best(Deposit(250_000, "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ"))
    assert (paid(over), over.rest_yen) == ({11: 110_000, 12: 110_000}, 30_000)


def test_a_payer_without_debts_is_a_candidate_for_a_credit() -> None:
    book = Book([Debtor(9, names=("アオバ",))])
    found = best(Deposit(5_000, "ｱｵﾊﾞ"), book)
    assert (found.shares, found.rest_yen) == ((), 5_000)


def test_a_name_that_was_confirmed_before_counts_as_the_name_itself() -> None:
    learned = Debtor(1, names=("アオバセイサクショ",), paid_as=frozenset({"アオバタロウ"}), items=(item(11),))
    found = best(Deposit(110_000, "ｱｵﾊﾞ ﾀﾛｳ"), Book([learned]))
    assert found.score == NAME_POINTS + EXACT_POINTS


def test_nothing_in_common_makes_no_candidate() -> None:
    assert ranked(Deposit(12_345, "ﾀﾞﾚﾃﾞﾓﾅｲ"), BOOK) == []


def test_an_amount_that_half_the_country_owes_says_nothing_by_itself() -> None:
    many = [Debtor(key, items=(item(key),)) for key in range(1, 200)]
    assert ranked(Deposit(110_000, ""), Book(many)) == []


def test_ten_thousand_debtors_are_searched_in_a_moment() -> None:
    kana = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
    names = ["".join(letters) for letters in itertools.islice(itertools.product(kana, repeat=4), 10_000)]
    book = Book(Debtor(key, names=(name,), items=(item(key, 100_000 + key),)) for key, name in enumerate(names))
    found = best(Deposit(100_000 + 7_777, names[7_777]), book)
    assert (found.debtor.key, paid(found)) == (7_777, {7_777: 107_777})


@given(st.lists(st.integers(1, 50), max_size=8), st.integers(0, 200))
def test_a_sum_is_found_exactly_when_there_is_one_and_with_the_fewest_items(amounts: list[int], yen: int) -> None:
    items = [item(key, amount, MAY + dt.timedelta(days=key)) for key, amount in enumerate(amounts)]
    found = items_that_sum_to(yen, items)
    sizes = [
        size
        for size in range(1, len(items) + 1)
        for chosen in itertools.combinations(items, size)
        if yen and sum(one.open_yen for one in chosen) == yen
    ]
    assert len(found) == (min(sizes) if sizes else 0)
    assert not found or sum(one.open_yen for one in found) == yen
    assert len({one.key for one in found}) == len(found)


@given(
    st.integers(1, 400_000),
    st.sampled_from(["ｱｵﾊﾞｾｲｻｸｼﾖ", "ﾐﾄﾞﾘｶｲ", "ｼﾗﾅﾐ", "", "000031"]),
    st.sampled_from([(), ("9010000042",)]),
)
def test_no_candidate_spends_more_than_was_paid_or_more_than_is_owed(
    yen: int, name: str, accounts: tuple[str, ...]
) -> None:
    for candidate in ranked(Deposit(yen, name, accounts), BOOK):
        spent = sum(share.yen for share in candidate.shares)
        assert spent + candidate.rest_yen == yen
        assert all(0 < share.yen <= share.item.open_yen for share in candidate.shares)
        assert candidate.short_yen >= 0
        assert candidate.rest_yen == 0 or candidate.short_yen == 0
