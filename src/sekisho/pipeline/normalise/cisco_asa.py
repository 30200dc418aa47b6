"""Cisco ASA and FTD messages, by syslog. Pure.

Time is the message's own stamp, or its syslog header's, neither of which need have a year or a zone; FTD's
connection events say when they began. "Built outbound connection for A to B" was opened by B: Cisco puts
the less trusted side first. "Teardown" says nothing of that, so there only the direction is judged, by ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.addresses import SERVICE_PORT_END
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import (
    clock_milliseconds,
    milliseconds,
    name,
    number,
    one,
    port,
    protocol,
    text,
    words,
)
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of, vocabulary
from sekisho.pipeline.parse import asa
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at, split_head

_PORT_NAMES = {
    "https": "443",
    "http": "80",
    "www": "80",
    "ssh": "22",
    "telnet": "23",
    "domain": "53",
    "ftp": "21",
    "smtp": "25",
    "ntp": "123",
    "snmp": "161",
    "syslog": "514",
    "isakmp": "500",
    "bootps": "67",
    "bootpc": "68",
    "tacacs": "49",
    "netbios-ns": "137",
    "netbios-dgm": "138",
    "netbios-ssn": "139",
    "ldap": "389",
    "ldaps": "636",
    "radius": "1812",
}
"""Names that the ASA writes for well-known ports unless it is told not to."""


def _port(value: object) -> int | None:
    return port(_PORT_NAMES.get(value, value)) if type(value) is str else None


TABLE = table(
    move("metadata.event_code", "number"),
    move("metadata.log_name", "family"),
    move("device.interface_name", "src_interface_on"),
    move("device.hw_info.serial_number", "DeviceUUID"),
    move("src_endpoint.ip", "src_ip", "SrcIP", "SrcIPv6"),
    move("src_endpoint.port", "src_port", "SrcPort", to=_port),
    move("src_endpoint.interface_name", "src_interface", "IngressInterface"),
    move("src_endpoint.zone", "IngressZone"),
    move("src_endpoint.location.country", "SrcIP_Country", "OriginatorCountry"),
    move("dst_endpoint.ip", "dst_ip", "DstIP", "DstIPv6"),
    move("dst_endpoint.port", "dst_port", "DstPort", to=_port),
    move("dst_endpoint.interface_name", "dst_interface", "EgressInterface"),
    move("dst_endpoint.zone", "EgressZone"),
    move("dst_endpoint.hostname", "ReferencedHost", to=name),
    move("dst_endpoint.owner.name", "dst_user"),
    move("nat.src_ip", "src_nat_ip", "NAT_InitiatorIP", "assigned_ip"),
    move("nat.src_port", "src_nat_port", "NAT_InitiatorPort", to=port),
    move("nat.dst_ip", "dst_nat_ip", "NAT_ResponderIP"),
    move("nat.dst_port", "dst_nat_port", "NAT_ResponderPort", to=port),
    move("connection_info.protocol_name", "protocol", "Protocol", to=protocol),
    move("connection_info.uid", "session", "ConnectionID"),
    move("app_name", "ApplicationProtocol", to=lambda value: value.lower() if type(value) is str else None),
    move("service.name", "service"),
    move("traffic.bytes", "bytes", to=number),
    move("traffic.bytes_out", "bytes_out", "InitiatorBytes", to=number),
    move("traffic.bytes_in", "bytes_in", "ResponderBytes", to=number),
    move("traffic.packets_out", "InitiatorPackets", to=number),
    move("traffic.packets_in", "ResponderPackets", to=number),
    move("count", "count", to=number),
    move(
        "duration", "duration", "ConnectionDuration", to=lambda value: clock_milliseconds(value) or milliseconds(value)
    ),
    move("firewall_rule.name", "acl", "AccessControlRuleName"),
    move("policy.name", "ACPolicy", "IntrusionPolicy", "FilePolicy", "group_policy"),
    move("action", "action", "AccessControlRuleAction", "InlineResult", "FileAction"),
    move("status_detail", "reason", "AccessControlRuleReason"),
    move("message", "text"),
    move("user.name", "user", "src_user", "User"),
    move("user.groups", "group", to=one),
    move("auth_protocol", "aaa"),
    move("actor.process.cmd_line", "command", "cmd"),
    move("actor.process.name", "process"),
    move("actor.process.pid", "pid", to=number),
    move("finding_info.title", "Message", "attack", "ThreatName"),
    move("finding_info.analytic.uid", "SID", "signature"),
    move("finding_info.analytic.version", "Revision"),
    move("finding_info.analytic.category", "Classification", "list"),
    move("signature.severity", "Priority", "EventPriority"),
    move("signature.gid", "GID", to=number),
    move("http_request.url.url_string", "url", "URL", "URI"),
    move("http_request.url.categories", "URLCategory", to=words),
    move("http_request.user_agent", "UserAgent"),
    move("http_request.referrer", "HTTPReferer", "ReferencedHost_"),
    move("http_response.code", "HTTPResponse", "HTTP_ResponseCode", to=port),
    move("query.hostname", "DNSQuery", "DNS_Query", to=name),
    move("query.type", "DNSRecordType", to=text),
    move("rcode", "DNSResponseType", "DNS_ResponseCode"),
    move("tls.version", "SSLVersion"),
    move("tls.sni", "SSLServerName", to=name),
    move("file.name", "file", "FileName"),
    move("file.size", "FileSize", to=number),
    move("file.desc", "FileType"),
    move("file.hashes.sha256", "FileSHA256"),
    blank=("Unknown", "Not Found", "No Authentication Required", "<unknown>", "N/A", "<>", "*****"),
    spent=("way", "level", "FirstPacketSecond"),
)

_AUTHENTICATION = vocabulary(
    """109005 109006 109007 109008 109024 109025 109031 113004 113005 113006 113007 113008 113012 113013 113014
    113015 113016 113017 113021 113022 605004 605005 611101 611102 716038 716039 716040 308001 315004"""
)
_LOGOUT = vocabulary("113019 611103 315011 716002 722023 722037")
_TUNNEL_PREFIXES = ("713", "716", "722", "750", "751", "602", "113039", "734", "737", "402", "721", "725", "746", "717")
_COMMANDS = vocabulary("111001 111003 111004 111005 111007 111008 111009 111010 502101 502102 502103")
_BLOCKED = vocabulary(
    """106001 106002 106006 106007 106010 106011 106012 106013 106014 106015 106016 106017 106018 106020 106021
    106022 106023 106027 201010 304002 305013 313001 313004 313008 313009 401004 402117 406001 410001 410003
    419002 500003 500004 507003 710003 710004 710005 710006 113005 113015 113006 113016 113017 605004 611102
    109006 109008 109025 716039 733102 322001 338005 338006 338007 338008"""
)
_ALLOWED = vocabulary(
    """302013 302014 302015 302016 302017 302018 302020 302021 302303 302304 303002 304001 305009 305010 305011
    305012 609001 609002 710001 710002 113004 113008 113012 605005 611101 109005 109007 716001 716038 113039
    722033 722051 725002"""
)
_FTD = {
    "430001": (classes.DETECTION_FINDING, 1),
    "430002": (classes.NETWORK_ACTIVITY, 1),
    "430003": (classes.NETWORK_ACTIVITY, 2),
    "430004": (classes.NETWORK_FILE_ACTIVITY, classes.OTHER),
    "430005": (classes.DETECTION_FINDING, 1),
}
_FTD_EVENTS = {
    "430001": "intrusion-detected",
    "430002": "connection-started",
    "430003": "connection-finished",
    "430004": "file-detected",
    "430005": "malware-detected",
}
_OPENED = vocabulary("302013 302015 302017 302020 302303")
_CLOSED = vocabulary("302014 302016 302018 302021 302304")
_FTD_SEVERITIES = {"high": 4, "medium": 3, "low": 2, "1": 4, "2": 3, "3": 2}


def recognises(line: str) -> bool:
    return asa.BEGINS.search(line, 0, 512) is not None or asa.is_loose(line)


def read(line: str) -> Line:
    head, message = split_at(line, asa.BEGINS) or split_head(line)
    parsed = asa.parse(message)
    fields: Fields = {"text": parsed.text, **parsed.fields}
    if parsed.number is not None:
        fields["number"], fields["family"] = parsed.number, parsed.family
        fields["level"] = str(parsed.level)
    if fields.get("way", "").lower() == "outbound" and parsed.number in _OPENED:
        fields = {_other_side(key): value for key, value in fields.items()}
    if fields.get("dst_port") is None and "dst_ip" in fields and fields.get("service") in _PORT_NAMES:
        fields["dst_port"] = _PORT_NAMES[fields["service"]]
    return head, fields


def _other_side(key: str) -> str:
    if key.startswith("src_"):
        return f"dst_{key[4:]}"
    return f"src_{key[4:]}" if key.startswith("dst_") else key


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    numbers = [number or "" for number in draft.seen("metadata.event_code")]
    actions = draft.seen("action")
    draft.put("vendor_severity", draft.values("level"))
    if any(number in _FTD_EVENTS for number in numbers):
        draft.put("activity_name", [_FTD_EVENTS.get(number) for number in numbers])
    kinds = [_kind(number) for number in numbers]
    outcomes = [_outcome(number, action) for number, action in zip(numbers, actions, strict=True)]
    judge(draft, kinds, outcomes, _severities(draft, kinds))
    draft.put("status_id", [_status(kind[0], outcome) for kind, outcome in zip(kinds, outcomes, strict=True)])
    _details(draft, kinds)
    split_urls(draft)
    draft.place(reversed_rows=_answered(draft, numbers), words=[_WAYS.get(way) for way in draft.values("way")])
    return _moments(draft, numbers)


_WAYS = {"inbound": "inbound", "Inbound": "inbound", "outbound": "outbound", "Outbound": "outbound"}


@lru_cache(4096)
def _kind(number: str) -> tuple[int, int]:
    if number in _FTD:
        return _FTD[number]
    if number in _AUTHENTICATION:
        return classes.AUTHENTICATION, 1
    if number in _LOGOUT:
        return classes.AUTHENTICATION, 2
    if number in _COMMANDS:
        return classes.ENTITY_MANAGEMENT, classes.OTHER
    if number in _OPENED or number in _CLOSED:
        return classes.NETWORK_ACTIVITY, 1 if number in _OPENED else 2
    if number.startswith(("400", "338", "733")):
        return classes.DETECTION_FINDING, 1
    if number.startswith("304"):
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if number.startswith(_TUNNEL_PREFIXES) or not number:
        return classes.TUNNEL_ACTIVITY, 1 if number in ("113039", "716001", "722033", "722051") else classes.OTHER
    if number in _BLOCKED:
        return classes.NETWORK_ACTIVITY, 5
    if number.startswith(("106", "110", "302", "303", "305", "313", "410", "419", "500", "507", "607", "609", "710")):
        return classes.NETWORK_ACTIVITY, 6
    return classes.BASE_EVENT, classes.OTHER


@lru_cache(4096)
def _outcome(number: str, action: str | None) -> Outcome:
    if number.startswith("4300"):
        return _of_ftd(number, (action or "").lower())
    if number in ("106100", "106102", "106103"):
        return "blocked" if action == "denied" else "allowed"
    if number in _BLOCKED:
        return "blocked"
    if number in _ALLOWED:
        return "allowed"
    if number.startswith(("400", "733", "338")):
        return "blocked" if action in ("dropped", "denied") else "detected"
    return outcome_of(action) if number.startswith(("106", "710", "113", "109")) else "unknown"


def _of_ftd(number: str, action: str) -> Outcome:
    if "would" in action:
        return "detected"
    if "block" in action or "drop" in action or "reset" in action:
        return "blocked"
    if number in ("430001", "430005"):
        return "detected"
    return (
        "allowed"
        if action.startswith(("allow", "trust", "fastpath", "monitor", "intrusion", "detect"))
        else outcome_of(action)
    )


def _severities(draft: Draft, kinds: Sequence[tuple[int, int]]) -> list[int]:
    told = zip(draft.values("level"), draft.seen("signature.severity"), kinds, strict=True)
    return [_severity(level, graded, kind[0]) for level, graded, kind in told]


@lru_cache(256)
def _severity(level: str | None, graded: str | None, class_uid: int) -> int:
    """FTD sends everything at level 1 unless told otherwise; there its own priority counts."""
    if graded:
        return _FTD_SEVERITIES.get(graded.lower(), 1)
    if class_uid == classes.DETECTION_FINDING:
        return 3
    return of_syslog(int(level)) if level else 1


def _status(class_uid: int, outcome: Outcome) -> int | None:
    if class_uid != classes.AUTHENTICATION:
        return None
    return {"allowed": 1, "blocked": 2}.get(outcome)


def _details(draft: Draft, kinds: Sequence[tuple[int, int]]) -> None:
    if draft.has("attack", "ThreatName"):
        draft.put("malware.name", draft.values("ThreatName"))
    rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
    if any(rows):
        for target, source in (("finding_info.title", "message"), ("finding_info.analytic.uid", "metadata.event_code")):
            draft.put(target, [value if row else None for value, row in zip(draft.seen(source), rows, strict=True)])
    draft.put("app_name", [service.lower() if service else None for service in draft.seen("service.name")])
    draft.put("src_endpoint.interface_name", draft.seen("device.interface_name"))


def _answered(draft: Draft, numbers: Sequence[str]) -> list[bool]:
    """Of a connection's end: whether the side that is named first has the service's port."""
    ports = zip(numbers, draft.seen("src_endpoint.port"), draft.seen("dst_endpoint.port"), strict=True)
    return [
        number in _CLOSED and src is not None and dst is not None and 0 < src < SERVICE_PORT_END <= dst
        for number, src, dst in ports
    ]


def _moments(draft: Draft, numbers: Sequence[str]) -> list[Moment | None]:
    moment = draft.clock.moment
    first = draft.values("FirstPacketSecond")
    if any(first):
        starts = [moment(each) for each in first]
        draft.put("start_time", [each.micros if each else None for each in starts])
    return [moment(head.clock) or moment(began) for head, began in zip(draft.heads, first, strict=True)]


CISCO_ASA = Product(
    name="cisco_asa", title="ASA", vendor="Cisco", recognises=recognises, read=read, table=TABLE, fill=fill
)
