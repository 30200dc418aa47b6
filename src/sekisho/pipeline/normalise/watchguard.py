"""WatchGuard Firebox (Fireware) by LEEF, and its own syslog form with quoted pairs. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.cef import moments
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import lower, mac, method, milliseconds, name, number, one, port, protocol, words
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of
from sekisho.pipeline.parse import ParseError, keyvalue, leef
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_VENDOR = re.compile(r"\|\s*WatchGuard\s*\|", re.IGNORECASE)
_BEGINS = re.compile(r"(?:^|[\s>)])((?:[\w-]{1,32}: )?msg_id=\"[0-9A-F]{4}-[0-9A-F]{4}\" )")
_PLAIN = re.compile(
    r"msg_id=\"(?P<code>[^\"]+)\" (?P<disp>Allow|Deny|\w+) (?P<in_if>\S+) (?P<out_if>\S+) (?:(?P<ip_len>\d+) )?(?P<proto>[a-z]+) (?:(?P<hl>\d+) (?P<ip_TTL>\d+) )?"  # noqa: E501
    r"(?P<src>[0-9a-fA-F.:]+) (?P<dst>[0-9a-fA-F.:]+)(?: (?P<srcPort>\d+) (?P<dstPort>\d+))?"
)
_USER = re.compile(r"(?:user|User) \[?(?P<user>(?:<[^>]*>)?[^\s\]]*)\]? (?:from|at|with)")
_FROM = re.compile(r"\bfrom (?P<address>[0-9a-fA-F:.]*[0-9a-fA-F])\b")
_ASSIGNED = re.compile(r"assigned virtual IP is (?P<address>[0-9a-fA-F:.]*[0-9a-fA-F])")

TABLE = table(
    move("metadata.event_code", "event_id"),
    move("metadata.product.version", "version"),
    move("device.hostname", "host_name", "sys_name"),
    move("device.hw_info.serial_number", "serial"),
    move("src_endpoint.ip", "src", "src_ip", "from_address"),
    move("src_endpoint.port", "srcPort", "src_port", to=port),
    move("src_endpoint.mac", "src_mac", "mac", to=mac),
    move("src_endpoint.interface_name", "in_if"),
    move("src_endpoint.location.country", "geo_src"),
    move("dst_endpoint.ip", "dst", "dst_ip"),
    move("dst_endpoint.port", "dstPort", "dst_port", to=port),
    move("dst_endpoint.interface_name", "out_if"),
    move("dst_endpoint.location.country", "geo_dst"),
    move("nat.src_ip", "srcPostNAT", "src_ip_nat", "assigned_address"),
    move("nat.src_port", "srcPostNATPort", "src_port_nat", to=port),
    move("nat.dst_ip", "dstPostNAT", "dst_ip_nat"),
    move("nat.dst_port", "dstPostNATPort", "dst_port_nat", to=port),
    move("connection_info.protocol_name", "proto", to=protocol),
    move("app_name", "app", "app_name"),
    move("duration", "duration", to=milliseconds),
    move("traffic.bytes_out", "sent_bytes", "srcBytes", to=number),
    move("traffic.bytes_in", "rcvd_bytes", "dstBytes", to=number),
    move("firewall_rule.name", "rule_name"),
    move("policy.name", "policy"),
    move("policy.uid", "proxy_act"),
    move("action", "disp"),
    move("message", "msg"),
    move("user.name", "src_user", "usrName", "msg_user"),
    move("finding_info.title", "signature_name", "virus"),
    move("finding_info.analytic.uid", "signature_id"),
    move("finding_info.analytic.category", "signature_cat"),
    move("signature.severity", "severity"),
    move("http_request.http_method", "op", to=method),
    move("http_request.url.hostname", "dstname", to=name),
    move("http_request.url.url_string", "arg"),
    move("http_request.url.categories", "cats", to=words),
    move("http_request.referrer", "referer"),
    move("http_response.content_type", "content_type"),
    move("tls.version", "tls_version"),
    move("tls.sni", "sni", to=name),
    move("file.name", "file_name", "filename"),
    move("file.hashes.md5", "md5"),
    move("query.hostname", "query", "question", to=name),
    move("query.type", "query_type"),
    move("service.name", "service", to=lower),
    move("user.groups", "group", to=one),
)


def recognises(text: str) -> bool:
    return _VENDOR.search(text, 0, 600) is not None or _BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    if _VENDOR.search(text, 0, 600) and (found := split_at(text, leef.BEGINS)) is not None:
        parsed = leef.parse(found[1])
        fields: Fields = {"event_id": parsed.event_id, "version": parsed.version, **parsed.fields}
    elif (found := split_at(text, _BEGINS)) is not None:
        fields = _of_syslog(found[1])
    else:
        raise ParseError("neither WatchGuard LEEF nor its syslog form")
    return found[0], _with_prose(fields)


def _of_syslog(message: str) -> Fields:
    pairs: Fields = dict(keyvalue.parse(message[message.index("msg_id=") :]))
    plain = _PLAIN.search(message)
    for key, value in (plain.groupdict() if plain else {}).items():
        if value:
            pairs.setdefault(key, value)
    pairs["event_id"] = str(pairs.pop("msg_id", "")).partition('"')[0].replace("-", "")
    pairs.pop("code", None)
    return pairs


def _with_prose(fields: Fields) -> Fields:
    """Log-ins say who and from where only in a sentence, which stays whole."""
    prose = fields.get("msg") or ""
    for key, pattern in (("msg_user", _USER), ("from_address", _FROM), ("assigned_address", _ASSIGNED)):
        match = pattern.search(prose)
        if match and match[1]:
            fields.setdefault(key, match[1])
    who, mark, server = str(fields.get("msg_user") or "").rpartition("@")
    if mark:
        fields["msg_user"], fields["auth_server"] = who, server
    return fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    messages = draft.seen("message")
    told = zip(
        messages,
        draft.seen("http_request.http_method"),
        draft.seen("finding_info.title"),
        draft.seen("dst_endpoint.ip"),
        strict=True,
    )
    kinds = [_kind(text or "", bool(verb), bool(title), bool(end)) for text, verb, title, end in told]
    actions = draft.seen("action")
    outcomes = [
        _outcome(kind[0], action, text or "") for kind, action, text in zip(kinds, actions, messages, strict=True)
    ]
    severities = [
        3 if kind[0] == classes.DETECTION_FINDING else 1 if head.priority is None else of_syslog(head.priority & 7)
        for kind, head in zip(kinds, draft.heads, strict=True)
    ]
    conclude(draft, kinds, outcomes, severities)
    split_urls(draft)
    draft.place()
    return moments(draft)


@lru_cache(4096)
def _kind(text: str, has_verb: bool, has_title: bool, has_end: bool) -> tuple[int, int]:
    words = text.lower()
    if has_title or "ips match" in words or "virus found" in words or "apt detected" in words or "attack" in words:
        return classes.DETECTION_FINDING, 1
    if "logged out" in words:
        return classes.AUTHENTICATION, 2
    if "authentication of" in words or "logged in" in words or "log in attempt" in words or "login" in words:
        return classes.AUTHENTICATION, 1
    if has_verb or "http request" in words:
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    return (classes.NETWORK_ACTIVITY, 6) if has_end else (classes.BASE_EVENT, classes.OTHER)


@lru_cache(4096)
def _outcome(class_uid: int, action: str | None, text: str) -> Outcome:
    found = outcome_of(action)
    if class_uid == classes.AUTHENTICATION:
        words = text.lower()
        return (
            "blocked"
            if "reject" in words or "fail" in words
            else "allowed"
            if "accept" in words or "logged in" in words
            else found
        )
    if class_uid == classes.DETECTION_FINDING and found != "blocked":
        return "detected"
    return found


WATCHGUARD = Product(
    name="watchguard", title="Firebox", vendor="WatchGuard", recognises=recognises, read=read, table=TABLE, fill=fill
)
