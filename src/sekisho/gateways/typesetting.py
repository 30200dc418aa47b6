"""Papers become PDF here: typst, with the Japanese fonts that ``make setup`` brought, and without a network.

PDF/A-2a and PDF/UA-1: made to be kept for years and to be read aloud. Equal papers give equal bytes on machines with
equal fonts: nothing of the clock goes in.

``FontsMissing``: this machine has no Japanese fonts, run setup. ``SheetError``: a sheet and its paper don't fit, which
is a slip of ours. A character that no font has is no error: it is set as 〓, as printers do, and ``unprintable`` tells
it beforehand.
"""

from __future__ import annotations

import datetime as dt
import functools
import threading
from pathlib import Path

import typst

from sekisho import papers
from sekisho.papers.paper import Paper, sheet_data

from .font_characters import characters_of

SHEETS = Path(papers.__file__).parent / "sheets"
PDF_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
PROJECT = Path(__file__).resolve().parents[3]
NPM_FONTS = PROJECT / "node_modules" / "@expo-google-fonts"
DEBIAN_FONTS = Path("/usr/share/fonts/opentype/noto")
_NPM_FOLDERS = tuple(f"noto-{style}-jp/{weight}" for style in ("sans", "serif") for weight in ("400Regular", "700Bold"))
_NOT_IN_FONTS = "〓"
_VARIATION_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)})
_NO_INSTANT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class FontsMissing(RuntimeError):
    """There is no Japanese font to set papers in: run scripts/setup, or install fonts-noto-cjk."""


class SheetError(RuntimeError):
    """typst refused the sheet; the text is its own."""


def typeset(paper: Paper) -> bytes:
    """The paper as PDF. May be called from any thread; a thread's first paper costs the reading of the sheets."""
    pdf = _compiled(paper, "pdf")
    assert isinstance(pdf, bytes)  # noqa: S101 - typst gives one file of this form
    return pdf


def pictured(paper: Paper, ppi: int = 96) -> list[bytes]:
    """The paper's pages as PNG, for a preview."""
    pages = _compiled(paper, "png", ppi)
    return pages if isinstance(pages, list) else [pages]


def unprintable(paper: Paper) -> tuple[str, ...]:
    """The characters of the paper that no font has, in order of their code points."""
    known = _characters()
    return tuple(sorted({character for character in sheet_data(paper) if ord(character) not in known} - {"\n"}))


def font_folders() -> tuple[Path, ...]:
    """Where the fonts are: the npm packages, or else Debian's fonts-noto-cjk."""
    npm = tuple(NPM_FONTS / folder for folder in _NPM_FOLDERS)
    if all(folder.is_dir() for folder in npm):
        return npm
    if any(DEBIAN_FONTS.glob("NotoSansCJK-*.ttc")):
        return (DEBIAN_FONTS,)
    raise FontsMissing(str(FontsMissing.__doc__))


def _compiled(paper: Paper, form: typst.OutputFormat, ppi: int | None = None) -> bytes | list[bytes]:
    known = _characters()
    data = "".join(letter if ord(letter) in known else _NOT_IN_FONTS for letter in sheet_data(paper))
    try:
        made = _compiler().compile(
            input=str(SHEETS / f"{paper.SHEET}.typ"),
            format=form,
            ppi=ppi,
            sys_inputs={"paper": data},
            pdf_standards=PDF_STANDARDS,
            timestamp=_NO_INSTANT,
        )
    except typst.TypstError as error:
        raise SheetError(f"{paper.SHEET}: {error.message}\n{error.diagnostic}") from error
    return made or b""


_of_thread = threading.local()


def _compiler() -> typst.Compiler:
    """One a thread: a compiler remembers what it read and set, and is not shared."""
    found: typst.Compiler | None = getattr(_of_thread, "compiler", None)
    if found is None:
        found = _of_thread.compiler = typst.Compiler(root=SHEETS, font_paths=_fonts(), ignore_system_fonts=True)
    return found


@functools.cache
def _fonts() -> typst.Fonts:
    folders = list(map(str, font_folders()))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@functools.cache
def _characters() -> frozenset[int]:
    """What every paper can show: any of the fonts, as the sheets fall back from one to the other."""
    files = {font.path for font in _fonts().fonts() if font.path and font.weight == 400}
    return frozenset().union(*(characters_of(Path(file)) for file in files)) | _VARIATION_SELECTORS
