"""Barracuda CloudGen Firewall's box logs and firewall activity log. Pure.

A box log is ``Level    BOX program: text``; activity is ``Level BOX Action: type|proto|source if|...`` with
bars, or its newer form of key=value between bars.
"""

# ruff: noqa: E501 (a pattern of a catalogue is one line: broken up, nobody can compare it with the reference)

from __future__ import annotations

import re

from sekisho.pipeline.parse import ParseError

_LEVELS = r"Info|Notice|Warning|Error|Security|Fatal|Panic|Internal|Debug"
BEGINS = re.compile(rf"(?:^|: |>|\d\d:\d\d:\d\d \S{{1,64}} )((?:{_LEVELS}) {{1,8}}\S{{1,64}} (?=\S))")
_LINE = re.compile(rf"(?P<level>{_LEVELS}) +(?P<box>\S+) (?P<text>.*)\Z", re.DOTALL)
_PROGRAM = re.compile(r"(?P<program>[A-Za-z][\w.-]{1,40})(?:\[(?P<pid>\d+)\])?: (?P<rest>.*)\Z", re.DOTALL)
_ACTIVITY = re.compile(
    r"(?:activity|[\w-]+_FW_Activity|\+?\d{1,5})?:? ?(?P<what>Allow|Block|Drop|Fail|Detect|Remove|LocalAllow|LocalBlock|LocalDrop|LocalFail|LocalRemove|ARP|Scan|Terminate): "
)
ACTIVITY_COLUMNS = [
    "type",
    "proto",
    "srcIF",
    "srcIP",
    "srcPort",
    "dstIP",
    "dstPort",
    "dstService",
    "dstIF",
    "rule",
    "info",
    "srcNAT",
    "dstNAT",
    "duration",
    "count",
    "receivedBytes",
    "sentBytes",
    "receivedPackets",
    "sentPackets",
    "user",
    "protocol",
    "application",
    "target",
    "content",
    "urlcat",
]
_PAIR = re.compile(r"(?:^|[\s|])([A-Za-z][\w-]{0,32})=([^\s|]*)")
_SENTENCES = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"LOGIN ATTEMPT: Login from (?P<srcIP>[0-9a-fA-F.:]*[0-9a-fA-F]): (?P<action>\w+)(?:: (?P<error>.*))?",
        r"(?P<srcIP>[0-9a-fA-F.]{7,15}):(?P<srcPort>\d{1,5}) login (?P<action>succeeded|failed): (?P<session>\S+) (?P<reason>.*)",
        r"\[(?P<user>[\w.-]+)@(?P<srcIP>[0-9a-fA-F.:]+?)_(?P<srcPort>\d+)\] +(?P<reason>Download File (?P<file>\S+) .*?size=(?P<size>\d+).*|.*?Execute: (?P<command>.*)|.*)",
        r"\[(?P<event_id>\d+)\] (?P<action>\w+) Event \((?P<event>[^)]*)\) to Control Center (?P<dstIP>[0-9a-fA-F.:]*[0-9a-fA-F])",
        r".*?SecurityEvent: \((?P<attack>[^)]*)\) (?P<reason>.*?source IP (?P<srcIP>[0-9a-fA-F.:]*[0-9a-fA-F]).*)",
        r"(?P<action>update|login|logout)\|(?P<server>[^|]*)\|(?P<session>[^|]*)\|(?:[^|]*\|){5}(?P<began>\d*)\|(?P<seen>\d*)\|(?P<receivedBytes>\d*)\|(?P<sentBytes>\d*)\|(?P<srcIP>[^|]*)\|[^|]*\|[^|]*\|(?P<user>[^|]*)",
        r"Authentication (?P<action>Login|Logout|Timeout)(?:\(\d+\))? for peer=(?P<srcIP>\S+)(?:.*?(?:user=(?P<user>\S+)|box=\S+ (?P<name>[^|\s]+)\|))?",
    )
)


def parse(message: str) -> dict[str, str]:
    """``level``, ``box`` and ``text`` always, and what the text is known to say; or ParseError."""
    line = _LINE.match(message)
    if line is None:
        raise ParseError("no level and box of a Barracuda log")
    found = line.groupdict()
    text = found["text"]
    program = _PROGRAM.match(text)
    if program is not None and not program["program"].isdigit():
        found["program"] = program["program"]
        if program["pid"]:
            found["pid"] = program["pid"]
        text = program["rest"]
    return {**found, **_about(line["text"], text)}


def _about(whole: str, text: str) -> dict[str, str]:
    activity = _ACTIVITY.search(whole, 0, 128)
    if activity is not None and "|" in whole:
        return {"action": activity["what"], **_activity(whole[activity.end() :])}
    for pattern in _SENTENCES:
        match = pattern.match(text) or pattern.match(whole)
        if match is not None:
            return {name: value for name, value in match.groupdict().items() if value}
    return {}


def _activity(body: str) -> dict[str, str]:
    pairs = {name: value for name, value in _PAIR.findall(body) if value}
    if pairs:
        return pairs
    return {name: value for name, value in zip(ACTIVITY_COLUMNS, body.split("|"), strict=False) if value}
