"""Single values of a log -> cells: the conversions that the products' tables share. None means: can't."""

from __future__ import annotations

import re
from typing import Any

from sekisho.ocsf.classes import PROTOCOL_NUMBERS

INT64_MAX = 2**63 - 1
INT32_MAX = 2**31 - 1

_PORTS = {str(port): port for port in range(65_536)}
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:.-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
PROTOCOLS_BY_NUMBER = {
    **{str(number): name for name, number in PROTOCOL_NUMBERS.items()},
    "0": "hopopt",
    "4": "ipip",
    "46": "rsvp",
    "88": "eigrp",
    "89": "ospf",
    "94": "ipip",
    "97": "etherip",
    "103": "pim",
    "112": "vrrp",
    "115": "l2tp",
    "136": "udplite",
    **dict.fromkeys(("icmp6", "icmpv6", "icmp-v6", "ipv6_icmp", "ipv6icmp"), "ipv6-icmp"),
}
_METHODS = re.compile(r"[A-Za-z][A-Za-z-]{1,31}")
_HASH = {32: "file.hashes.md5", 40: "file.hashes.sha1", 64: "file.hashes.sha256"}


def port(value: Any) -> int | None:
    return _PORTS.get(value) if type(value) is str else None


def number(value: Any) -> int | None:
    """A whole number from 0 on, as its decimal digits."""
    if type(value) is str and value.isdecimal() and value.isascii() and len(value) < 20:
        found = int(value)
        return found if found <= INT64_MAX else None
    return None


def small(value: Any) -> int | None:
    found = number(value)
    return found if found is not None and found <= INT32_MAX else None


def any_number(value: Any) -> int | None:
    """A whole number, hexadecimal where it says so."""
    if type(value) is str and value[:2].lower() == "0x" and len(value) <= 17:
        try:
            return int(value, 16)
        except ValueError:
            return None
    return number(value)


def milliseconds(value: Any) -> int | None:
    """Seconds, with a fraction or not, as whole milliseconds."""
    if type(value) is not str:
        return None
    whole, dot, fraction = value.partition(".")
    seconds = number(whole)
    if seconds is None or seconds > INT64_MAX // 1000 - 1 or (dot and number(fraction) is None):
        return None
    return seconds * 1000 + int(fraction[:3].ljust(3, "0") if fraction else 0)


def clock_milliseconds(value: Any) -> int | None:
    """h:mm:ss as milliseconds."""
    parts = value.split(":") if type(value) is str else []
    numbers = [number(part) for part in parts]
    if len(parts) != 3 or None in numbers:
        return None
    hours, minutes, seconds = (each or 0 for each in numbers)
    total = ((hours * 60 + minutes) * 60 + seconds) * 1000
    return total if total <= INT64_MAX else None


def lower(value: Any) -> str | None:
    return value.lower() if type(value) is str else None


def upper(value: Any) -> str | None:
    return value.upper() if type(value) is str else None


def protocol(value: Any) -> str | None:
    """The name in lower case of a transport protocol given by number or name."""
    if type(value) is not str:
        return None
    found = PROTOCOLS_BY_NUMBER.get(value)
    if found is not None:
        return found
    word = value.strip().lower()
    return PROTOCOLS_BY_NUMBER.get(word, word) or None


def mac(value: Any) -> str | None:
    """Lower case with colons."""
    if type(value) is not str or not _MAC.fullmatch(value):
        return None
    digits = re.sub("[^0-9a-f]", "", value.lower())
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def name(value: Any) -> str | None:
    """A host name without the final dot and in lower case, as rules and indicators compare it."""
    return value.strip().rstrip(".").lower() or None if type(value) is str else None


def method(value: Any) -> str | None:
    return value.upper() if type(value) is str and _METHODS.fullmatch(value) else None


def words(value: Any) -> list[str] | None:
    """A list of one, or of what stands between commas."""
    if type(value) is list:
        return value if value and all(type(each) is str for each in value) else None
    return [part.strip() for part in value.split(",") if part.strip()] or None if type(value) is str else None


def one(value: Any) -> list[str] | None:
    return [value] if type(value) is str else None


def text(value: Any) -> str | None:
    return value if type(value) is str else None


def hash_column(value: str) -> str | None:
    """The column for a hexadecimal hash, by its length."""
    if len(value) in _HASH and all(each in "0123456789abcdefABCDEF" for each in value):
        return _HASH[len(value)]
    return None


def host_of(url: str) -> tuple[str | None, int | None]:
    """(host in lower case, port) of a whole URL or ``host:port``; (None, None) if it has none."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        rest, scheme = url, ""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        host, _, tail = authority[1:].partition("]")
        number_text = tail.removeprefix(":")
    else:
        host, _, number_text = authority.partition(":")
    return name(host), port(number_text) if number_text else _SCHEME_PORTS.get(scheme.lower())


_SCHEME_PORTS = {"http": 80, "https": 443, "ftp": 21}
