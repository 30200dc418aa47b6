"""Squid's access log: its native form (with or without header fields behind it), and the web servers' forms. Pure."""

# ruff: noqa: E501 (a pattern of a catalogue is one line: broken up, nobody can compare it with the reference)

from __future__ import annotations

import re

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(r"(?:^|[\s>])(?=\d{9,11}\.\d{3} +-?\d+ \S+ [A-Z_]+/\d{3} )")
BEGINS_COMMON = re.compile(
    r"(?:^|(?<=: )|(?<=>))(?=\S{1,255} \S{1,255} \S{1,255} \[\d{2}/[\w/: +.-]{8,32}\] \"[A-Z_]{2,32} )"
)
_NATIVE = re.compile(
    r"(?P<time>\d{9,11}\.\d{3}) +(?P<elapsed>-?\d+) (?P<client>\S+) (?P<result>[A-Z_]+)/(?P<status>\d{3}) (?P<bytes>\d+|-) (?P<method>\S+) (?P<url>\S+)"
    r" (?P<user>\S+) (?P<hierarchy>[A-Z_]+)/(?P<peer>\S+) (?P<type>\S+)(?: \"(?P<referer>[^\"]*)\" \"(?P<agent>[^\"]*)\")?(?P<rest>.*)\Z",
    re.DOTALL,
)
_COMMON = re.compile(
    r"(?P<client>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] \"(?P<method>\S+) (?P<url>\S+)(?: (?P<version>[^\"]*))?\" (?P<status>\d{3}|-) (?P<bytes>\d+|-)"
    r"(?: \"(?P<referer>[^\"]*)\" \"(?P<agent>[^\"]*)\")?(?: (?P<result>[A-Z_]+):(?P<hierarchy>[A-Z_]+))?(?P<rest>.*)\Z",
    re.DOTALL,
)


def parse(message: str) -> dict[str, str]:
    """The fields that the line has, or ParseError."""
    match = _NATIVE.match(message) or _COMMON.match(message)
    if match is None:
        raise ParseError("neither Squid's native nor the common log format")
    return {
        name: value.strip() for name, value in match.groupdict().items() if value and value.strip() not in ("", "-")
    }
