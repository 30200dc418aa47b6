"""The small kinds that the policy is made of: names, ports, times; and the limits of everything, in one place.

Each pattern carries its own words, so that a refusal says what is right and not which expression failed.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

POLICY_BYTES_MAX = 16 * 1024 * 1024
RULES_MAX = 5_000
ZONES_MAX = 64
OBJECTS_MAX = 10_000
ENTRIES_MAX = 50_000
"""Addresses in one object or rule: what one nftables set is known to take in one transaction."""
GROUP_DEPTH_MAX = 8
FORWARDS_MAX = 1_000
SCHEDULES_MAX = 500
EXCEPTIONS_MAX = 1_000
URL_ENTRIES_MAX = 100_000
APPLICATIONS_MAX = 500
CLASSES_MAX = 16
TITLE_CHARS_MAX = 256

ANY = "any"
"""In place of a zone: every zone."""


def _pattern(pattern, ja, en):
    return msgspec.Meta(pattern=pattern, extra={"ja": ja, "en": en})


Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
PortRange = Annotated[
    str,
    _pattern(r"^[0-9]{1,5}-[0-9]{1,5}$", "ポート番号または 8000-8080 の形", "a port, or ports such as 8000-8080"),
]
Name = Annotated[
    str,
    _pattern(
        r"^[a-z][a-z0-9_-]{0,62}$",
        "英小文字で始まる63文字以内の英小文字・数字・_・-",
        "up to 63 of a-z, 0-9, _ and -, starting with a letter",
    ),
]
Interface = Annotated[
    str,
    _pattern(
        r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$",
        "15文字以内のインターフェース名",
        "an interface name of at most 15 characters",
    ),
]
TimeOfDay = Annotated[
    str,
    _pattern(r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", "09:00 の形の時刻", "a time of day such as 09:00"),
]
LocalMoment = Annotated[
    str,
    _pattern(
        r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]$",
        "2026-05-01T09:00 の形の日時(日本時間)",
        "a date and time such as 2026-05-01T09:00 (Japan time)",
    ),
]
Title = Annotated[str, msgspec.Meta(max_length=TITLE_CHARS_MAX)]
"""What people call it, in any script. Never meant for an engine."""
Code = Annotated[
    str,
    _pattern(r"^[a-z0-9][a-z0-9_.-]{0,62}$", "英小文字と数字の符号", "a code of a-z, 0-9, _, - and ."),
]
Kbps = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
Sid = Annotated[int, msgspec.Meta(ge=1, le=4_294_967_295)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A misspelt key is an error: a setting that is silently ignored protects nobody.

    Defaults are left out when written, so that a policy which uses nothing new is readable by an older edge.
    """
