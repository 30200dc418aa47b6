"""key=value lines, as FortiGate, Sophos, SonicWall, Stormshield and many others write them. Pure.

Values may be in double quotes; an unquoted value may hold spaces, it ends where the next ``key=``
begins. A quoted value ends at the first quote that a separator and a key, or the end, follow: products
write backslashes before quotes, in Windows paths or for no reason, and none of them escapes reliably.
The separator is white space or a comma, by what stands behind the first pair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sekisho.pipeline.parse import ParseError

_KEY = r"(?<![\w.\-])[A-Za-z_][\w.\-]{0,127}"
_NEXT = rf"(?:\s+{_KEY}=|\s*\Z)"
_NEXT_COMMA = rf"\s*(?:,\s*{_KEY}=|,?\s*\Z)"


def _pairs(next_pair: str, unquoted: str) -> re.Pattern[str]:
    return re.compile(rf'({_KEY})=(?:"([^"]*(?:"(?!{next_pair})[^"]*)*)(?:"|\Z)|({unquoted}))', re.ASCII)


_SPACED = _pairs(_NEXT, rf'[^\s"][^\s]*(?:[ \t]+(?!{_KEY}=)[^\s]+)*|')
_COMMAED = _pairs(_NEXT_COMMA, rf'[^,"][^,]*(?:,(?!\s*{_KEY}=)[^,]*)*|')
_WHOLE_KEY = re.compile(r"[A-Za-z_][\w.\-]{0,127}", re.ASCII)
_FIRST = re.compile(rf'\s*{_KEY}=(?:"[^"]*"|[^\s,"]*)(,?)', re.ASCII)


def parse(message: str) -> dict[str, str]:
    """The pairs of a message; of a key that occurs twice the first counts. ParseError if there is none."""
    first = _FIRST.match(message)
    if first is None:
        raise ParseError("not a line of key=value pairs")
    if not first[1] and (quick := _quickly(message)) is not None:
        return quick
    return of_any(message, commas=bool(first[1]))


def of_any(message: str, *, commas: bool = False) -> dict[str, str]:
    """Every pair that is there, whatever else is; ``parse`` takes a shorter way where that finds the same."""
    found = (_COMMAED if commas else _SPACED).findall(message)
    fields = {key: quoted or plain for key, quoted, plain in found}
    if len(fields) < len(found):
        for key, quoted, plain in reversed(found):
            fields[key] = quoted or plain
    return fields


_keys: dict[str, str] = {}
"""What stands between a closing and an opening quote, such as `` devid=`` -> the key in it."""
KEYS_REMEMBERED_MAX = 4096


def _quickly(message: str) -> dict[str, str] | None:
    """The pairs of a line as most are: each quote opens or closes a value, and no bare value has a space."""
    *parts, last = message.split('"')
    if len(parts) & 1:
        return None
    found: dict[str, str] = {}
    for between, value in zip(parts[::2], parts[1::2], strict=True):
        key = _keys.get(between)
        if key is None:
            key = _key_after(between, found)
            if key is None:
                return None
        if key in found:
            return None
        found[key] = value
    return found if _bare(last.split(), found) and (not parts or last[:1] in _GAPS) else None


_GAPS = frozenset(("", " ", "\t"))


def _key_after(between: str, found: dict[str, str]) -> str | None:
    """Put the bare pairs into ``found``; the key of the quoted value that follows, or None if all is not as usual."""
    *bare, last = between.split() or [""]
    key = last[:-1]
    if last[-1:] != "=" or not _is_key(key) or (found and between[:1] not in _GAPS) or not _bare(bare, found):
        return None
    if not bare and found:
        if len(_keys) >= KEYS_REMEMBERED_MAX:
            _keys.clear()
        _keys[between] = key
    return key


def _bare(tokens: list[str], found: dict[str, str]) -> bool:
    for token in tokens:
        key, equals, value = token.partition("=")
        if not equals or key in found or not _is_key(key):
            return False
        found[key] = value
    return True


@lru_cache(KEYS_REMEMBERED_MAX)
def _is_key(text: str) -> bool:
    return _WHOLE_KEY.fullmatch(text) is not None


def serialise(fields: Mapping[str, str]) -> str:
    """A line that ``parse`` reads as ``fields``, if no value has a quote before a separator and a key."""
    return " ".join(f'{key}="{value}"' for key, value in fields.items())
