"""Junos messages: structured data (``[junos@2636.1.1.1.2.129 name="value" ...]``) and the older prose. Pure.

The prose of RT_FLOW and RT_IDP is a fixed sequence that grew with every release; what stands behind
the part that all releases share stays in the text. Other tags keep their text.
"""

# ruff: noqa: E501 (a pattern of a catalogue is one line: broken up, nobody can compare it with the reference)

from __future__ import annotations

import re
from typing import NamedTuple

from sekisho.pipeline.parse import ParseError

PROSE_MATCHED_CHARACTERS_MAX = 2048
"""Prose is short; what is longer keeps its text and has no fields."""

_TAG = r"[A-Z][A-Z0-9]{1,}(?:_[A-Z0-9]+)+"
BEGINS = re.compile(rf"(?:^|[\s>])((?:RT_\w+ - )?(?:{_TAG})(?: \[|:))")
BEGINS_PROCESS = re.compile(r"(?:^|[\s>])((?:/[\w./-]+|[a-z][\w.-]{1,40})\[\d+\]: )")
_STRUCTURED = re.compile(rf"(?:(?P<app>RT_\w+) - )?(?P<tag>{_TAG}) \[(?P<body>.*?)\]?\s*\Z", re.DOTALL)
_PAIR = re.compile(r'([A-Za-z][\w-]*)="((?:[^"\\]|\\.)*)"')
_PROSE = re.compile(rf"(?:(?P<app>RT_\w+) - )?(?P<tag>{_TAG}): (?P<text>.*)\Z", re.DOTALL)
_PROCESS = re.compile(r"(?P<process>[\w./-]+)\[(?P<pid>\d{1,10})\]: (?P<text>.*)\Z", re.DOTALL)

_END = r"(?P<source_address>[0-9a-fA-F:.]+)/(?P<source_port>\d+)->(?P<destination_address>[0-9a-fA-F:.]+)/(?P<destination_port>\d+)"
_NAT = r"(?P<nat_source_address>[0-9a-fA-F:.]+)/(?P<nat_source_port>\d+)->(?P<nat_destination_address>[0-9a-fA-F:.]+)/(?P<nat_destination_port>\d+)"
_TAIL = (
    r"(?P<protocol_id>\d+) (?P<policy_name>\S+) (?P<source_zone_name>\S+) (?P<destination_zone_name>\S+) (?P<session_id_32>\d+)"
    r"(?: (?P<packets_from_client>\d+)\((?P<bytes_from_client>\d+)\) (?P<packets_from_server>\d+)\((?P<bytes_from_server>\d+)\)"
    r" (?P<elapsed_time>\d+))?(?: (?P<application>[^\s(]+) (?P<nested_application>[^\s(]+)(?= [^\s(]+\(|\s*\Z))?"
)
_RULES = r"(?:(?:(?P<src_nat_rule_type>[^\d\s]\S* ?rule|N/A) )?(?P<src_nat_rule_name>\S+) (?:(?P<dst_nat_rule_type>[^\d\s]\S* ?rule|N/A) )?(?P<dst_nat_rule_name>\S+) )??"
_FLOW = re.compile(
    rf"session (?P<what>created|closed)(?: (?P<reason>[^:]{{0,64}}):)? {_END} (?:(?P<connection_tag>0x\w+) )?(?P<service_name>\S+)"
    rf" {_NAT} (?:(?P<nat_connection_tag>0x\w+) )?{_RULES}{_TAIL}(?: (?P<username>[^\s(]+)\((?P<roles>[^)]*)\))?"
    r"(?: (?P<packet_incoming_interface>\S+))?(?P<rest>.*)\Z",
    re.DOTALL,
)
_DENY = re.compile(
    rf"session (?P<what>denied) {_END} (?:(?P<connection_tag>0x\w+) )?(?P<service_name>\S+) (?P<protocol_id>\d+)\((?P<icmp_type>\d+)\)"
    r" (?P<policy_name>\S+) (?P<source_zone_name>\S+) (?P<destination_zone_name>\S+)(?: (?P<application>\S+) (?P<nested_application>\S+)"
    r"(?: (?P<username>[^\s(]+)\((?P<roles>[^)]*)\))?(?: (?P<packet_incoming_interface>\S+))?)?(?P<rest>.*)\Z",
    re.DOTALL,
)
_SCREEN = re.compile(
    r"(?P<attack_name>[^!:]{1,64}!?)[:,]? source:? (?P<source_address>[0-9a-fA-F:.]+?)(?::(?P<source_port>\d+))?, destination:? "
    r"(?P<destination_address>[0-9a-fA-F:.]+?)(?::(?P<destination_port>\d+))?, (?:protocol-id: (?P<protocol_id>\d+), )?"
    r"(?:source )?zone name: (?P<source_zone_name>[^,]+), interface name: (?P<interface_name>[^,]+), action: (?P<action>\S+)"
)
_PEOPLE = (
    re.compile(r"[Uu]ser '(?P<username>[^']*)'(?:.*?(?:command|cmd) '(?P<command>.*)')?", re.DOTALL),
    re.compile(
        r".*?for user '?(?P<username>[\w.@\\-]+)'?.*?from (?:host )?'?(?P<source_address>[0-9a-fA-F:.]{2,45})",
        re.DOTALL,
    ),
    re.compile(r"\((?P<username>[\w.-]+)\) (?P<what>[A-Z]+) \((?P<command>.*?)\)?\s*\Z", re.DOTALL),
    re.compile(r"Cleanup child '(?P<process>[^']*)', PID (?P<pid>\d+), status (?P<status>\S+)"),
)
_ROOM = re.compile(
    r"(?:from|host) '?(?P<source_address>(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})'?"
)


class Junos(NamedTuple):
    """``tag`` such as RT_FLOW_SESSION_CREATE; ``process`` and ``pid`` where the message has them in front."""

    tag: str | None
    process: str | None
    pid: str | None
    text: str
    fields: dict[str, str]


def parse(message: str) -> Junos:
    """One message from its tag or process on, or ParseError. Field names have hyphens as in structured data."""
    process = pid = None
    in_front = _PROCESS.match(message)
    if in_front is not None:
        process, pid, message = in_front["process"], in_front["pid"], in_front["text"]
    structured = _STRUCTURED.match(message)
    if structured is not None:
        fields = dict(_PAIR.findall(structured["body"]))
        if fields:
            return Junos(structured["tag"], process or structured["app"], pid, message.strip(), fields)
    prose = _PROSE.match(message)
    if prose is None and process is None:
        raise ParseError("not a Junos message with a tag or a process")
    tag, text = (prose["tag"], prose["text"]) if prose else (None, message)
    return Junos(tag, process or (prose["app"] if prose else None), pid, text.strip(), _of_prose(tag or "", text))


def _of_prose(tag: str, text: str) -> dict[str, str]:
    if len(text) > PROSE_MATCHED_CHARACTERS_MAX:
        return {}
    if tag.startswith(("RT_FLOW", "APPTRACK")):
        patterns: tuple[re.Pattern[str], ...] = (_FLOW, _DENY)
    elif tag.startswith("RT_SCREEN"):
        patterns = (_SCREEN,)
    else:
        patterns = _PEOPLE
    match = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
    found = {name.replace("_", "-"): value for name, value in match.groupdict().items() if value} if match else {}
    if "source-address" not in found and (room := _ROOM.search(text)):
        found["source-address"] = room["source_address"]
    return found
