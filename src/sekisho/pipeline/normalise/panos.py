"""PAN-OS logs, 8.1 to 11.2: CSV by syslog, CEF and LEEF by syslog, JSON of Strata Logging Service. Pure.

Time is when the firewall generated the log, by its high resolution clock where there is one: CSV tells
no zone otherwise, and is read in the device's. THREAT is a finding, except for its URL logs, which are
about pages, and the files and packets that were only logged. *Alert* is detected, *allow* allowed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields
from sekisho.pipeline.normalise.panos_fields import CEF_NAMES, PREFIX, TABLE
from sekisho.pipeline.normalise.panos_layouts import GENERATED, LAYOUTS, layout
from sekisho.pipeline.normalise.values import hash_column, host_of
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import vocabulary
from sekisho.pipeline.parse import ParseError, cef, delimited, jsonline, leef
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import NO_HEAD, split_at

_TYPES = "|".join(LAYOUTS)
_BEGINS = re.compile(rf"(?:^|[\s:>])(\d{{0,2}},[\d/: -]{{0,25}},[^,]{{0,32}},(?:{_TYPES}),)")
_CEF_VENDOR = re.compile(r"\|\s*Palo ?Alto(?: ?Networks)?\s*\|", re.IGNORECASE)
_JSON_MARK = re.compile(r'"LogType"\s*:')
_JSON_BEGINS = re.compile(r"\{\s*\"")
_SENTENCES = frozenset({"auth", "general", "globalprotect", "userid", "dhcp"})
_THREAT_NUMBER = re.compile(r"(?P<title>.*)\((?P<number>\d{1,12})\)\s*\Z", re.DOTALL)

_BLOCKED = vocabulary(
    """deny drop drop-all-packets drop-icmp drop-packet reset-both reset-client reset-server block block-url block-
    ip block-continue block-override random-drop sinkhole syncookie-sent denied dropped blocked reset cookie-
    challenge"""
)
_ALLOWED = vocabulary("allow allowed forward continue override override-lockout wildfire-upload-success")
_SEVERITIES = {"informational": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
_COMMANDS = {"add": 1, "clone": 1, "set": 3, "edit": 3, "move": 3, "rename": 3, "commit": 3, "delete": 4}
_METHODS = {caption.lower(): number for number, caption in classes.ACTIVITIES[classes.HTTP_ACTIVITY].items()}
_FINDINGS = vocabulary(
    """virus vulnerability spyware wildfire wildfire-virus flood scan packet ml-virus data dlp exploit command-and-
    control ml-spyware ml-vulnerability inline-cloud-virus"""
)

_USER = re.compile(r"\b[Uu]ser(?: name)?[ =:]+'?(?P<user>[^\s',]{1,128}?)'?(?=[\s',]|\.?(?:\s|$))")
_FROM = re.compile(r"(?:From: |from '?|initiated by: |client ip '?)(?P<address>[0-9a-fA-F:.]*[0-9a-fA-F])\b")
_SERVER = re.compile(
    r"(?:[Ss]erver [Aa]ddress|to server|address:) '?(?P<address>[0-9a-fA-F.]*[.:][0-9a-fA-F:.]*[0-9a-fA-F])"
)
_SERVER_PORT = re.compile(r"address: [0-9a-fA-F.:]{1,45} port: (?P<port>\d{1,5})")
_REASON = re.compile(r"Reason: (?P<reason>[^.]*\.)")

_PROSE = (
    ("User", _USER),
    ("FromAddress", _FROM),
    ("ServerAddress", _SERVER),
    ("DestinationPort", _SERVER_PORT),
    ("FailureReason", _REASON),
)


def recognises(text: str) -> bool:
    if text.startswith("{"):
        return (_JSON_MARK.search(text) is not None and "DeviceSN" in text) or '"LogSourceID"' in text
    if _CEF_VENDOR.search(text, 0, 600):
        return True
    return _BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if found is not None:
        return found[0], _of_csv(delimited.parse(found[1]))
    return _of_others(text)


def _of_csv(values: list[str]) -> Fields:
    names = layout(values) if len(values) > GENERATED else None
    if names is None:
        raise ParseError(f"not a PAN-OS log type that is known: fields {len(values)}")
    fields: Fields = {name: value for name, value in zip(names, values, strict=False) if value and name}
    if len(values) > len(names) and any(values[len(names) :]):
        fields["further"] = [value for value in values[len(names) :] if value]
    return _with_threat(fields)


def _of_others(text: str) -> Line:
    if text.lstrip().startswith("{"):
        return NO_HEAD, _renamed(jsonline.parse(text))
    if (found := split_at(text, cef.BEGINS)) is not None and "LEEF" not in text[:64]:
        parsed = cef.parse(found[1])
        fields: Fields = {"LogType": parsed.class_id, "Subtype": parsed.name}
        if parsed.product.upper() in ("PAN-OS", "LF"):
            fields["version_of_header"] = parsed.version
        fields["severity_of_header"] = parsed.severity
        if not fields["LogType"].isalpha():
            # PAN-OS's own CEF template: the subtype is the class, the type the name.
            fields["LogType"], fields["Subtype"] = parsed.name, parsed.class_id
        fields = _renamed({**fields, **cef.by_label(parsed.extension)})
        if fields.get("LogType") == "AUTH" and "EventDescription" in fields:
            fields["EventResult"] = fields.pop("EventDescription")
        return found[0], fields
    if (found := split_at(text, leef.BEGINS)) is not None:
        read_leef = leef.parse(found[1])
        fields = {"LogType": read_leef.fields.get("Type", ""), "version_of_header": read_leef.version}
        return found[0], _renamed({**fields, "EventID": read_leef.event_id, **read_leef.fields})
    raise ParseError("neither PAN-OS CSV nor CEF, LEEF or JSON")


def _renamed(fields: Fields) -> Fields:
    found: Fields = {}
    for key, value in fields.items():
        if value is None or value == "":
            continue
        name = _name(key)
        if name in found and found[name] != value:
            name = key
        found[name] = value
    return _with_threat(found)


@lru_cache(4096)
def _name(key: str) -> str:
    key = CEF_NAMES.get(key, key)
    if key.startswith(PREFIX) and len(key) > len(PREFIX):
        key = key[len(PREFIX) :]
        return CEF_NAMES.get(key, key)
    return {"Type": "LogType", "subtype": "Subtype", "cat": "Subtype"}.get(key, key)


def _with_threat(fields: Fields) -> Fields:
    """``Name(number)`` as two fields, and the reading of prose that only log-ins have."""
    threat = fields.pop("ThreatID", None)
    if type(threat) is str and threat != "0":
        title, number = _threat(threat)
        fields.setdefault("ThreatIDNumber", number or threat)
        if title:
            fields.setdefault("ThreatName", title)
    if fields.get("LogType", "").upper() == "SYSTEM" and fields.get("Subtype") in _SENTENCES:
        _read_prose(fields)
    return fields


@lru_cache(4096)
def _threat(text: str) -> tuple[str, str]:
    match = _THREAT_NUMBER.match(text)
    return (match["title"].strip(), match["number"]) if match else (text, "")


def _read_prose(fields: Fields) -> None:
    """System logs about log-ins say who, from where and why only in a sentence, which stays whole."""
    prose = fields.get("EventDescription")
    if type(prose) is not str:
        return
    for name, pattern in _PROSE:
        match = pattern.search(prose)
        if match:
            fields.setdefault(name, match[1])
    if (address := fields.get("ServerAddress")) and address.count(".") == 3 and ":" in address:
        fields["ServerAddress"], _, fields["DestinationPort"] = address.partition(":")


def fill(draft: Draft) -> Sequence[Moment | None]:
    types = [str(kind or "").upper() for kind in draft.values("LogType")]
    subtypes = draft.values("Subtype")
    subtypes = [each.lower() if type(each) is str else "" for each in subtypes]
    actions = [each.lower() if each else "" for each in draft.seen("action")]
    draft.put("metadata.log_name", [kind.lower() or None for kind in types])
    draft.put("activity_name", [subtype or None for subtype in subtypes])
    split_users(draft)
    kinds = [_kind(kind, subtype, action) for kind, subtype, action in zip(types, subtypes, actions, strict=True)]
    kinds = _refined(draft, kinds)
    outcomes = _outcomes(draft, kinds, actions)
    severities = [_SEVERITIES.get(word.lower(), 1) if word else 1 for word in draft.seen("vendor_severity")]
    judge(draft, kinds, outcomes, severities)
    _about_findings(draft, kinds, subtypes)
    _about_files(draft, types, subtypes)
    split_urls(draft)
    ways = draft.values("DirectionOfAttack")
    draft.place(reversed_rows=[bool(way) and str(way)[:6] == "server" for way in ways] if any(ways) else None)
    if draft.has("SessionStartTime"):
        starts = [draft.clock.moment(text) for text in draft.values("SessionStartTime")]
        draft.put("start_time", [start.micros if start and start.micros else None for start in starts])
    return _moments(draft)


@lru_cache(4096)
def _kind(kind: str, subtype: str, action: str) -> tuple[int, int]:
    if kind == "TRAFFIC":
        return classes.NETWORK_ACTIVITY, {"start": 1, "end": 2, "drop": 5, "deny": 5}.get(subtype, 6)
    if kind == "URL" or (kind == "THREAT" and subtype == "url"):
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if kind in ("THREAT", "WILDFIRE", "DATA"):
        return _threat_kind(subtype, action)
    return _OTHER_KINDS.get(kind, (classes.BASE_EVENT, classes.OTHER))


def _threat_kind(subtype: str, action: str) -> tuple[int, int]:
    if subtype == "file":
        return classes.NETWORK_FILE_ACTIVITY, classes.OTHER
    if subtype in _FINDINGS or action in _BLOCKED:
        return classes.DETECTION_FINDING, 1
    return classes.DETECTION_FINDING, 1


_OTHER_KINDS = {
    **dict.fromkeys(("AUTH", "AUTHENTICATION", "USERID"), (classes.AUTHENTICATION, 1)),
    "GLOBALPROTECT": (classes.TUNNEL_ACTIVITY, classes.OTHER),
    "DECRYPTION": (classes.NETWORK_ACTIVITY, 6),
    **dict.fromkeys(("SCTP", "GTP"), (classes.NETWORK_ACTIVITY, 6)),
    **dict.fromkeys(("START", "END", "TUNNEL"), (classes.TUNNEL_ACTIVITY, classes.OTHER)),
    "CORRELATION": (classes.DETECTION_FINDING, 1),
    "CONFIG": (classes.ENTITY_MANAGEMENT, classes.OTHER),
    "DNS": (classes.DNS_ACTIVITY, 2),
}


def _refined(draft: Draft, kinds: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Activities that another field tells: the event's name, a command, a method."""
    events, verbs = draft.seen("metadata.event_code"), draft.seen("http_request.http_method")
    commands, logs = draft.seen("action"), draft.seen("metadata.log_name")
    subtypes = draft.seen("activity_name")
    return [
        _activity(kind, *map(_word, told))
        for kind, *told in zip(kinds, logs, subtypes, events, verbs, commands, strict=True)
    ]


def _word(value: str | None) -> str:
    return value.lower() if value else ""


@lru_cache(8192)
def _activity(kind: tuple[int, int], log: str, subtype: str, event: str, verb: str, command: str) -> tuple[int, int]:
    class_uid, activity = kind
    if class_uid == classes.HTTP_ACTIVITY:
        return class_uid, _METHODS.get(verb, classes.OTHER) if verb else activity
    if class_uid == classes.ENTITY_MANAGEMENT:
        return class_uid, _COMMANDS.get(command, classes.OTHER)
    if log == "userid":
        return class_uid, 2 if subtype == "logout" else 1
    if log == "globalprotect":
        return _globalprotect(event)
    if log == "system" and event.startswith(("auth-", "globalprotectportal-auth", "globalprotectgateway-auth")):
        return classes.AUTHENTICATION, 1
    return kind


def _globalprotect(event: str) -> tuple[int, int]:
    if "login" in event or "auth" in event:
        return classes.AUTHENTICATION, 1
    if "logout" in event:
        return classes.AUTHENTICATION, 2
    return classes.TUNNEL_ACTIVITY, 1 if "connected" in event or "setup" in event else classes.OTHER


def _outcomes(draft: Draft, kinds: Sequence[tuple[int, int]], actions: Sequence[str]) -> list[Outcome]:
    results = draft.values("EventStatus", "EventResult", "Result")
    events = draft.seen("metadata.event_code")
    prose, logs = draft.seen("message"), draft.seen("metadata.log_name")
    status = [
        _status(kind[0], log or "", _word(result), _word(event), _word(text))
        for kind, log, result, event, text in zip(kinds, logs, results, events, prose, strict=True)
    ]
    if any(status):
        draft.put("status_id", [each or None for each in status])
    return [_outcome(kind[0], action, each) for kind, action, each in zip(kinds, actions, status, strict=True)]


def _status(class_uid: int, log: str, result: str, event: str, prose: str) -> int:
    """1 success, 2 failure, 0 not told. A sentence of failure goes before an event named success."""
    if result.startswith(("fail", "unauth", "den", "invalid", "authentication timeout", "authentication fail")):
        return 2
    if result.startswith(("succ", "auth success", "authentication success")):
        return 1
    if log in ("auth", "userid"):
        return 2 if result else int(log == "userid")
    if class_uid != classes.AUTHENTICATION:
        return 0
    if "fail" in event or prose.startswith("failed"):
        return 2
    return 1 if "succ" in event else 0


@lru_cache(4096)
def _outcome(class_uid: int, action: str, status: int) -> Outcome:
    if class_uid == classes.AUTHENTICATION:
        return {1: "allowed", 2: "blocked"}.get(status, "unknown")  # type: ignore[return-value]
    if class_uid == classes.ENTITY_MANAGEMENT:
        return "unknown"
    if action in _BLOCKED or action.startswith(("block", "drop", "reset", "deny")):
        return "blocked"
    if action == "alert":
        return "detected"
    if action in _ALLOWED:
        return "allowed" if class_uid != classes.DETECTION_FINDING else "detected"
    return "unknown"


def _about_findings(draft: Draft, kinds: Sequence[tuple[int, int]], subtypes: Sequence[str]) -> None:
    rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
    if not any(rows):
        return
    draft.put(
        "finding_info.analytic.uid",
        [uid if row else None for uid, row in zip(draft.seen("metadata.event_code"), rows, strict=True)],
    )
    draft.put(
        "finding_info.analytic.category", [word if row else None for word, row in zip(subtypes, rows, strict=True)]
    )
    titles = zip(draft.values("FileName", "URL"), subtypes, rows, strict=True)
    draft.put(
        "finding_info.title",
        [(f"{subtype}: {what}" if what else subtype) if row else None for what, subtype, row in titles],
    )


_host = lru_cache(8192)(host_of)


def _about_files(draft: Draft, types: Sequence[str], subtypes: Sequence[str]) -> None:
    """What the field "URL/Filename" holds depends on the subtype; of a hash its length."""
    targets, names = draft.values("URL"), draft.values("FileName")
    is_url = [kind == "URL" or subtype == "url" for kind, subtype in zip(types, subtypes, strict=True)]
    draft.put(
        "http_request.url.url_string", [value if url else None for value, url in zip(targets, is_url, strict=True)]
    )
    draft.put("file.name", [b or (None if url else a) for a, b, url in zip(targets, names, is_url, strict=True)])
    hosts = [_host(value) if url and value else (None, None) for value, url in zip(targets, is_url, strict=True)]
    draft.put("http_request.url.hostname", [host for host, _ in hosts])
    draft.put("http_request.url.port", [number for _, number in hosts])
    domains = [
        a if log == "dns" else None
        for a, log in zip(draft.values("DomainName", "DNSQuery", "FQDN"), draft.seen("metadata.log_name"), strict=True)
    ]
    draft.put("query.hostname", domains)
    for row, digest in enumerate(draft.values("FileHash")):
        column = hash_column(digest) if type(digest) is str else None
        if column:
            draft.column(column)[row] = digest.lower()


def _moments(draft: Draft) -> list[Moment | None]:
    moment = draft.clock.moment
    exact = draft.values("TimeGeneratedHighResolution")
    plain = draft.values("TimeGenerated", "TimeReceived")
    return [
        _best(moment(a) if type(a) is str else None, moment(b) if type(b) is str else None)
        for a, b in zip(exact, plain, strict=True)
    ]


EXACT_MINUTES_MAX = 24 * 60


def _best(exact: Moment | None, plain: Moment | None) -> Moment | None:
    """The exact clock, unless it is another moment altogether (a relay that fills in a constant)."""
    if exact is None or plain is None:
        return plain if exact is None else exact
    return exact if abs(exact.micros - plain.micros) <= EXACT_MINUTES_MAX * 60_000_000 else plain


PANOS = Product(
    name="panos", title="PAN-OS", vendor="Palo Alto Networks", recognises=recognises, read=read, table=TABLE, fill=fill
)
