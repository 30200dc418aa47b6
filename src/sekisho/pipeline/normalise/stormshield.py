"""Stormshield Network Security logs (key=value), all of its log types by ``logtype``. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, move, table
from sekisho.pipeline.normalise.values import lower, mac, method, milliseconds, name, number, one, port, protocol
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of
from sekisho.pipeline.parse import ParseError, keyvalue
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_BEGINS = re.compile(r"(?:^|[\s>])((?:id=firewall |id=\"?firewall\"? )?time=\"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\"? fw=)")

TABLE = table(
    move("metadata.log_name", "logtype"),
    move("device.hostname", "fw"),
    move("src_endpoint.ip", "src"),
    move("src_endpoint.port", "srcport", to=port),
    move("src_endpoint.mac", "srcmac", to=mac),
    move("src_endpoint.hostname", "srcname"),
    move("src_endpoint.interface_name", "srcif"),
    move("src_endpoint.zone", "srcifname"),
    move("src_endpoint.location.country", "srccountry"),
    move("dst_endpoint.ip", "dst"),
    move("dst_endpoint.port", "dstport", "port", to=port),
    move("dst_endpoint.mac", "dstmac", to=mac),
    move("dst_endpoint.hostname", "dstname"),
    move("dst_endpoint.interface_name", "dstif"),
    move("dst_endpoint.zone", "dstifname"),
    move("dst_endpoint.location.country", "dstcountry"),
    move("nat.src_ip", "modsrc"),
    move("nat.src_port", "modsrcport", to=port),
    move("nat.dst_ip", "origdst"),
    move("nat.dst_port", "origdstport", to=port),
    move("connection_info.protocol_name", "ipproto", to=protocol),
    move("app_name", "proto", to=lower),
    move("duration", "duration", to=milliseconds),
    move("traffic.bytes_out", "sent", to=number),
    move("traffic.bytes_in", "rcvd", to=number),
    move("count", "repeat", to=number),
    move("firewall_rule.uid", "ruleid"),
    move("firewall_rule.name", "rulename"),
    move("firewall_rule.type", "ruletype"),
    move("policy.uid", "slotlevel", "slot"),
    move("policy.name", "policy"),
    move("action", "action"),
    move("vendor_severity", "pri"),
    move("message", "msg"),
    move("status_code", "error"),
    move("user.name", "user"),
    move("user.domain", "domain"),
    move("auth_protocol", "method"),
    move("finding_info.title", "alarmmsg"),
    move("finding_info.analytic.uid", "alarmid"),
    move("finding_info.analytic.category", "class", "classification"),
    move("signature.severity", "risk"),
    move("malware.name", "virus"),
    move("http_request.http_method", "op", to=method),
    move("http_request.url.url_string", "arg"),
    move("http_request.url.hostname", "http_host", to=name),
    move("http_request.url.categories", "cat_site", "cat", to=one),
    move("http_response.code", "result", to=port),
    move("tls.sni", "sni", "cnruleid", to=name),
    move("email.from", "sender"),
    move("email.subject", "mailsubject"),
    move("file.name", "filename"),
    move("actor.process.name", "service"),
    spent=("time", "tz", "startime", "id"),
)

_FINDINGS = frozenset(("alarm", "pvm", "sandboxing"))
_AUTH = re.compile(r"authenti|login|logged in", re.IGNORECASE)


def recognises(text: str) -> bool:
    return _BEGINS.search(text, 0, 512) is not None and ("startime=" in text or "logtype=" in text)


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if found is None:
        raise ParseError("not a Stormshield line of key=value with time and fw")
    fields = dict(keyvalue.parse(found[1]))
    if fields.get("domain") == "":
        del fields["domain"]
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    logs = [log or "" for log in draft.seen("metadata.log_name")]
    messages = draft.seen("message")
    kinds = [_kind(log, text) for log, text in zip(logs, messages, strict=True)]
    errors = draft.seen("status_code")
    outcomes = [
        _outcome(kind[0], action, error, text)
        for kind, action, error, text in zip(kinds, draft.seen("action"), errors, messages, strict=True)
    ]
    priorities = [of_syslog(int(p)) if p and p.isdigit() and len(p) == 1 else 1 for p in draft.seen("vendor_severity")]
    judge(draft, kinds, outcomes, priorities)
    draft.put(
        "status_id",
        [
            {"allowed": 1, "blocked": 2}.get(o) if k[0] == classes.AUTHENTICATION else None
            for k, o in zip(kinds, outcomes, strict=True)
        ],
    )
    rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
    for source in ("malware.name", "message"):
        draft.put(
            "finding_info.title", [text if row else None for text, row in zip(draft.seen(source), rows, strict=True)]
        )
    split_urls(draft)
    draft.place()
    return _moments(draft)


@lru_cache(4096)
def _kind(log: str, text: str | None) -> tuple[int, int]:
    if log in _FINDINGS:
        return classes.DETECTION_FINDING, 1
    if log in ("filter", "connection", "plugin", "filterstat"):
        return classes.NETWORK_ACTIVITY, 2 if log == "connection" else 6
    if log in ("web", "ssl"):
        return (classes.HTTP_ACTIVITY, classes.UNKNOWN) if log == "web" else (classes.NETWORK_ACTIVITY, 6)
    if log in ("smtp", "pop3"):
        return classes.EMAIL_ACTIVITY, classes.OTHER
    if log == "auth" or (log in ("xvpn", "server", "vpn") and text and _AUTH.search(text)):
        return classes.AUTHENTICATION, 2 if text and "logout" in text.lower() else 1
    if log in ("vpn", "xvpn"):
        return classes.TUNNEL_ACTIVITY, classes.OTHER
    return classes.BASE_EVENT, classes.OTHER


@lru_cache(8192)
def _outcome(class_uid: int, action: str | None, error: str | None, text: str | None) -> Outcome:
    found = outcome_of(action)
    if found != "unknown":
        return "detected" if class_uid == classes.DETECTION_FINDING and found == "allowed" else found
    if class_uid == classes.AUTHENTICATION:
        words = (text or "").lower()
        if "fail" in words or "denied" in words or (error or "0") not in ("0", "00"):
            return "blocked"
        return (
            "allowed"
            if "success" in words or "opened" in words or "logged in" in words or "request registered" in words
            else "unknown"
        )
    return "detected" if class_uid == classes.DETECTION_FINDING else "unknown"


def _moments(draft: Draft) -> list[Moment | None]:
    moment = draft.clock.moment
    zones = draft.values("tz")
    starts = [
        moment(f"{start} {zone or ''}".strip()) if start else None
        for start, zone in zip(draft.values("startime"), zones, strict=True)
    ]
    draft.put("start_time", [start.micros if start else None for start in starts])
    return [
        moment(f"{time} {zone or ''}".strip()) if time else None
        for time, zone in zip(draft.values("time"), zones, strict=True)
    ]


STORMSHIELD = Product(
    name="stormshield",
    title="Stormshield Network Security",
    vendor="Stormshield",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
