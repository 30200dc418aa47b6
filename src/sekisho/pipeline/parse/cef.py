"""ArcSight Common Event Format: ``CEF:0|vendor|product|version|class id|name|severity|key=value ...``. Pure.

A value ends where the next ``key=`` begins; ``\\=``, ``\\|``, ``\\\\``, ``\\n`` and ``\\r`` are escapes.
Many senders lose the ``CEF:`` mark, write the header's first field empty or leave white space in it;
all of that is read. Custom fields (``cs1`` with ``cs1Label``) can be had under their label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(
    r"CEF: ?\d+(?:\.\d+)?\||(?:^|[>: ])((?<![\d.])\d\|[^|]{0,64}\|[^|]{0,64}\|[^|]{0,64}\|[^|]{0,128}\|)"
)
"""Where a CEF message begins in a line; without its mark, where a version and four more fields stand."""

_HEADER = re.compile(r"(?:CEF: ?)?(?P<version>\d+(?:\.\d+)?)\|(?P<rest>.*)\Z", re.DOTALL)
_FIELD = re.compile(r"((?:[^|\\]|\\.)*)\|", re.DOTALL)
_KEY = re.compile(r"(?:^|\s)([A-Za-z0-9_][\w.\-\[\]]{0,127})=", re.ASCII)
_ESCAPE = re.compile(r"\\([\\=|nr])")
_MEANING = {"n": "\n", "r": "\r"}
_CUSTOM = re.compile(r"(cs\d|cn\d|cfp\d|c6a\d|flexString\d|flexNumber\d|flexDate\d|deviceCustomDate\d)Label")
_LABEL = "Label"
_HEADER_FIELDS = 6


class Cef(NamedTuple):
    """``extension`` has the keys as written; ``severity`` is 0 to 10 or a word."""

    vendor: str
    product: str
    version: str
    class_id: str
    name: str
    severity: str
    extension: dict[str, str]


def parse(message: str) -> Cef:
    """One message from its mark on, or ParseError. Of a key that occurs twice the first value counts."""
    header = _HEADER.match(message)
    if header is None:
        raise ParseError("not a CEF header")
    fields, rest = _header_fields(header["rest"])
    return Cef(*fields, _extension(rest))


def _header_fields(text: str) -> tuple[list[str], str]:
    fields, at = [], 0
    for _ in range(_HEADER_FIELDS):
        match = _FIELD.match(text, at)
        if match is None:
            break
        fields.append(unescaped(match[1]).strip())
        at = match.end()
    if len(fields) == _HEADER_FIELDS - 1:
        # Nothing follows the severity, not even the bar.
        fields.append(unescaped(text[at:]).strip())
        at = len(text)
    if len(fields) < _HEADER_FIELDS:
        raise ParseError("a CEF header with too few fields")
    return _without_doubled_bar(fields, text, at)


def _without_doubled_bar(fields: list[str], text: str, at: int) -> tuple[list[str], str]:
    """``CEF:0||vendor|...``: an empty field in front of the vendor shifts all others."""
    if fields[0] == "" and (match := _FIELD.match(text, at)) is not None and not _KEY.search(match[1]):
        return [*fields[1:], unescaped(match[1]).strip()], text[match.end() :]
    return fields, text[at:]


def _extension(text: str) -> dict[str, str]:
    parts = _KEY.split(text)
    found: dict[str, str] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        value = value.strip()
        if key not in found or not found[key]:
            found[key] = unescaped(value) if "\\" in value else value
    return found


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _MEANING.get(match[1], match[1]), text) if "\\" in text else text


def by_label(extension: Mapping[str, str]) -> dict[str, str]:
    """The extension with custom fields under their labels: ``cs1Label=Rule cs1=x`` becomes ``Rule: x``."""
    labels = {
        key[: -len(_LABEL)]: label
        for key, label in extension.items()
        if label and key.endswith(_LABEL) and key[: -len(_LABEL)] in extension and _CUSTOM.fullmatch(key)
    }
    found: dict[str, str] = {}
    for key, value in extension.items():
        if key in labels:
            found.setdefault(labels[key], value)
        elif not (key.endswith(_LABEL) and key[: -len(_LABEL)] in labels):
            found.setdefault(key, value)
    return found


def serialise(cef: Cef) -> str:
    """A message that ``parse`` reads as ``cef``, if its values neither start nor end in white space."""
    header = "|".join(_escaped(field, "|") for field in cef[:_HEADER_FIELDS])
    return f"CEF:0|{header}|" + " ".join(f"{key}={_escaped(value, '=')}" for key, value in cef.extension.items())


def _escaped(text: str, mark: str) -> str:
    return text.replace("\\", "\\\\").replace(mark, f"\\{mark}").replace("\n", "\\n").replace("\r", "\\r")
