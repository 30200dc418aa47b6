"""Which characters a font has, read from the font itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.gateways.font_characters import characters_of
from sekisho.gateways.typesetting import DEBIAN_FONTS, font_folders


def fonts() -> list[Path]:
    return [file for folder in font_folders() for file in folder.glob("*.tt[fc]")]


@pytest.mark.parametrize("character", "Aあ漢髙﨑𠮷①〓円¥〒㈱ー−—■□")
def test_the_papers_fonts_have_what_names_and_sheets_need(character: str) -> None:
    assert all(ord(character) in characters_of(file) for file in fonts())


@pytest.mark.parametrize("character", "😀한ﷺ\ue000")
def test_what_a_font_does_not_have_is_not_claimed(character: str) -> None:
    sans = next(file for file in fonts() if "SansJP" in file.name or "SansCJK" in file.name)

    found = characters_of(sans)

    assert ord("漢") in found
    assert ord(character) not in found or sans.suffix == ".ttc"


def test_a_collection_is_read_by_its_first_font() -> None:
    collection = DEBIAN_FONTS / "NotoSansCJK-Regular.ttc"
    if not collection.exists():
        pytest.skip("fonts-noto-cjk is not installed")

    assert {ord("漢"), ord("𠮷")} <= characters_of(collection)


@pytest.mark.parametrize("content", [b"", b"no font at all", b"\x00\x01\x00\x00\x00\xff" + bytes(20), b"ttcf"])
def test_what_is_no_font_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ttf").write_bytes(content)

    with pytest.raises(ValueError, match=r"no font|no table"):
        characters_of(tmp_path / "a.ttf")
