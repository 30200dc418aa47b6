"""Papers as PDF: every one in both languages, real typst, real fonts; hostile text stays text."""

from __future__ import annotations

import dataclasses
import io
import threading
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from sekisho.gateways import typesetting
from sekisho.gateways.typesetting import FontsMissing, SheetError, font_folders, pictured, typeset, unprintable
from sekisho.papers.invoice import InvoiceLine, RateBlock
from sekisho.papers.paper import Language, Paper
from sekisho.papers.parties import Addressee

from ..papers import samples

TYPST = '#read("style.typ") #eval("1+1") #panic("x") $x^2$ *bold* _it_ `raw` = head @ref <label> // ] } ) " \\'


def text_of(pdf: bytes) -> str:
    """All text without white space: where a line breaks is the sheet's business."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.__name__)
def test_every_paper_is_set_and_its_words_can_be_searched(sample: Callable[..., Paper], language: Language) -> None:
    paper = sample(language=language)
    pdf = typeset(paper)

    text = text_of(pdf)

    assert pdf.startswith(b"%PDF-1.7")
    assert "九重通信株式会社" in text
    assert "青葉製作所" in text
    assert paper.number in text  # type: ignore[attr-defined]
    assert unprintable(paper) == ()


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.__name__)
def test_an_english_paper_has_no_japanese_words_of_the_sheets_own(sample: Callable[..., Paper]) -> None:
    """Sets the paper with all its own text taken to Latin letters; what is left in Japanese would be the sheet's."""
    text = text_of(typeset(replaced(sample(language=Language.EN), lambda words: "Latin" if words else "")))

    japanese = ("CJK UNIFIED", "HIRAGANA", "KATAKANA")
    left = [letter for letter in text if unicodedata.name(letter, "").startswith(japanese)]
    assert left == []


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.__name__)
def test_hostile_text_in_every_field_is_shown_and_not_run(sample: Callable[..., Paper]) -> None:
    paper = replaced(sample(language=Language.EN), lambda words: TYPST if words else "")

    text = text_of(typeset(paper))

    assert squeezed('#eval("1+1")') in text
    assert squeezed("*bold* _it_ `raw`") in text
    assert "letgothic" not in text  # style.typ was not read


def replaced(value: Any, change: Callable[[str], str]) -> Any:
    """The paper with every free text changed, however deep."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {"language"}
        found = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **{n: v if n in kept else replaced(v, change) for n, v in found.items()})
    if isinstance(value, tuple):
        return tuple(replaced(part, change) for part in value)
    return change(value) if type(value) is str else value


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
@example("\x00\x1b[31m\u202egnp.exe\u2066")
@example("葛\U000e0100城 辻\U000e0101 𠮷野家 髙﨑")
@example("😀 한국어 العربية \ue000 \U0010ffff")
@example("e\u0301 が\u3099 \u00ad\u200b")
@example("\ud800")
@example("a\U000e0100 \ufe0f")
def test_no_text_at_all_keeps_an_invoice_from_being_set(name: str) -> None:
    paper = samples.invoice(addressee=Addressee(name=f"甲{name}乙"), remarks=(name,))

    assert typeset(paper).startswith(b"%PDF-1.7")


def test_a_character_that_no_font_has_is_a_geta_and_told_beforehand() -> None:
    paper = samples.invoice(addressee=Addressee(name="喫茶😀"))

    assert unprintable(paper) == ("😀",)
    assert "喫茶〓御中" in text_of(typeset(paper))


def test_names_with_rare_characters_are_set_as_they_are_written() -> None:
    text = text_of(typeset(samples.invoice(addressee=Addressee(name="𠮷野﨑商店", person="髙橋"))))

    assert "𠮷野" in text
    assert "髙橋様" in text


def test_equal_papers_give_equal_bytes_and_other_papers_others() -> None:
    first, again, other = samples.invoice(), samples.invoice(), samples.invoice(number="INV-2026-000124")

    assert typeset(first) == typeset(again)
    assert typeset(first) != typeset(other)


def test_equal_papers_give_equal_bytes_in_another_thread_too() -> None:
    elsewhere: list[bytes] = []
    thread = threading.Thread(target=lambda: elsewhere.append(typeset(samples.invoice())))
    thread.start()
    thread.join(timeout=60)

    assert elsewhere == [typeset(samples.invoice())]


def test_the_file_is_an_archive_and_readable_aloud() -> None:
    reader = PdfReader(io.BytesIO(typeset(samples.invoice())))
    catalogue: Any = reader.trailer["/Root"]
    metadata = catalogue["/Metadata"].get_object().get_data().decode()

    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert str(catalogue["/Lang"]).startswith("ja")
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("請求書 INV-2026-000123", "九重通信株式会社")


def test_all_fonts_are_in_the_file() -> None:
    page: Any = PdfReader(io.BytesIO(typeset(samples.dunning_letter()))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]

    assert len(fonts) >= 2
    assert all("/FontFile2" in each or "/FontFile3" in each for each in descriptors)
    assert all("Noto" in font["/BaseFont"] and "/ToUnicode" in font for font in fonts)


def test_the_six_items_of_a_qualified_invoice_are_on_its_first_page() -> None:
    text = squeezed(PdfReader(io.BytesIO(typeset(samples.invoice()))).pages[0].extract_text())

    assert "登録番号T7000012050002" in text  # 1 issuer
    assert "2026年7月1日〜2026年7月31日" in text  # 2 period of supply
    assert "UTMサービスベーシックプラン" in text  # 3 content
    assert "10%対象145,80214,580" in text  # 4 and 5 total and tax a rate
    assert "株式会社青葉製作所経理部御中" in text  # 6 recipient
    assert "消費税対象外1,364" in text
    assert "¥162,076" in text
    assert "修正した適格請求書" in text


def test_a_long_table_repeats_its_head_and_counts_its_pages() -> None:
    pages = PdfReader(io.BytesIO(typeset(samples.credit_note()))).pages
    texts = [squeezed(page.extract_text()) for page in pages]

    assert len(pages) == 3
    assert all("発生日時" in text for text in texts)
    assert [text.count(f"{number}/3") for number, text in enumerate(texts, 1)] == [1, 1, 1]


def test_dates_are_written_by_era_where_asked() -> None:
    assert "令和8年8月3日" in text_of(typeset(samples.refusal_notice(era_dates=True)))


def test_a_preview_is_one_png_a_page() -> None:
    pages = pictured(samples.credit_note(), ppi=30)

    assert len(pages) == 3
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_a_seal_may_be_a_png_too() -> None:
    seal = pictured(samples.refusal_notice(), ppi=10)[0]
    sender = dataclasses.replace(samples.CARRIER, seal=seal)

    page: Any = PdfReader(io.BytesIO(typeset(samples.invoice(sender=sender)))).pages[0]

    assert [each.get_object()["/Subtype"] for each in page["/Resources"]["/XObject"].values()] == ["/Image"]


def test_a_seal_that_is_no_picture_is_told_with_the_name_of_the_sheet() -> None:
    with pytest.raises(SheetError, match="invoice"):
        typeset(samples.invoice(sender=dataclasses.replace(samples.CARRIER, seal=b"no picture")))


def test_without_fonts_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(typesetting, "NPM_FONTS", tmp_path)
    monkeypatch.setattr(typesetting, "DEBIAN_FONTS", tmp_path)

    with pytest.raises(FontsMissing, match="setup"):
        font_folders()


@pytest.mark.parametrize("run", ["W" * 120, "https://aoba.example/" + "a" * 100, "Ж" * 120, "1" * 120, "¥999,999" * 15])
def test_a_run_without_a_break_is_broken_and_covers_no_amount(run: str) -> None:
    line = InvoiceLine(content=run, yen=145_802)
    block = RateBlock(rate_percent=10, lines=(line,), net_yen=145_802, tax_yen=14_580)
    page = PdfReader(io.BytesIO(typeset(samples.invoice(rates=(block,), addressee=Addressee(name=run))))).pages[0]

    text = page.extract_text()

    assert max(len(part) for part in text.split() if part[:1] == run[:1]) < 60
    assert squeezed(text).count(squeezed(run)) == 2
    assert "\u200b" not in text
