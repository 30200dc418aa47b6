"""Papers add up, say 御中 or 様, write dates as asked, and let no steering character through."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.papers.invoice import CarriedForward, InvoiceLine, RateBlock
from sekisho.papers.paper import DoesNotAddUp, Language, printable, sheet_data, written_date
from sekisho.papers.parties import Addressee, addressed

from . import samples

SHEETS = {sample.__name__ for sample in samples.SAMPLES}


@pytest.mark.parametrize(
    "wrong",
    [
        {"total_yen": 161_745},
        {"due_yen": 162_075},
        {"outside_tax_yen": 0},
        {"carried": CarriedForward(previous_number="x", previous_yen=10, received_yen=3, carried_yen=8)},
        {"rates": (RateBlock(rate_percent=10, lines=(InvoiceLine(content="x", yen=2),), net_yen=1, tax_yen=0),)},
    ],
)
def test_an_invoice_that_does_not_add_up_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(DoesNotAddUp):
        samples.invoice(**wrong)


@pytest.mark.parametrize(
    ("sample", "wrong"),
    [
        (samples.receipt, {"amount_yen": 1}),
        (samples.return_invoice, {"total_yen": 1}),
        (samples.credit_note, {"credit_yen": 180_000}),
        (samples.quotation, {"once_yen": 1}),
        (samples.quotation, {"monthly_yen": 1}),
        (samples.final_settlement, {"balance_yen": 0}),
        (samples.final_settlement, {"outside_tax_yen": 0}),
        (samples.dunning_letter, {"open_yen": 1}),
        (samples.dunning_letter, {"interest_yen": 1}),
        (samples.dunning_letter, {"total_yen": 1}),
    ],
)
def test_other_papers_about_money_add_up_too(sample, wrong: dict[str, object]) -> None:
    with pytest.raises(DoesNotAddUp):
        sample(**wrong)


def test_only_a_final_letter_threatens_suspension() -> None:
    with pytest.raises(ValueError, match="final"):
        samples.dunning_letter(level=1)


@pytest.mark.parametrize(
    ("addressee", "lines"),
    [
        (Addressee(name="株式会社青葉"), ("株式会社青葉 御中",)),
        (Addressee(name="株式会社青葉", department="経理部"), ("株式会社青葉", "経理部 御中")),
        (Addressee(name="株式会社青葉", department="経理部", person="山﨑"), ("株式会社青葉", "経理部", "山﨑 様")),
        (Addressee(person="架空 太郎"), ("架空 太郎 様",)),
        (Addressee(), ()),
    ],
)
def test_a_company_is_onchu_and_a_person_sama_and_never_both(addressee: Addressee, lines: tuple[str, ...]) -> None:
    assert addressed(addressee, Language.JA) == lines


def test_english_knows_no_honorific() -> None:
    assert addressed(Addressee(name="Aoba", person="Yamazaki"), Language.EN) == ("Aoba", "Yamazaki")


@pytest.mark.parametrize(
    ("language", "by_era", "written"),
    [
        (Language.JA, False, "2019年5月1日"),
        (Language.JA, True, "令和元年5月1日"),
        (Language.EN, False, "1 May 2019"),
        (Language.EN, True, "1 May 2019"),
    ],
)
def test_dates_are_written_in_the_papers_language(language: Language, by_era: bool, written: str) -> None:
    assert written_date(dt.date(2019, 5, 1), language, by_era=by_era) == written


@given(st.text())
def test_no_steering_character_gets_through_and_nothing_else_is_lost(text: str) -> None:
    left = printable(text)

    assert not any(ord(letter) < 32 and letter != "\n" for letter in left)
    assert not set(left) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff\x7f\x9b")
    assert [letter for letter in text if letter.isalnum()] == [letter for letter in left if letter.isalnum()]
    assert printable(left) == left


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.__name__)
def test_a_papers_data_is_json_with_its_sheet_and_its_own_date(sample) -> None:
    paper = sample()
    data = json.loads(sheet_data(paper))

    assert sample.__name__ == paper.SHEET
    assert set(data["document"]) == {"year", "month", "day", "author"}
    assert data["language"] == "ja"
    assert {field.name for field in dataclasses.fields(paper)} <= set(data)


def test_an_instant_or_a_float_has_no_place_on_a_paper() -> None:
    with pytest.raises(TypeError, match="instants"):
        sheet_data(samples.refusal_notice(applied_on=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
    with pytest.raises(TypeError, match="plain values"):
        sheet_data(samples.refusal_notice(applied_on=1.5))


def test_every_sheet_belongs_to_a_paper() -> None:
    from sekisho.gateways.typesetting import SHEETS as FOLDER

    shared = {"style", "letter", "form", "money", "measure"}
    assert {file.stem for file in FOLDER.glob("*.typ")} == SHEETS | shared
