"""Check Point's own formats: ``[action:"Drop"; src:"192.0.2.1"; ...]`` of Log Exporter, and exported columns. Pure.

Log Exporter escapes quotes, brackets and backslashes with a backslash. The columns are those of the
management's log export: every value in quotes, with spaces between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(r"\[(?=\s*[A-Za-z_][\w.-]*:\")|(?:^|[\s>])(?=\"\d{1,12}\" \"\d{1,2}[A-Z][a-z]{2}\d{4}\" \")")
_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,127}):"((?:[^"\\]|\\.)*)"\s*(?:;|\]|\Z|(?=[A-Za-z_]))', re.DOTALL)
_COLUMN = re.compile(r'"((?:[^"\\]|\\.)*)"')
_INFORMATION = re.compile(r"([A-Za-z][\w .-]{0,64}?)\s*: ([^;]*)(?:; |\Z)")
_NEEDS_ESCAPE, _ESCAPED = re.compile(r'(["\\])'), r"\\\1"
COLUMNS = [
    "number",
    "date",
    "clock",
    "ifname",
    "origin",
    "type",
    "action",
    "service",
    "s_port",
    "src",
    "dst",
    "proto",
    "rule",
    "rule_name",
    "current_rule",
    "user",
    "information",
    "product",
    "source_machine",
    "destination_machine",
]


def parse(message: str) -> dict[str, str]:
    """The fields of one message, or ParseError. Of a name that occurs twice the first counts."""
    if message.startswith("["):
        found: dict[str, str] = {}
        for name, value in _PAIR.findall(message):
            found.setdefault(name, _unescaped(value))
    else:
        found = _of_columns(message)
    if not found:
        raise ParseError("no fields of a Check Point log")
    return found


def _of_columns(message: str) -> dict[str, str]:
    found = dict(zip(COLUMNS, map(_unescaped, _COLUMN.findall(message)), strict=False))
    for name, value in _INFORMATION.findall(found.pop("information", "")):
        found.setdefault(name.strip(), value)
    return found


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL) if "\\" in value else value


def serialise(fields: Mapping[str, str]) -> str:
    """A message of Log Exporter that ``parse`` reads as ``fields``."""
    pairs = (f'{name}:"{_NEEDS_ESCAPE.sub(_ESCAPED, value)}"; ' for name, value in fields.items())
    return "[" + "".join(pairs) + "]"
