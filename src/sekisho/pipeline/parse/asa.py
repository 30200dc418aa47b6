"""Cisco ASA, FTD, PIX and FWSM messages: ``%ASA-6-302013: text``; the text has a form for each number. Pure.

The catalogue has a pattern for the numbers that say something about traffic, people and commands; the
text of every other number is kept as it is, and its addresses are found where they are named in one of
the ways that Cisco's texts share (``from IP/port to IP/port``, ``Group <g> User <u> IP <a>``). FTD's
4300xx are ``Key: value`` lists. Patterns are anchored, and every part of them is bounded.
"""

# ruff: noqa: E501 (a pattern of a catalogue is one line: broken up, nobody can compare it with the reference)

from __future__ import annotations

import re
from typing import NamedTuple

from sekisho.pipeline.parse import ParseError

BEGINS = re.compile(r"%(?:ASA|FTD|PIX|FWSM|NGIPS|SFIMS|ACE|FIREPOWER)-")
_PREFIX = re.compile(
    r"%(?P<family>[A-Z]+)-(?:[A-Za-z_]\w{0,16}-)?(?P<level>\d)-(?P<number>\d{3,6})(?:[: ]\s*)(?P<text>.*)\Z", re.DOTALL
)
_LIST = re.compile(r"(?:^|, )([A-Za-z][A-Za-z0-9_/ ]{1,40}): ")
TEXT_MATCHED_CHARACTERS_MAX = 4096
"""Only FTD's lists are longer."""

_A = r"[0-9A-Fa-f:.]{2,45}|[\w.-]{1,255}"


def _end(side: str, *, who: bool = True) -> str:
    """``[interface:]address[/port][(user)]``; the address may be IPv6, which has colons too."""
    interface = rf"(?:(?P<{side}_interface>[^\s:/]{{1,64}}):)?"
    port = rf"(?:/(?P<{side}_port>\d{{1,5}}|[\w-]{{1,32}}))?"
    user = rf"(?: ?\((?P<{side}_user>[^)\s]{{0,256}})\))?" if who else ""
    return rf"{interface}(?P<{side}_ip>{_A}){port}{user}"


def _mapped(side: str) -> str:
    """``(address/port)`` after translation, and the user behind it."""
    return rf"(?: ?\((?P<{side}_nat_ip>{_A})(?:/(?P<{side}_nat_port>\d{{1,5}}))?\))?(?: ?\((?P<{side}_user>[^)\s]{{0,256}})\))?"


_SRC, _DST = _end("src"), _end("dst")
_P = r"(?P<protocol>[\w-]{1,32})"
_ON = r"(?: on interface (?P<src_interface_on>\S{1,64}))?"
_GROUP = r"(?:TunnelGroup|Group) <(?P<group>[^>]{0,256})> (?:GroupPolicy <(?P<group_policy>[^>]{0,256})> )?User <(?P<user>[^>]{0,256})> IP <(?P<src_ip>[^>]{0,64})> (?P<reason>.*)"
_GROUP_PLAIN = r"(?:Group = (?P<group>[^,]{0,256}), )?(?:Username = (?P<user>[^,]{0,256}), )?IP = (?P<src_ip>[^,\s]{1,64}),? (?P<reason>.*)"

_PATTERNS: dict[str, str] = {
    "106001": rf"(?P<way>Inbound|Outbound) {_P} connection (?P<action>denied) from {_SRC} to {_DST}(?: flags (?P<flags>.*?))?\s+on interface (?P<src_interface_on>\S+)",
    "106002": rf"{_P} Connection (?P<action>denied) by (?P<way>outbound|inbound) list (?P<acl>\S+) src {_SRC} dest {_DST}",
    "106006 106007": rf"(?P<action>Deny) (?P<way>inbound|outbound) {_P} from {_SRC} to {_DST}(?: due to (?P<reason>DNS \w+))?{_ON}",
    "106010 106011": rf"(?P<action>Deny) (?P<way>inbound|outbound) (?P<reason>\(No xlate\) )?(?:protocol )?{_P} src {_SRC} dst {_DST}",
    "106012": rf"(?P<action>Deny) IP from {_SRC} to {_DST}, IP options:? (?P<reason>.*)",
    "106013": rf"(?P<action>Dropping) echo request from {_SRC} to PAT address {_DST}",
    "106014": rf"(?P<action>Deny) (?P<way>inbound|outbound) {_P} src {_SRC} dst {_DST} ?\(type (?P<icmp_type>\d+), code (?P<icmp_code>\d+)\)",
    "106015": rf"(?P<action>Deny) {_P} \((?P<reason>[^)]*)\) from {_SRC} to {_DST}(?: flags (?P<flags>.*?))?\s+on interface (?P<src_interface_on>\S+)",
    "106016": rf"(?P<action>Deny) IP spoof from \(?(?P<src_ip>{_A})\)? to {_DST}{_ON}",
    "106017": rf"(?P<action>Deny) IP due to (?P<reason>Land Attack) from {_SRC} to {_DST}",
    "106018": rf"{_P} packet type (?P<icmp_type>\S+) (?P<action>denied) by (?P<way>outbound|inbound) list (?P<acl>\S+) src {_SRC} dest {_DST}",
    "106020": rf"(?P<action>Deny) IP (?P<reason>teardrop fragment \([^)]*\)) from {_SRC} to {_DST}",
    "106021 106022": rf"(?P<action>Deny) {_P} (?P<reason>reverse path check|connection spoof) from {_SRC} to {_DST}{_ON}",
    "106023 106027": rf"(?P<action>Deny) (?:protocol )?{_P} src {_SRC} dst {_DST}(?: \(type (?P<icmp_type>\d+), code (?P<icmp_code>\d+)\))? by access-group \"?(?P<acl>[^\"\[]*[^\"\[\s])\"?",
    "106100": rf"access-list (?P<acl>\S+) (?P<action>permitted|denied|est-allowed) {_P} (?P<src_interface>[^\s/]+)/(?P<src_ip>{_A})\((?P<src_port>[^)]*)\)(?:\((?P<src_user>[^)]*)\))? -> (?P<dst_interface>[^\s/]+)/(?P<dst_ip>{_A})\((?P<dst_port>[^)]*)\)(?:\((?P<dst_user>[^)]*)\))? hit-cnt (?P<count>\d+)",
    "106102 106103": rf"access-list (?P<acl>\S+) (?P<action>permitted|denied) {_P} for user '?(?P<user>[^\s']+)'? (?P<src_interface>[^\s/]+)/(?P<src_ip>{_A})\((?P<src_port>\d+)\) -> (?P<dst_interface>[^\s/]+)/(?P<dst_ip>{_A})\((?P<dst_port>\d+)\) hit-cnt (?P<count>\d+)",
    "109001 109002 109005 109006 109007 109008 109010 109011": rf"(?P<action>Authentication succeeded|Authentication failed|Authorization permitted|Authorization denied|Auth \w+|Authen Session \w+|.{{1,64}}?) for user '?(?P<user>[^\s']{{1,256}})'?.*?from {_SRC}(?: to {_DST})?{_ON}",
    "109025 109024": rf"(?P<action>Authorization denied)(?: \(acl=(?P<acl>[^)]*)\))?(?: for user '(?P<user>[^']*)')? from {_SRC} to {_DST}(?:.*?interface (?P<src_interface_on>\S+))?(?: using (?P<protocol>\w+))?",
    "110002 110003": rf"(?P<action>Failed to locate egress interface|Routing failed to locate next hop) for {_P} from {_SRC} to {_DST}",
    "111004": r"(?P<src_ip>\S+) end configuration: (?P<reason>.*)",
    "111007": r"(?P<action>Begin configuration): (?P<src_ip>\S+) reading from (?P<protocol>[\w:/.-]+)",
    "111001 111002 111003 111005": r"(?P<action>Begin|End|Begin configuration|Erase configuration|.{1,32}?)[ :]+(?P<src_ip>[0-9a-fA-F.:]+) (?P<reason>.*)",
    "111008 111009": r"User '(?P<user>[^']*)' executed (?:the '(?P<command>.*)' command|cmd: (?P<cmd>.*?))\.?\Z",
    "111010": r"User '(?P<user>[^']*)', running '(?P<app>[^']*)' from IP (?P<src_ip>[^,\s]+), executed '(?P<command>.*)'",
    "113003": r"AAA group policy for user (?P<user>\S+) is being set to (?P<group>.*)",
    "113004": r"AAA user (?P<aaa>\w+) (?P<action>Successful) ?: ?server ?= ?(?P<dst_ip>[^\s,:]+|[0-9a-fA-F:.]+) ?[:,] ?[Uu]ser ?= ?(?P<user>.*)",
    "113005": r"AAA user (?P<aaa>\w+) (?P<action>Rejected) ?: ?reason ?= ?(?P<reason>.*?) ?: ?server ?= ?(?P<dst_ip>\S+) ?: ?user ?= ?(?P<user>.*?)(?: ?: ?user IP ?= ?(?P<src_ip>\S+))?\Z",
    "113006 113007": r"User '?(?P<user>[^\s']+)'? (?P<action>locked out|unlocked)(?P<reason>.*)",
    "113008": r"AAA transaction status (?P<action>\w+) ?: ?user ?= ?(?P<user>.*)",
    "113009 113011": r"AAA retrieved (?P<reason>.*?) \(?(?P<group>[^)\s]*)\)? for user ?=? ?(?P<user>.*)",
    "113012": r"AAA user (?P<aaa>\w+) (?P<action>Successful) ?: ?local database ?: ?user ?= ?(?P<user>.*)",
    "113013 113014": r"AAA (?:unable to complete the request Error ?: ?reason ?= ?(?P<reason>.*?)|(?P<action>authentication server not accessible)) ?: ?(?:server ?= ?(?P<dst_ip>\S+) ?: ?)?user ?= ?(?P<user>.*)",
    "113015": r"AAA user (?P<aaa>\w+) (?P<action>Rejected) ?: ?reason ?= ?(?P<reason>.*?) ?: ?local database ?: ?user ?= ?(?P<user>.*?)(?: ?: ?user IP ?= ?(?P<src_ip>\S+))?\Z",
    "113016 113017": r"AAA credentials (?P<action>rejected) ?: ?reason ?= ?(?P<reason>.*?) ?: ?(?:server ?= ?(?P<dst_ip>\S+) ?|local database ?): ?user ?= ?(?P<user>.*?)(?: ?: ?user IP ?= ?(?P<src_ip>\S+))?\Z",
    "113019": r"Group = (?P<group>[^,]*), Username = (?P<user>[^,]*), IP = (?P<src_ip>[^,]*), (?P<action>Session disconnected)\. Session Type: (?P<session_type>[^,]*), Duration: (?P<duration>[^,]*), Bytes xmt: (?P<bytes_in>\d+), Bytes rcv: (?P<bytes_out>\d+), Reason: (?P<reason>.*)",
    "113039": _GROUP,
    "199019": r"(?:\w{3} +\d+ [\d:]+ )?(?P<process>[\w./-]+)\[(?P<pid>\d+)\]: (?P<reason>.*)",
    "302013 302015 302017 302303": rf"(?P<action>Built) (?:(?P<way>inbound|outbound) )?(?:Probe )?{_P} connection (?P<session>\d+) for {_end('src', who=False)}{_mapped('src')} to {_end('dst', who=False)}{_mapped('dst')}(?: \((?P<user>[^)]*)\))?",
    "302014 302016 302018 302304": rf"(?P<action>Teardown) (?:Probe )?{_P} connection (?P<session>\d+) for {_SRC} to {_DST} duration (?P<duration>[\d:]+)(?: bytes (?P<bytes>\d+))?(?: (?P<reason>[^(]*[^(\s]))?(?: \((?P<user>[^)]*)\))?",
    "302020 302021": r"(?P<action>Built|Teardown) (?:(?P<way>inbound|outbound) )?(?P<protocol>ICMP(?:v6)?) connection for faddr (?P<src_ip>[^/\s]+)/(?P<src_port>\d+) ?(?:\((?P<src_user>[^)]*)\) ?)?gaddr (?P<dst_nat_ip>[^/\s]+)/(?P<dst_nat_port>\d+) laddr (?P<dst_ip>[^/\s]+)/(?P<dst_port>\d+)(?: ?\((?P<dst_user>[^)]*)\))?(?: type (?P<icmp_type>\d+) code (?P<icmp_code>\d+))?",
    "303002": rf"(?P<protocol>FTP) connection from {_SRC} to {_DST},? ?user (?P<user>\S+) (?P<action>\w+) (?:file )?(?P<file>.*)",
    "304001": rf"(?:(?P<user>[^\s@]+)@)?(?P<src_ip>{_A}) (?P<action>Accessed)(?: JAVA)? URL (?P<dst_ip>{_A}):(?P<url>.*)",
    "304002": rf"(?P<action>Access denied) URL (?P<url>\S+) SRC (?P<src_ip>{_A}) DEST (?P<dst_ip>{_A})(?:.*)",
    "305005": rf"(?P<reason>No translation group found) for {_P} src {_SRC} dst {_DST}",
    "305006": rf"(?P<reason>.*?translation creation failed) for {_P} src {_SRC} dst {_DST}",
    "305009 305010 305011 305012": rf"(?P<action>Built|Teardown) (?:dynamic|static|interface|port) (?:(?P<protocol>TCP|UDP|ICMP|SCTP|GRE) )?translation from {_end('src')} to (?:(?P<nat_interface>[^\s:/]+):)?(?P<src_nat_ip>{_A})(?:/(?P<src_nat_port>\d+))?(?: duration (?P<duration>[\d:]+))?",
    "305013": rf"(?P<reason>Asymmetric NAT rules matched.*?); Connection for {_P} src {_SRC} dst {_DST} (?P<action>denied)(?: due to (?P<why>.*))?",
    "308001": r"(?P<reason>.*) from (?P<src_ip>\S+)",
    "313001 313008": rf"(?P<action>Denied) {_P} type=(?P<icmp_type>\d+), code=(?P<icmp_code>\d+) from (?P<src_ip>{_A}){_ON}",
    "313004": rf"(?P<action>Denied) {_P} type=(?P<icmp_type>\w+), from (?:laddr )?(?P<src_ip>{_A}){_ON} to (?P<dst_ip>{_A})(?:: (?P<reason>.*))?",
    "313005": rf"(?P<reason>No matching connection for ICMP error message): {_P} src {_SRC} dst {_DST} \(type (?P<icmp_type>\d+), code (?P<icmp_code>\d+)\)",
    "313009": rf"(?P<action>Denied) invalid {_P} code (?P<icmp_code>\d+),? for {_end('src', who=False)}{_mapped('src')} to {_end('dst', who=False)}{_mapped('dst')}",
    "315011": r"SSH session from (?P<src_ip>\S+) on interface (?P<src_interface_on>\S+) for user \"?(?P<user>[^\"\s]*)\"? (?P<action>disconnected) by SSH server, reason: (?P<reason>.*)",
    "338001 338002 338003 338004 338005 338006 338007 338008 338201 338202 338203 338204": rf"Dynamic [Ff]ilter (?P<action>\w+) (?P<list>\w+) {_P} traffic from {_end('src', who=False)}{_mapped('src')} to {_end('dst', who=False)}{_mapped('dst')},? (?P<reason>.*)",
    "400000": rf"IPS:(?P<signature>\d+) (?P<attack>.*?) from (?P<src_ip>{_A}) to (?P<dst_ip>{_A}) on interface (?P<src_interface_on>\S+)",
    "401004": rf"(?P<action>Shunned) packet: (?P<src_ip>{_A}) ==> (?P<dst_ip>{_A}){_ON}",
    "402117": rf"IPSEC: (?P<reason>Received a non-IPSec packet) \(protocol= ?(?P<protocol>\w+)\) from (?P<src_ip>{_A}) to (?P<dst_ip>{_A})",
    "405001 405002": rf"(?P<reason>Received.*?) from (?P<src_ip>{_A})/(?P<src_mac>[\w.:-]+){_ON}",
    "410001 410003": rf"(?P<action>Dropped) {_P} DNS \w+ from {_SRC} to {_DST}[;:]? ?(?P<reason>.*)",
    "419002": rf"(?P<reason>Duplicate TCP SYN) from {_SRC} to {_DST}",
    "500003 500004": rf"(?P<reason>.*?) (?:for |\()protocol=(?P<protocol>\w+),? from (?P<src_ip>{_A})/(?P<src_port>\d+) to (?P<dst_ip>{_A})/(?P<dst_port>\d+)",
    "507003": rf"{_P} flow from {_SRC} to {_DST} (?P<action>terminated) by inspection engine,? reason ?- ?(?P<reason>.*)",
    "602303 602304": rf"IPSEC: An? (?P<way>inbound|outbound) .*? SA \(SPI= ?(?P<session>\w+)\) between (?P<src_ip>{_A}) and (?P<dst_ip>{_A}) \(user= ?(?P<user>[^)]*)\) has been (?P<action>created|deleted)",
    "605004 605005": rf"Login (?P<action>denied|permitted) from (?P<src_ip>{_A})/(?P<src_port>\w+) to (?P<dst_interface>[^\s:]+):(?P<dst_ip>{_A})/(?P<service>\w+) for user \"?(?P<user>[^\"]*)\"?",
    "609001 609002": rf"(?P<action>Built|Teardown) local-host (?P<src_interface>[^\s:]+):(?P<src_ip>{_A})(?: duration (?P<duration>[\d:]+))?",
    "611101 611102": r"User authentication (?P<action>succeeded|failed): IP address: (?P<src_ip>[^,\s]+), Uname: (?P<user>.*)",
    "611103": r"User (?P<action>logged out): Uname: (?P<user>.*)",
    "710001 710002 710003 710004 710005 710006": rf"{_P} (?:access|connection|request) (?P<action>requested|permitted|denied|discarded|limit exceeded)(?P<by> by ACL)? from (?P<src_ip>{_A})(?:/(?P<src_port>\d+))? to (?:(?P<dst_interface>[^\s:/]+):)?(?P<dst_ip>{_A})(?:/(?P<service>[\w-]+))?",
    "711004": r"(?P<reason>Task ran for (?P<milliseconds>\d+) msec), Process = (?P<process>[^,]+), PC = (?P<counter>\w+), Call stack = (?P<stack>.*)",
    "716001 716002": _GROUP,
    "716038 716039": r"Group <(?P<group>[^>]*)> User <(?P<user>[^>]*)> IP <(?P<src_ip>[^>]*)> Authentication: (?P<action>successful|rejected)(?P<reason>.*)",
    "721016 721018": r"\((?P<device>[^)]*)\) (?P<reason>WebVPN session for client user (?P<user>[^,]*), IP (?P<src_ip>\S+) .*)",
    "722051": r"Group <(?P<group>[^>]*)> User <(?P<user>[^>]*)> IP <(?P<src_ip>[^>]*)> (?P<reason>(?:IPv4 )?Address <(?P<assigned_ip>[^>]*)>.*)",
    "722037": r"Group <(?P<group>[^>]*)> User <(?P<user>[^>]*)> IP <(?P<src_ip>[^>]*)> (?P<action>SVC closing connection): (?P<reason>.*?)\.?\Z",
    "725001 725002 725003 725006 725007 725016": r"(?P<action>Starting SSL handshake|Device completed SSL handshake|Device failed SSL handshake|SSL \w+ (?:session )?|SSL session|.{1,64}?) ?with (?P<role>\w+) (?P<src_interface>[^\s:]+):(?P<src_ip>[^\s/]+)/(?P<src_port>\d+)(?: to (?P<dst_ip>[^\s/]+)/(?P<dst_port>\d+))?(?P<reason>.*)",
    "733101 733102 733103": r"(?:\[[^\]]*\] )?(?:Host |Threat-detection adds host )(?P<src_ip>[0-9a-fA-F.:]+)(?P<reason>.*)",
    "734001 734003": r"DAP: User (?P<user>[^,]*), Addr (?P<src_ip>[^,:\s]+)(?:, Connection (?P<session_type>[^:]*))?:? ?(?P<reason>.*)",
    "750001 750002 750003 750006 750007 751002 751011": r"Local:(?P<src_ip>[0-9a-fA-F.:]+):(?P<src_port>\d+) Remote:(?P<dst_ip>[0-9a-fA-F.:]+):(?P<dst_port>\d+) Username:(?P<user>\S+) (?:.*?ERROR: )?(?P<reason>.*)",
}
_BY_NUMBER = {
    number: re.compile(pattern, re.DOTALL | re.ASCII)
    for numbers, pattern in _PATTERNS.items()
    for number in numbers.split()
}
_SHARED = tuple(
    re.compile(pattern, re.DOTALL | re.ASCII)
    for pattern in (
        _GROUP,
        _GROUP_PLAIN,
        r"Local:(?P<src_ip>[0-9a-fA-F.:]+):(?P<src_port>\d+) Remote:(?P<dst_ip>[0-9a-fA-F.:]+):(?P<dst_port>\d+) Username:(?P<user>\S+) (?P<reason>.*)",
        rf"(?P<reason>.{{0,200}}?)\bfrom {_SRC} to {_DST}(?: on interface (?P<src_interface_on>\S+))?",
        rf"(?P<reason>.{{0,200}}?)\bsrc {_SRC} dst {_DST}",
        _PATTERNS["711004"],
    )
)
_LOOSE = re.compile(r"\s*(?:(?:TunnelGroup|Group|GroupPolicy) <|Task ran for \d+ msec)")


class Asa(NamedTuple):
    """``level`` is 0 to 7, None where a relay dropped the prefix; ``fields`` are those that the text names."""

    family: str | None
    level: int | None
    number: str | None
    text: str
    fields: dict[str, str]


def is_loose(text: str) -> bool:
    """Whether this is a text that relays are known to pass on without its prefix."""
    return _LOOSE.match(text) is not None


def parse(message: str) -> Asa:
    """One message from its % on, or a text without prefix that has a known form; else ParseError."""
    match = _PREFIX.match(message)
    if match is None:
        if not is_loose(message):
            raise ParseError("not a Cisco message with %FAMILY-level-number")
        text = message.strip()
        return Asa(None, None, None, text, _fields(None, text))
    number, text = match["number"], match["text"].strip()
    return Asa(match["family"], int(match["level"]), number, text, _fields(number, text))


def _fields(number: str | None, text: str) -> dict[str, str]:
    if number is not None and number.startswith("4300"):
        return _of_list(text)
    if len(text) > TEXT_MATCHED_CHARACTERS_MAX:
        return {}
    if number is not None and number.startswith("400") and len(number) == 6:
        number = "400000"
    pattern = _BY_NUMBER.get(number or "")
    match = pattern.match(text) if pattern else None
    if match is None:
        match = next(filter(None, (shared.match(text) for shared in _SHARED)), None)
    return {key: value.strip() for key, value in match.groupdict().items() if value} if match else {}


def _of_list(text: str) -> dict[str, str]:
    parts = _LIST.split(text)
    found: dict[str, str] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=True):
        found.setdefault(key, value.strip().removeprefix("<br/>"))
    return found
