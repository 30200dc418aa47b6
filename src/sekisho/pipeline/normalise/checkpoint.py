"""Check Point logs by Log Exporter (syslog, CEF, LEEF, generic pairs) and as exported columns. Pure.

Names are Check Point's own; those of CEF and LEEF are turned into them. In logs of the gateway
``service`` is the destination port. Time is ``time`` or CEF's ``rt``, counted since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import lower, mac, method, milliseconds, name, number, port, protocol, words
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import outcome_of, severity_of
from sekisho.pipeline.parse import ParseError, cef, checkpoint, keyvalue, leef
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

_VENDOR = re.compile(r"\|\s*Check ?Point\s*\|", re.IGNORECASE)
_BEGINS_PAIRS = re.compile(r"(?:^|[\s>])((?:time|action|loguid|origin|hostname)=[^|]{0,64}\|)")
_SIC_NAME = re.compile(r"[Cc][Nn]\\?=([^,]{1,255})")

_NAMES = {
    "act": "action",
    "spt": "s_port",
    "dpt": "service",
    "srcPort": "s_port",
    "dstPort": "service",
    "sourceTranslatedAddress": "xlatesrc",
    "sourceTranslatedPort": "xlatesport",
    "destinationTranslatedAddress": "xlatedst",
    "destinationTranslatedPort": "xlatedport",
    "srcPostNAT": "xlatesrc",
    "srcPostNATPort": "xlatesport",
    "dstPostNAT": "xlatedst",
    "dstPostNATPort": "xlatedport",
    "Rule Name": "rule_name",
    "Threat Prevention Rule Name": "malware_rule_name",
    "Threat Prevention Rule ID": "malware_rule_id",
    "Protection ID": "protection_id",
    "Protection Type": "protection_type",
    "Protection Name": "protection_name",
    "Application Name": "appi_name",
    "Matched Category": "matched_category",
    "TCP Flags": "tcp_flags",
    "Attack Information": "attack_info",
    "Confidence": "confidence_level",
    "cp_severity": "severity",
    "suser": "src_user_name",
    "duser": "dst_user_name",
    "usrName": "src_user_name",
    "shost": "src_machine_name",
    "dhost": "dst_machine_name",
    "identHostName": "src_machine_name",
    "request": "resource",
    "url": "resource",
    "requestMethod": "method",
    "requestClientApplication": "web_client_type",
    "requestContext": "referrer",
    "app": "protocol",
    "in": "received_bytes",
    "out": "sent_bytes",
    "dstBytes": "received_bytes",
    "srcBytes": "sent_bytes",
    "rt": "time",
    "devTime": "time",
    "msg": "attack",
    "cnt": "suppressed_logs",
    "fname": "file_name",
    "fsize": "file_size",
    "fileHash": "file_md5",
    "smac": "mac_source_address",
    "dmac": "mac_destination_address",
    "originsicname": "origin_sic_name",
    "deviceDirection": "ifdir",
    "deviceInboundInterface": "ifname",
    "deviceExternalId": "device_id",
    "dvchost": "hostname",
    "orig": "origin",
    "src_user": "src_user_name",
    "ICMP Type": "icmp_type",
    "ICMP Code": "icmp_code",
}

TABLE = table(
    move("metadata.event_code", "event_code"),
    move("metadata.log_name", "product"),
    move("device.hostname", "origin_cn", "hostname"),
    move("device.ip", "origin"),
    move("src_endpoint.ip", "src", "src_ip", "client_ip", "ip_address"),
    move("src_endpoint.port", "s_port", to=port),
    move("src_endpoint.mac", "mac_source_address", to=mac),
    move("src_endpoint.hostname", "src_machine_name", "source_machine", to=name),
    move("src_endpoint.interface_name", "ifname"),
    move("src_endpoint.zone", "inzone"),
    move("src_endpoint.location.country", "src_country"),
    move("dst_endpoint.ip", "dst", "dst_ip"),
    move("dst_endpoint.port", "service", to=port),
    move("dst_endpoint.mac", "mac_destination_address", to=mac),
    move("dst_endpoint.hostname", "dst_machine_name", "destination_machine", "dst_domain_name", to=name),
    move("dst_endpoint.zone", "outzone"),
    move("dst_endpoint.location.country", "dst_country"),
    move("dst_endpoint.owner.name", "dst_user_name"),
    move("nat.src_ip", "xlatesrc"),
    move("nat.src_port", "xlatesport", to=port),
    move("nat.dst_ip", "xlatedst"),
    move("nat.dst_port", "xlatedport", to=port),
    move("connection_info.protocol_name", "proto", to=protocol),
    move("connection_info.uid", "conn_id", "session_id", "loguid"),
    move("service.name", "service_id"),
    move("app_name", "appi_name", "protocol", to=lower),
    move("duration", "elapsed", "duration", to=milliseconds),
    move("traffic.bytes", "bytes", to=number),
    move("traffic.bytes_out", "sent_bytes", to=number),
    move("traffic.bytes_in", "received_bytes", to=number),
    move("traffic.packets", "packets", to=number),
    move("traffic.packets_out", "client_outbound_packets", to=number),
    move("traffic.packets_in", "server_outbound_packets", to=number),
    move("count", "suppressed_logs", to=number),
    move("firewall_rule.name", "rule_name", "https_inspection_rule_name", "malware_rule_name"),
    move("firewall_rule.uid", "rule_uid", "malware_rule_id", "https_inspection_rule_id", "rule"),
    move("policy.name", "policy_name", "policy", "layer_name", "smartdefense_profile"),
    move("action", "action"),
    move("vendor_severity", "severity"),
    move("status_detail", "reason", "tcp_packet_out_of_state", "drop_reason", "action_details"),
    move("message", "message_info", "description", "information"),
    move("user.name", "src_user_name", "user", "administrator", "auth_user"),
    move("user.groups", "src_user_group", to=words),
    move("auth_protocol", "auth_method"),
    move("finding_info.title", "protection_name", "attack", "malware_action"),
    move("finding_info.analytic.uid", "protection_id", "signature"),
    move("finding_info.analytic.category", "protection_type"),
    move("malware.name", "malware_family"),
    move("signature.confidence", "confidence_level"),
    move("http_request.http_method", "method", to=method),
    move("http_request.url.url_string", "resource"),
    move("http_request.url.categories", "matched_category", "app_category", "categories", to=words),
    move("http_request.user_agent", "user_agent", "web_client_type"),
    move("http_request.referrer", "referrer"),
    move("http_response.code", "http_status", to=port),
    move("query.hostname", "domain_name", "dns_query", to=name),
    move("query.type", "dns_type"),
    move("tls.sni", "sni", to=name),
    move("file.name", "file_name"),
    move("file.size", "file_size", to=number),
    move("file.desc", "file_type"),
    move("file.hashes.md5", "file_md5"),
    move("file.hashes.sha1", "file_sha1"),
    move("file.hashes.sha256", "file_sha256"),
    move("email.from", "from", "email_from"),
    move("email.to", "to", "email_to", to=words),
    move("email.subject", "email_subject", "subject"),
    move("actor.process.name", "process_name"),
    blank=("Unknown", "N/A", "Undefined"),
    spent=("time", "date", "clock"),
)

_THREATS = re.compile(r"smartdefense|ips|anti.?(?:bot|virus|malware|exploit)|threat|phishing|forensics", re.IGNORECASE)
_WEB = re.compile(r"url filtering|application control|https inspection|mobile access", re.IGNORECASE)
_WAYS = {
    "inbound": "inbound",
    "outbound": "outbound",
    "incoming": "inbound",
    "outgoing": "outbound",
    "internal": "lateral",
}


def recognises(text: str) -> bool:
    if _VENDOR.search(text, 0, 600):
        return True
    found = checkpoint.BEGINS.search(text, 0, 512)
    return found is not None and (
        "loguid:" in text or "product:" in text or 'action:"' in text or text[found.end() :][:1] == '"'
    )


def read(text: str) -> Line:
    if _VENDOR.search(text, 0, 600):
        return _of_vendor(text)
    found = split_at(text, checkpoint.BEGINS)
    if found is not None:
        return found[0], _completed(checkpoint.parse(found[1]))
    if (found := split_at(text, _BEGINS_PAIRS)) is not None:
        pairs = (part.partition("=") for part in found[1].split("|"))
        return found[0], _completed({key: value for key, _, value in pairs if key and value})
    if "loguid=" in text:
        return split_at(text, re.compile("^"))[0], _completed(keyvalue.parse(text))  # type: ignore[index]
    raise ParseError("none of Check Point's formats")


def _of_vendor(text: str) -> Line:
    if (found := split_at(text, leef.BEGINS)) is not None and "LEEF:" in text:
        read_leef = leef.parse(found[1])
        return found[0], _completed(
            {"product": read_leef.product, "action": read_leef.event_id, **_renamed(read_leef.fields)}
        )
    if (found := split_at(text, cef.BEGINS)) is None:
        raise ParseError("neither Check Point CEF nor LEEF")
    parsed = cef.parse(found[1])
    fields: Fields = {"severity": parsed.severity, "event_code": parsed.class_id, "product": parsed.product}
    return found[0], _completed({**fields, **_renamed(cef.by_label(parsed.extension))})


def _renamed(fields: dict[str, str]) -> Fields:
    found: Fields = {}
    for key, value in fields.items():
        renamed = _NAMES.get(key, key)
        found.setdefault(renamed if renamed not in found else key, value)
    return found


def _completed(fields: Fields) -> Fields:
    sic = _SIC_NAME.search(fields.get("origin_sic_name") or "")
    if sic:
        fields["origin_cn"] = sic[1]
    if "tcp_flags" not in fields and "service_name" in fields:
        fields.setdefault("service_id", fields.pop("service_name"))
    for key in ("rule_uid", "malware_rule_id", "https_inspection_rule_id"):
        if fields.get(key, "").startswith("{"):
            fields[key] = fields[key].strip("{}").lower()
    return fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    actions = draft.seen("action")
    kinds = [
        _kind(product or "", action or "", bool(url), title)
        for product, action, url, title in zip(
            draft.seen("metadata.log_name"),
            actions,
            draft.seen("http_request.url.url_string"),
            draft.values("protection_name"),
            strict=True,
        )
    ]
    outcomes = [_outcome(kind[0], action) for kind, action in zip(kinds, actions, strict=True)]
    judge(draft, kinds, outcomes, [severity_of(word) for word in draft.seen("vendor_severity")])
    if any(kind[0] == classes.AUTHENTICATION for kind in kinds):
        draft.put(
            "status_id",
            [
                {"allowed": 1, "blocked": 2}.get(o) if k[0] == classes.AUTHENTICATION else None
                for k, o in zip(kinds, outcomes, strict=True)
            ],
        )
    if draft.has("attack"):
        draft.put("message", draft.values("attack"))
    split_urls(draft)
    ways = [_way(told, code) for told, code in zip(draft.values("conn_direction"), draft.values("ifdir"), strict=True)]
    draft.place(words=ways)
    return _moments(draft)


def _way(told: str | None, interface: str | None) -> str | None:
    if told:
        return _WAYS.get(told.lower())
    return {"0": "inbound", "1": "outbound"}.get(interface or "", _WAYS.get((interface or "").lower()))


@lru_cache(4096)
def _kind(product: str, action: str, has_url: bool, title: str | None) -> tuple[int, int]:
    word = action.lower()
    if title or _THREATS.search(product):
        return classes.DETECTION_FINDING, 1
    if word in ("log in", "failed log in", "login", "log out"):
        return classes.AUTHENTICATION, 2 if "out" in word else 1
    if has_url and _WEB.search(product):
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if product.lower() in ("smartconsole", "smartdashboard", "system monitor", "syslog"):
        return classes.BASE_EVENT, classes.OTHER
    return classes.NETWORK_ACTIVITY, 5 if outcome_of(action) == "blocked" else 6


@lru_cache(4096)
def _outcome(class_uid: int, action: str | None) -> Outcome:
    if action and action.lower() in ("log in", "login"):
        return "allowed"
    found = outcome_of(action)
    return "detected" if found == "allowed" and class_uid == classes.DETECTION_FINDING else found


def _moments(draft: Draft) -> list[Moment | None]:
    moment = draft.clock.moment
    found = [moment(each) for each in draft.values("time")]
    if not draft.has("clock"):
        return found
    clocks = zip(found, draft.values("date"), draft.values("clock"), strict=True)
    return [a or (moment(f"{date} {clock}") if date and clock else None) for a, date, clock in clocks]


CHECKPOINT = Product(
    name="checkpoint",
    title="Security Gateway",
    vendor="Check Point",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
