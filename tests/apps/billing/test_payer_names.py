from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sekisho.apps.billing.payer_names import (
    PAYER_NAME_CHARACTERS_MAX,
    PERCENT_EQUAL,
    digits_in,
    normalised,
    similarity_percent,
)

KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワンガギグゲゴパピプペポ"


@pytest.mark.parametrize(
    "written",
    [
        "ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ",
        "ｱｵﾊﾞｾｲｻｸｼﾖ(ｶ",
        "ｱｵﾊﾞ ｾｲｻｸｼﾖ (ｶ)",
        "(ｶ)ｱｵﾊﾞｾｲｻｸｼﾖ",
        "カ）アオバセイサクショ",
        "アオバセイサクショ",
        "ｶﾌﾞｼｷｶﾞｲｼﾔ ｱｵﾊﾞｾｲｻｸｼﾖ",
        "カブシキガイシャ　アオバセイサクショ",
        "あおばせいさくしょ",
        "ｱｵﾊﾞ･ｾｲｻｸｼﾖ",
    ],
)
def test_one_company_has_one_name_however_a_bank_writes_it(written: str) -> None:
    assert normalised(written) == "アオバセイサクシヨ"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ｽ-ﾊﾟ-ｼﾗﾅﾐ", "スパシラナミ"),
        ("スーパーシラナミ", "スパシラナミ"),
        ("ﾄﾞ)ﾐﾊﾘ", "ミハリ"),
        ("ﾕ)ｼﾗﾅﾐｽｲｻﾝ", "シラナミスイサン"),
        ("ｼﾗﾅﾐｽｲｻﾝ(ﾕ", "シラナミスイサン"),
        ("ｲ)ﾐﾄﾞﾘ(ｶ)", "ミドリ"),
        ("ｶ)ABCｼｽﾃﾑｽﾞ", "ABCシステムズ"),
        ("ｼﾝ ｶﾝﾊﾟﾆｰ", "シンカンパニ"),
        ("株式会社青葉製作所", "青葉製作所"),
        ("ｶ)", "カ"),
        ("", ""),
    ],
)
def test_legal_form_small_letters_and_long_vowels_are_left_out(written: str, kept: str) -> None:
    assert normalised(written) == kept


def test_letters_that_only_look_like_a_legal_form_stay() -> None:
    assert normalised("ｶﾜｶﾐｼﾖｳｶｲ") == "カワカミシヨウカイ"
    assert normalised("ﾕﾆｵﾝ") == "ユニオン"


@example("ｩﾞ")
@example("ｳｰﾞ")
@given(st.text(alphabet=KANA + "ァャョーｶﾞﾕ)( 　-AZ09株式会社", max_size=48))
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


@given(st.text(max_size=60))
def test_any_text_at_all_has_a_normal_form(name: str) -> None:
    assert isinstance(normalised(name), str)


@given(st.text(alphabet=KANA, min_size=1, max_size=30), st.sampled_from(["ｶ)", "(ｶ)", "ﾕ)", "ﾄﾞ)"]))
def test_a_legal_mark_before_a_name_changes_nothing(name: str, mark: str) -> None:
    assert normalised(mark + name) == normalised(name)


def test_similarity_tells_equal_from_alike_from_different() -> None:
    assert similarity_percent("ｶ)ｼﾗﾅﾐｽｲｻﾝ", "シラナミスイサン") == PERCENT_EQUAL
    assert 75 <= similarity_percent("ｼﾗﾅﾐｽｲｻﾝﾌｸｵｶ", "シラナミスイサン") < PERCENT_EQUAL
    assert similarity_percent("ﾔﾏﾀﾞﾃﾞﾝｷ", "シラナミスイサン") < 50
    assert similarity_percent("", "シラナミスイサン") == 0


def test_a_name_that_the_bank_cut_off_counts_as_the_name_it_begins() -> None:
    whole, sent = "シラナミ" * 14, "ｼﾗﾅﾐ" * 14
    assert similarity_percent(sent[:PAYER_NAME_CHARACTERS_MAX], whole) == PERCENT_EQUAL
    assert similarity_percent(sent[: PAYER_NAME_CHARACTERS_MAX - 1], whole) < PERCENT_EQUAL


def test_a_legal_form_in_full_that_pushes_the_end_out_does_no_harm() -> None:
    sent = ("ｺﾞｳﾄﾞｳｶﾞｲｼﾔ" + "ｼﾗﾅﾐ" * 14)[:PAYER_NAME_CHARACTERS_MAX]
    assert similarity_percent(sent, "シラナミ" * 14) == PERCENT_EQUAL


def test_digits_are_found_in_either_width() -> None:
    assert digits_in("202605001 ｱｵﾊﾞ 12") == ("202605001",)
    assert digits_in("２０２６－００１２") == ("2026", "0012")
