"""SonicWall logs: ``id=firewall sn=... m=98 src=a:p:if`` (standard and enhanced syslog) and ArcSight CEF. Pure.

``src`` and ``dst`` of the syslog form hold address, port, interface and name between colons. CEF puts
NAT addresses and zones into custom fields of which only the label has a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import lower, mac, method, name, number, one, port, protocol
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of, severity_of, vocabulary
from sekisho.pipeline.parse import ParseError, cef, keyvalue
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_VENDOR = re.compile(r"\|\s*SonicWALL\s*\|", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[\s>])((?:id|sn|time|fw|m)=[^=]{1,64}\s(?:sn|time|fw|pri|c|m|id)=)")
_MARKS = re.compile(r"(?=.*\bsn=\S)(?=.*\b(?:m|msg)=)(?=.*\b(?:fw|pri)=)", re.DOTALL)
_END = re.compile(
    r"(?P<ip>\[?[0-9a-fA-F:]{2,45}\]?(?=$)|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:]+\]|[^:]{1,255})(?::(?P<port>\d*))?(?::(?P<interface>[^:]*))?(?::(?P<name>.*))?\Z"
)
_FILE = re.compile(r"for filename: (?P<name>.+?)\.?\Z")

_CEF_NAMES = {
    "spt": "src_port",
    "dpt": "dst_port",
    "smac": "srcMac",
    "dmac": "dstMac",
    "deviceInboundInterface": "src_interface",
    "deviceOutboundInterface": "dst_interface",
    "snpt": "src_nat_port",
    "dnpt": "dst_nat_port",
    "cs1Label": "natSrc",
    "cs2Label": "natDst",
    "cs3Label": "srcZone",
    "cs4Label": "dstZone",
    "cs6Label": "user_or_rule",
    "susr": "usr",
    "suser": "usr",
    "duser": "dst_usr",
    "in": "rcvd",
    "out": "sent",
    "cnt": "n",
    "request": "url",
    "requestMethod": "op_name",
    "act": "fw_action",
    "rt": "time",
    "fname": "fileName",
}

TABLE = table(
    move("metadata.event_code", "m"),
    move("activity_name", "event_name"),
    move("device.hw_info.serial_number", "sn"),
    move("device.ip", "fw"),
    move("metadata.product.version", "version_of_header"),
    move("src_endpoint.ip", "src", "srcV6"),
    move("src_endpoint.port", "src_port", to=port),
    move("src_endpoint.mac", "srcMac", to=mac),
    move("src_endpoint.interface_name", "src_interface"),
    move("src_endpoint.zone", "srcZone"),
    move("src_endpoint.hostname", "src_name", to=name),
    move("dst_endpoint.ip", "dst", "dstV6"),
    move("dst_endpoint.port", "dst_port", to=port),
    move("dst_endpoint.mac", "dstMac", to=mac),
    move("dst_endpoint.interface_name", "dst_interface"),
    move("dst_endpoint.zone", "dstZone"),
    move("dst_endpoint.hostname", "dst_name", to=name),
    move("dst_endpoint.owner.name", "dst_usr"),
    move("nat.src_ip", "natSrc"),
    move("nat.src_port", "src_nat_port", to=port),
    move("nat.dst_ip", "natDst"),
    move("nat.dst_port", "dst_nat_port", to=port),
    move("connection_info.protocol_name", "proto_name", to=protocol),
    move("service.name", "proto_service", to=lower),
    move("app_name", "appName"),
    move("traffic.bytes_out", "sent", to=number),
    move("traffic.bytes_in", "rcvd", to=number),
    move("traffic.packets_out", "spkt", to=number),
    move("traffic.packets_in", "rpkt", to=number),
    move("duration", "cdur", to=number),
    move("count", "n", to=number),
    move("firewall_rule.name", "rule"),
    move("policy.name", "dpi_policy", "af_policy"),
    move("action", "fw_action", "af_action"),
    move("status_detail", "note"),
    move("message", "msg"),
    move("vendor_severity", "pri"),
    move("user.name", "usr", "user"),
    move("finding_info.title", "ipscat", "virus", "spycat"),
    move("finding_info.analytic.uid", "sid"),
    move("finding_info.analytic.category", "appcat"),
    move("signature.severity", "ipspri", "spypri"),
    move("http_request.url.hostname", "dstname", to=name),
    move("http_request.url.url_string", "arg", "url"),
    move("http_request.url.categories", "Category", "category", to=one),
    move("http_request.http_method", "op_name", to=method),
    move("http_request.referrer", "referer"),
    move("http_response.code", "result", to=port),
    move("file.name", "fileName", "filename"),
    blank=("NA", "N/A", '"NA"', "Unknown"),
    spent=("time", "id"),
)

_METHODS = {"0": None, "1": "GET", "2": "POST", "3": "HEAD", "4": "PUT", "5": "DELETE"}
_FINDINGS = vocabulary(
    """14 16 23 24 25 26 27 63 82 83 165 177 178 229 248 267 446 501 516 522 547 548 608 609 789 790 794 795 796
    809 1154 1155 1376 1387 1473"""
)
_BLOCKED = vocabulary(
    """14 16 23 31 33 36 37 38 39 40 41 46 59 63 82 83 173 174 175 180 181 482 501 516 522 524 526 527 528 533 535
    546 609 646 647 651 653 706 714 717 728 734 735 748 757 760 794 795 809 1155 1198 1233 1235 1363 1391"""
)
_ALLOWED = vocabulary("97 98 537 602 597 598 1153 1382")
_LOGINS = vocabulary(
    """29 30 31 32 33 199 200 235 236 237 238 261 262 263 264 265 329 438 439 440 441
    549 550 551 557 558 559 560 561 562 986 1035 1048 1049 1080"""
)
_FAILED = vocabulary("30 31 32 33 200 238 329 550 559 560 561 562 986 1035")


def recognises(text: str) -> bool:
    if _VENDOR.search(text, 0, 600):
        return True
    return _BEGINS.search(text, 0, 512) is not None and _MARKS.match(text) is not None and "logid" not in text


def read(text: str) -> Line:
    if _VENDOR.search(text, 0, 600) and (found := split_at(text, cef.BEGINS)) is not None:
        parsed = cef.parse(found[1])
        fields: Fields = {"m": parsed.class_id, "event_name": parsed.name, "pri": parsed.severity}
        fields["version_of_header"] = parsed.version
        for key, value in parsed.extension.items():
            fields.setdefault(_CEF_NAMES.get(key, key), value.strip('"'))
        return found[0], _unfolded(fields)
    if (found := split_at(text, _BEGINS)) is None:
        raise ParseError("neither a SonicWall line of key=value nor CEF")
    return found[0], _unfolded(dict(keyvalue.parse(found[1])))


def _unfolded(fields: Fields) -> Fields:
    """Fields that hold several things, as one field each."""
    for side in ("src", "dst"):
        _unfold_end(fields, side, side)
    for side, folded in (("src", "natSrc"), ("dst", "natDst")):
        match = _END.match(fields.get(folded) or "")
        if match and match["port"]:
            fields[folded], fields[f"{side}_nat_port"] = match["ip"], match["port"]
    transport, slash, service = (fields.get("proto") or "").partition("/")
    if transport:
        fields["proto_name"] = transport
        if service and slash and not service.isdigit():
            fields["proto_service"] = service
        del fields["proto"]
    if fields.get("op") in _METHODS:
        fields["op_name"] = _METHODS[fields["op"]]
    named = _FILE.search(fields.get("msg") or "")
    if named:
        fields.setdefault("fileName", named["name"])
    return fields


def _unfold_end(fields: Fields, side: str, key: str) -> None:
    written = fields.get(key) or ""
    if ":" not in written or written.count(":") > 3:
        return
    match = _END.match(written)
    if match is None:
        return
    fields[key] = match["ip"].strip("[]")
    for part in ("port", "interface", "name"):
        if match[part]:
            fields.setdefault(f"{side}_{part}", match[part])


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    codes = [code or "" for code in draft.seen("metadata.event_code")]
    actions = draft.seen("action")
    titles = [title or "" for title in draft.seen("activity_name")]
    kinds = [
        _kind(code, title, bool(url))
        for code, title, url in zip(codes, titles, draft.seen("http_request.url.url_string"), strict=True)
    ]
    messages = draft.seen("message")
    outcomes = [
        _outcome(code, action, f"{title} {text or ''}"[:200])
        for code, action, title, text in zip(codes, actions, titles, messages, strict=True)
    ]
    judge(
        draft,
        kinds,
        outcomes,
        [
            _severity(pri, bool(draft_head))
            for pri, draft_head in zip(draft.seen("vendor_severity"), draft.values("version_of_header"), strict=True)
        ],
    )
    draft.put("status_id", [_status(kind[0], outcome) for kind, outcome in zip(kinds, outcomes, strict=True)])
    rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
    for source in (messages, draft.seen("activity_name")):
        draft.put("finding_info.title", [text if row else None for text, row in zip(source, rows, strict=True)])
    draft.put("finding_info.analytic.uid", [code if row else None for code, row in zip(codes, rows, strict=True)])
    draft.put("app_name", draft.seen("service.name"))
    split_urls(draft)
    draft.place()
    moment = draft.clock.moment
    return [moment(told) or moment(head.clock) for told, head in zip(draft.values("time"), draft.heads, strict=True)]


@lru_cache(4096)
def _kind(code: str, title: str, has_url: bool) -> tuple[int, int]:
    words = title.lower()
    if code in _FINDINGS or any(
        word in words
        for word in ("detection alert", "prevention alert", "attack", "virus", "spyware alert", "intrusion")
    ):
        return classes.DETECTION_FINDING, 1
    if code in _LOGINS or "login" in words or "log in" in words:
        return classes.AUTHENTICATION, 2 if code in ("263", "265", "261") or "logout" in words else 1
    if code in ("97", "14", "16") or has_url:
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    return classes.NETWORK_ACTIVITY, {"98": 1, "537": 2}.get(code, 6)


@lru_cache(8192)
def _outcome(code: str, action: str | None, text: str) -> Outcome:
    told = outcome_of(action)
    if told != "unknown":
        return told
    if code in _FAILED or code in _BLOCKED:
        return "blocked"
    lower_text = text.lower()
    if "dropped" in lower_text or "blocked" in lower_text or "denied" in lower_text or "prevention alert" in lower_text:
        return "blocked"
    if code in _FINDINGS or "detection alert" in lower_text:
        return "detected"
    return "allowed" if code in _ALLOWED or code in _LOGINS else "unknown"


@lru_cache(256)
def _severity(pri: str | None, is_cef: bool) -> int:
    if pri and not is_cef and pri.isdigit() and len(pri) == 1:
        return of_syslog(int(pri))
    return severity_of(pri)


def _status(class_uid: int, outcome: Outcome) -> int | None:
    return {"allowed": 1, "blocked": 2}.get(outcome) if class_uid == classes.AUTHENTICATION else None


SONICWALL = Product(
    name="sonicwall", title="SonicWall", vendor="SonicWall", recognises=recognises, read=read, table=TABLE, fill=fill
)
