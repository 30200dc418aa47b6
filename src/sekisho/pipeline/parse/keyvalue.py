"""key=value lines, as FortiGate, Sophos, SonicWall, Stormshield and many others write them. Pure.

Values may be in double quotes; an unquoted value may hold spaces, it ends where the next ``key=``
begins. A quoted value ends at the first quote that a separator and a key, or the end, follow: products
write backslashes before quotes, in Windows paths or for no reason, and none of them escapes reliably.
The separator is white space or a comma, by what stands behind the first pair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sekisho.pipeline.parse import ParseError

_KEY = r"(?<![\w.\-])[A-Za-z_][\w.\-]{0,127}"
_NEXT = rf"(?:\s+{_KEY}=|\s*\Z)"
_NEXT_COMMA = rf"\s*(?:,\s*{_KEY}=|,?\s*\Z)"


def _pairs(next_pair: str, unquoted: str) -> re.Pattern[str]:
    return re.compile(rf'({_KEY})=(?:"([^"]*(?:"(?!{next_pair})[^"]*)*)(?:"|\Z)|({unquoted}))', re.ASCII)


_SPACED = _pairs(_NEXT, rf'[^\s"][^\s]*(?:[ \t]+(?!{_KEY}=)[^\s]+)*|')
_COMMAED = _pairs(_NEXT_COMMA, rf'[^,"][^,]*(?:,(?!\s*{_KEY}=)[^,]*)*|')
_FIRST = re.compile(rf'\s*{_KEY}=(?:"[^"]*"|[^\s,"]*)(,?)', re.ASCII)


def parse(message: str) -> dict[str, str]:
    """The pairs of a message; of a key that occurs twice the first counts. ParseError if there is none."""
    first = _FIRST.match(message)
    if first is None:
        raise ParseError("not a line of key=value pairs")
    found = (_COMMAED if first[1] else _SPACED).findall(message)
    fields = {key: quoted or plain for key, quoted, plain in found}
    if len(fields) < len(found):
        for key, quoted, plain in reversed(found):
            fields[key] = quoted or plain
    return fields


def serialise(fields: Mapping[str, str]) -> str:
    """A line that ``parse`` reads as ``fields``, if no value has a quote before a separator and a key."""
    return " ".join(f'{key}="{value}"' for key, value in fields.items())
