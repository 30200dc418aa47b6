"""IBM Log Event Extended Format 1.0 and 2.0: ``LEEF:1.0|vendor|product|version|event id|key=value<tab>...``. Pure.

LEEF 2.0 names its delimiter in one more header field, as a character or a number (``^``, ``x5E``,
``0x09``); 1.0 uses tabs. Relays write tabs as ``#011`` or ``\\t``, and some lose the ``LEEF:`` mark.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(
    r"LEEF: ?\d\.\d\||(?:^|[>: ])((?<![\d.])[12]\.0\|[^|]{1,64}\|[^|]{0,64}\|[^|]{0,64}\|[^|]{0,128}\|)"
)
"""Where a LEEF message begins in a line."""

_HEADER = re.compile(
    r"(?:LEEF: ?)?(?P<leef>[12])\.\d\|(?P<vendor>[^|]*)\|(?P<product>[^|]*)\|(?P<version>[^|]*)\|(?P<event>[^|]*)\|"
)
_DELIMITER = re.compile(r"(?:(?:0x|x|\\x)([0-9A-Fa-f]{2,4})|([^|=\s]))?\|")
_TABS = ("\t", "#011", "\\t")


class Leef(NamedTuple):
    """``fields`` has the keys as written."""

    vendor: str
    product: str
    version: str
    event_id: str
    fields: dict[str, str]


def parse(message: str) -> Leef:
    """One message from its mark on, or ParseError. Of a key that occurs twice the first value counts."""
    header = _HEADER.match(message)
    if header is None:
        raise ParseError("not a LEEF header")
    rest, delimiter = message[header.end() :], None
    if header["leef"] == "2":
        match = _DELIMITER.match(rest)
        if match is not None:
            rest, delimiter = rest[match.end() :], _character(match)
    if delimiter is None:
        delimiter = next((tab for tab in _TABS if tab in rest), "\t")
    parts = (header["vendor"], header["product"], header["version"], header["event"])
    return Leef(*(part.strip() for part in parts), _fields(rest, delimiter))


def _character(match: re.Match[str]) -> str | None:
    return chr(int(match[1], 16)) if match[1] else match[2]


def _fields(text: str, delimiter: str) -> dict[str, str]:
    found: dict[str, str] = {}
    last = None
    for part in text.split(delimiter):
        key, equals, value = part.partition("=")
        key = key.strip()
        if equals and key and " " not in key:
            last = key if key not in found else None
            found.setdefault(key, value.strip())
        elif last is not None and part.strip():
            # A delimiter inside a value: not legal, and done.
            found[last] += delimiter + part
    return found


def serialise(leef: Leef) -> str:
    """LEEF 1.0 that ``parse`` reads as ``leef``, if no value has a tab or white space at its ends."""
    header = "|".join((leef.vendor, leef.product, leef.version, leef.event_id))
    return f"LEEF:1.0|{header}|" + "\t".join(f"{key}={value}" for key, value in leef.fields.items())
