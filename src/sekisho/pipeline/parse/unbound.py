"""Unbound's log: queries, replies, local zone and RPZ actions, and its messages about itself. Pure."""

# ruff: noqa: E501 (a pattern of a catalogue is one line: broken up, nobody can compare it with the reference)

from __future__ import annotations

import re

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(r"(?:^|[\s>])(?=(?:\[\d{9,11}\] )?(?:unbound\[\d+:[0-9a-f]+\]|\[\d+:[0-9a-f]+\]) \w+: )")
_LINE = re.compile(
    r"(?:\[(?P<time>\d{9,11})\] )?(?:unbound)?\[(?P<pid>\d+):(?P<thread>[0-9a-f]+)\] (?P<level>\w+): (?P<text>.*)\Z",
    re.DOTALL,
)
_CLASS = r"(?P<class>IN|CH|HS|ANY|NONE|CLASS\d+)"
_ADDRESS = r"(?P<address>[0-9a-fA-F:.]{2,45})(?:@(?P<port>\d{1,5}))?"
_QUERY = re.compile(
    rf"(?:(?:(?P<zone>\S+) )?(?P<action>transparent|typetransparent|redirect|inform|inform_deny|inform_redirect|always_\w+|deny|refuse|static|nodefault|noview|block_a|rpz: applied .*?|ipset) )?"
    rf"{_ADDRESS} (?P<name>\S+) (?P<type>[A-Z0-9]{{1,16}}) {_CLASS}(?: (?P<rcode>[A-Z0-9]+) (?P<seconds>[\d.]+) (?P<cached>\d) (?P<bytes>\d+))?\s*\Z"
)
_RPZ = re.compile(
    rf"rpz: applied (?:\[(?P<zone>[^\]]+)\] )?(?P<trigger>\S+) (?P<action>rpz-\S+) {_ADDRESS} (?P<name>\S+) (?P<type>\S+) {_CLASS}\s*\Z"
)
"""``[name of the zone]`` as it was configured, the owner in the zone that matched, and what was done."""
_ERROR = re.compile(r"(?P<kind>[a-z][\w ]{2,40}): (?P<detail>.*)\Z", re.DOTALL)


def parse(message: str) -> dict[str, str]:
    """``level`` and ``text`` always; of a query its name, type, class and address. ParseError if it is no such line."""
    match = _LINE.match(message)
    if match is None:
        raise ParseError("no [process:thread] level: of Unbound")
    found = {name: value for name, value in match.groupdict().items() if value}
    about = _RPZ.match(found.get("text", "")) or _QUERY.match(found.get("text", ""))
    if about is not None:
        found.update({name: value for name, value in about.groupdict().items() if value})
    elif found["level"] in ("error", "fatal") and (error := _ERROR.match(found.get("text", ""))):
        found.update(error.groupdict())
    return found
