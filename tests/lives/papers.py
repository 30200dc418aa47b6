"""Reading papers as a person would: the words of a PDF."""

from __future__ import annotations

import io

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """The text of all pages, its spaces and line breaks taken out: setting breaks lines where it likes."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)
