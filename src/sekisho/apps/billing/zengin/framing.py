"""A file's bytes as numbered records of equal length, whatever an operating system or an editor did to its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sekisho.terms.words import Words

from .errors import ZenginError
from .fields import ENCODING
from .layouts import RECORD_BYTES

_HALF_WIDTH_IN_UTF8 = (b"\xef\xbd", b"\xef\xbe")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_END_OF_FILE = b"\x1a"


class Framed(NamedTuple):
    """``record`` is None where the line is not as long as a record; ``raw`` is the line as it came."""

    line: int
    raw: bytes
    record: bytes | None


def frame(content: bytes) -> tuple[bool, list[Framed]]:
    """Whether the file has line breaks, and its records."""
    content = _as_banks_write(content).rstrip(_END_OF_FILE)
    if b"\n" in content or b"\r" in content:
        return True, list(_lines(content))
    return False, list(_chunks(content))


def _as_banks_write(content: bytes) -> bytes:
    """Back from UTF-8, in which editors save: its half-width kana take three bytes and move every column."""
    if not content.startswith(_BYTE_ORDER_MARK) and not any(mark in content for mark in _HALF_WIDTH_IN_UTF8):
        return content
    try:
        return content.decode("utf-8-sig").encode(ENCODING)
    except UnicodeError:
        raise ZenginError("file.encoding", _ENCODING) from None


def _lines(content: bytes) -> Iterator[Framed]:
    # Not splitlines(): it also breaks at bytes that stand for other things here.
    for line, raw in enumerate(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"), 1):
        if not raw.strip(_END_OF_FILE + b" "):
            continue
        # Download tools cut the spaces at a line's end, or add some.
        whole = raw.rstrip(b" ").ljust(RECORD_BYTES)
        yield Framed(line, raw, whole if len(whole) == RECORD_BYTES else None)


def _chunks(content: bytes) -> Iterator[Framed]:
    for line, start in enumerate(range(0, len(content), RECORD_BYTES), 1):
        raw = content[start : start + RECORD_BYTES]
        if raw.strip(b" "):
            yield Framed(line, raw, raw if len(raw) == RECORD_BYTES else None)


_ENCODING = Words(
    "文字コードが不正です。銀行から受け取ったファイルをそのまま取り込んでください。",
    "The characters are in no known encoding. Import the file as it came from the bank.",
)
