"""FortiGate logs, FortiOS 5.6 to 7.6: key=value with spaces or commas between, and CEF. Pure.

Time is ``eventtime`` (seconds in 6.0, nanoseconds since 6.2), else date, time and ``tz``. A session
that policy accepted and a security profile stopped (``utmaction=block``) is blocked: the outcome is the
packet's, not the first rule's. A profile that only watches makes *detected* of a threat and *allowed*
of a page, an application or a name that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields
from sekisho.pipeline.normalise.fortigate_fields import CEF_NAMES, CEF_PREFIXES, TABLE
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import vocabulary
from sekisho.pipeline.parse import ParseError, cef, keyvalue
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_KEYS = "date|time|timestamp|logver|itime|eventtime|devname|devid|device_id|vd|logid|log_id|type|subtype|level"
_BEGINS = re.compile(rf"(?:^|[\s>:;])((?:{_KEYS})=)")
_CEF_VENDOR = re.compile(r"\|\s*Fortinet\s*\|", re.IGNORECASE)
_MARKS = re.compile(r"""\b(?:logid="?\d{4,}|devid="?F|vd="|logver=\d)""")
_OTHERS = re.compile(r"\b(?:log_component=|device=\"SFW\"|\bfw=)")
CEF_HEADER_CHARACTERS_MAX = 600
_UI_ADDRESS = re.compile(r"\(([0-9a-fA-F.:]{3,45})\)")
_OFFSET = re.compile(r"[+-]\d{4}")

_THREATS = frozenset({"ips", "virus", "anomaly", "waf", "dlp", "botnet"})
_MAIL = frozenset({"emailfilter", "spam", "spamfilter"})
_BLOCKED = vocabulary(
    """deny denied block blocked dropped drop reset reset_client reset_server reset-client reset-server
    drop_session clear_session clear-session quarantine quarantined refuse reject rejected ban ban-ip
    intercepted server-reset ssl-login-fail auth-fail discard pass_session_blocked blocked-infected infected-
    blocked"""
)
_ALLOWED = vocabulary(
    """accept accepted close client-rst server-rst timeout ip-conn dns start pass passthrough allow allowed permit
    permitted exempt exempted bypass ftgd_allow override warning continue redirect log-only monitored success
    authentication analytics detected detect monitor pass_session"""
)
_SEVERITY_WORDS = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1, "informational": 1, "information": 1}
_LEVELS = {"emergency": 6, "alert": 4, "critical": 5, "error": 3, "warning": 2}
_EDITS = {"add": 1, "edit": 3, "delete": 4, "move": 3, "rename": 3, "set": 3}
_DHCP = {"discover": 1, "offer": 2, "request": 3, "decline": 4, "ack": 5, "nak": 6, "release": 7, "inform": 8}
_METHODS = {caption.lower(): number for number, caption in classes.ACTIVITIES[classes.HTTP_ACTIVITY].items()}
_DIRECTIONS = {
    **dict.fromkeys(("outgoing", "outbound", "1"), "outbound"),
    **dict.fromkeys(("incoming", "inbound", "0"), "inbound"),
}
_ROLES = {
    **dict.fromkeys((("lan", "wan"), ("dmz", "wan")), "outbound"),
    **dict.fromkeys((("wan", "lan"), ("wan", "dmz")), "inbound"),
    **dict.fromkeys((("lan", "lan"), ("lan", "dmz"), ("dmz", "lan"), ("dmz", "dmz")), "lateral"),
}


def _is_cef(text: str) -> bool:
    """A bar in front of the maker's name; most lines have no bar at all."""
    return "|" in text and _CEF_VENDOR.search(text, 0, CEF_HEADER_CHARACTERS_MAX) is not None


def recognises(text: str) -> bool:
    if _is_cef(text):
        return cef.BEGINS.search(text, 0, 600) is not None
    return _BEGINS.search(text, 0, 512) is not None and bool(_MARKS.search(text)) and not _OTHERS.search(text)


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if _is_cef(text):
        at_cef = split_at(text, cef.BEGINS)
        if at_cef is not None:
            return at_cef[0], _of_cef(at_cef[1])
    if found is None:
        raise ParseError("neither a FortiGate line of key=value nor CEF")
    return found[0], keyvalue.parse(found[1])


def _of_cef(message: str) -> Fields:
    """FortiOS names for all fields. ``service`` and ``app`` are told apart by the prefix."""
    parsed = cef.parse(message)
    fields: Fields = {"version_of_header": parsed.version, "name_of_header": parsed.name}
    for key, value in cef.by_label(parsed.extension).items():
        if key == "cat":
            kind, _, subtype = value.partition(":")
            fields.setdefault("type", kind)
            if subtype:
                fields.setdefault("subtype", subtype)
            continue
        fields.setdefault(_fortios_name(key), value.strip('"'))
    if "logid" not in fields:
        fields["logid"] = parsed.class_id
    if "type" not in fields and ":" in parsed.name:
        fields["type"], _, rest = parsed.name.partition(":")
        fields.setdefault("subtype", rest.partition(" ")[0])
    return fields


@lru_cache(4096)
def _fortios_name(key: str) -> str:
    if key in CEF_NAMES:
        return CEF_NAMES[key]
    for prefix in CEF_PREFIXES:
        if key.startswith(prefix) and len(key) > len(prefix):
            return key[len(prefix) :]
    return key


def fill(draft: Draft) -> Sequence[Moment | None]:
    _names(draft)
    types, subtypes = draft.values("type"), draft.values("subtype")
    actions = [each.lower() if each else "" for each in draft.seen("action")]
    kinds = [
        _kind(kind or "", subtype or "", action, edited or "")
        for kind, subtype, action, edited in zip(types, subtypes, actions, draft.values("cfgpath"), strict=True)
    ]
    kinds = _refined(draft, kinds)
    utm = draft.values("utmaction")
    statuses = draft.values("status")
    outcomes = [
        _outcome(kind[0], action, (blocked or "").lower(), (status or "").lower())
        for kind, action, blocked, status in zip(kinds, actions, utm, statuses, strict=True)
    ]
    judge(draft, kinds, outcomes, _severities(draft, kinds))
    _status(draft, kinds, outcomes, statuses)
    _title(draft, kinds)
    split_urls(draft)
    draft.place(words=_directions(draft))
    return _moments(draft)


def _directions(draft: Draft) -> list[str | None]:
    """What the line says, else what the roles of its interfaces mean."""
    roles = zip(draft.seen("src_endpoint.zone"), draft.seen("dst_endpoint.zone"), strict=True)
    by_role = [_ROLES.get(pair) for pair in roles]
    told = draft.values("direction", "deviceDirection")
    return [_DIRECTIONS.get(word.lower(), role) if word else role for word, role in zip(told, by_role, strict=True)]


def _names(draft: Draft) -> None:
    split_users(draft)
    types, subtypes = draft.values("type"), draft.values("subtype")
    draft.put("metadata.log_name", [_log_name(a, b) for a, b in zip(types, subtypes, strict=True)])
    draft.put("app_name", draft.seen("service.name"))
    if draft.has("ui"):
        # An administrator's own address is only in the name of the door: https(192.0.2.1).
        draft.put("src_endpoint.ip", [_in_brackets(ui) for ui in draft.values("ui")])
        doors = [ui.partition("(")[0].lower() if ui else None for ui in draft.values("ui")]
        draft.put("auth_protocol", doors)


@lru_cache(1024)
def _log_name(kind: str | None, subtype: str | None) -> str | None:
    return ":".join(part for part in (kind, subtype) if part) or None


def _in_brackets(ui: str | None) -> str | None:
    match = _UI_ADDRESS.search(ui) if ui else None
    return match[1] if match else None


@lru_cache(4096)
def _kind(kind: str, subtype: str, action: str, edited: str) -> tuple[int, int]:
    kind, subtype = kind.lower(), subtype.lower()
    if kind == "traffic":
        return classes.NETWORK_ACTIVITY, _traffic(action)
    if kind == "anomaly" or subtype in _THREATS:
        return classes.DETECTION_FINDING, 1
    if subtype == "webfilter":
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if kind == "dns" or subtype in ("dns", "dns-query", "dns-response"):
        return classes.DNS_ACTIVITY, 2 if "response" in subtype else 1
    if subtype in _MAIL:
        return classes.EMAIL_ACTIVITY, 3
    if subtype == "file-filter":
        return classes.NETWORK_FILE_ACTIVITY, classes.OTHER
    if subtype == "ssh" and kind == "utm":
        return classes.SSH_ACTIVITY, 6
    if kind in ("utm", "voip", "app-ctrl"):
        return classes.NETWORK_ACTIVITY, 6
    return _event(subtype, action, edited)


def _traffic(action: str) -> int:
    if action in ("close", "timeout", "client-rst", "server-rst"):
        return 3 if action.endswith("rst") else 2
    if action in ("deny", "denied"):
        return 5
    return {"ip-conn": 4, "start": 1}.get(action, 6)


def _event(subtype: str, action: str, edited: str) -> tuple[int, int]:
    if edited:
        return classes.ENTITY_MANAGEMENT, _EDITS.get(action, classes.OTHER)
    if "logout" in action or action == "auth-logout":
        return classes.AUTHENTICATION, 2
    if "login" in action or "auth" in action or action in ("logon", "fsso-logon"):
        return classes.AUTHENTICATION, 1
    if subtype == "vpn" and (
        "tunnel" in action or action in ("negotiate", "ssl-new-con", "install_sa", "delete_ipsec_sa")
    ):
        return classes.TUNNEL_ACTIVITY, {"tunnel-up": 1, "tunnel-down": 2}.get(action, classes.OTHER)
    if subtype == "wireless" or subtype == "user":
        return classes.BASE_EVENT, classes.OTHER
    return classes.BASE_EVENT, classes.OTHER


def _refined(draft: Draft, kinds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What only a few rows have: the method of a request, the message of a DHCP server."""
    if draft.has("dhcp_msg"):
        for row, word in enumerate(draft.values("dhcp_msg")):
            if word:
                kinds[row] = (classes.DHCP_ACTIVITY, _DHCP.get(word.lower(), classes.OTHER))
    methods = draft.seen("http_request.http_method")
    return [
        (kind[0], _METHODS.get(verb.lower(), classes.OTHER)) if verb and kind[0] == classes.HTTP_ACTIVITY else kind
        for kind, verb in zip(kinds, methods, strict=True)
    ]


@lru_cache(8192)
def _outcome(class_uid: int, action: str, utm: str, status: str) -> Outcome:
    if class_uid in (classes.BASE_EVENT, classes.ENTITY_MANAGEMENT, classes.TUNNEL_ACTIVITY, classes.DHCP_ACTIVITY):
        return "unknown"
    if class_uid == classes.AUTHENTICATION:
        return _of_login(action, status)
    if action in _BLOCKED or utm in _BLOCKED or utm.startswith("block"):
        return "blocked"
    if class_uid == classes.DETECTION_FINDING:
        return "allowed" if action in ("exempt", "bypass") else "detected"
    return "allowed" if action in _ALLOWED else "unknown"


def _of_login(action: str, status: str) -> Outcome:
    if "fail" in action or status in ("failure", "failed", "denied", "deny", "timed_out", "authentication failed"):
        return "blocked"
    if "logout" in action:
        return "unknown"
    return "allowed" if status in ("success", "succeeded", "successful") or action == "fsso-logon" else "unknown"


def _severities(draft: Draft, kinds: Sequence[tuple[int, int]]) -> list[int]:
    levels, graded = draft.seen("vendor_severity"), draft.seen("signature.severity")
    return [
        _severity(kind[0], level or "", grade or "") for kind, level, grade in zip(kinds, levels, graded, strict=True)
    ]


@lru_cache(1024)
def _severity(class_uid: int, level: str, grade: str) -> int:
    """Of threats the graded severity counts (their level is always "alert"), of the rest the level."""
    if class_uid == classes.DETECTION_FINDING:
        return _SEVERITY_WORDS.get(grade.lower(), 3)
    return _LEVELS.get(level.lower(), 1)


def _status(
    draft: Draft, kinds: Sequence[tuple[int, int]], outcomes: Sequence[Outcome], statuses: Sequence[str | None]
) -> None:
    if not any(statuses) and not any(kind[0] == classes.AUTHENTICATION for kind in kinds):
        return
    draft.put(
        "status_id",
        [_status_id(status, outcome, kind[0]) for status, outcome, kind in zip(statuses, outcomes, kinds, strict=True)],
    )


def _status_id(status: str | None, outcome: Outcome, class_uid: int) -> int | None:
    word = (status or "").lower()
    if word.startswith("succ"):
        return 1
    if word.startswith(("fail", "den", "timed")) or (class_uid == classes.AUTHENTICATION and outcome == "blocked"):
        return 2
    return None


def _title(draft: Draft, kinds: Sequence[tuple[int, int]]) -> None:
    """A finding has a title and a category; of anything else the product's own description is the message."""
    if any(kind[0] == classes.DETECTION_FINDING for kind in kinds):
        titles = draft.values("constraint", "filtername", "dlpextra", "eventtype", "name_of_header")
        subtypes = draft.values("subtype", "type")
        messages = draft.seen("message")
        rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
        draft.put(
            "finding_info.title",
            [(a or b) if found else None for a, b, found in zip(titles, messages, rows, strict=True)],
        )
        draft.put(
            "finding_info.analytic.category", [a if found else None for a, found in zip(subtypes, rows, strict=True)]
        )
        if draft.has("virus"):
            draft.put("malware.name", draft.values("virus"))
    draft.put("message", draft.seen("activity_name"))


def _moments(draft: Draft) -> list[Moment | None]:
    moment = draft.clock.moment
    zones = draft.values("tz")
    found = [_of_eventtime(moment(told), zone) for told, zone in zip(draft.values("eventtime"), zones, strict=True)]
    if None not in found:
        return found
    clocks = zip(found, draft.values("date"), draft.values("time"), zones, draft.values("start", "rt"), strict=True)
    told = [a or _of_clock(draft, date, time, zone, start) for a, date, time, zone, start in clocks]
    counted = draft.values("itime", "timestamp")
    return [a if a is not None else moment(count) for a, count in zip(told, counted, strict=True)]


def _of_eventtime(moment: Moment | None, zone: str | None) -> Moment | None:
    if moment is None or zone is None:
        return moment
    return Moment(moment.micros, _minutes(zone))


@lru_cache(256)
def _minutes(zone: str) -> int | None:
    zone = zone.strip('"')
    if not _OFFSET.fullmatch(zone):
        return None
    minutes = int(zone[1:3]) * 60 + int(zone[3:])
    return -minutes if zone[0] == "-" else minutes


def _of_clock(draft: Draft, date: str | None, time: str | None, zone: str | None, start: str | None) -> Moment | None:
    tail = f" {zone}" if zone and _OFFSET.fullmatch(zone.strip('"')) else ""
    if date and time:
        return draft.clock.moment(f"{date} {time}{tail}")
    return draft.clock.moment(f"{start}{tail}") if start else None


FORTIGATE = Product(
    name="fortigate", title="FortiGate", vendor="Fortinet", recognises=recognises, read=read, table=TABLE, fill=fill
)
