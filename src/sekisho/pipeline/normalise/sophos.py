"""Sophos logs: firewall XG/XGS in its standard and its central syslog form, and UTM 9. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, move, table
from sekisho.pipeline.normalise.values import lower, mac, method, milliseconds, name, number, one, port, protocol, words
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import outcome_of, severity_of
from sekisho.pipeline.parse import ParseError, keyvalue
from sekisho.pipeline.parse.moment import Moment, offset_minutes
from sekisho.pipeline.parse.text import split_at

_BEGINS = re.compile(
    r"(?:^|[\s>:])((?:device|date|timestamp|device_name|device_model|log_id|log_type|id|severity)=\"?[^=]{1,64}[\s\"](?:\w+)=)"
)
_MARKS = re.compile(
    r"\blog_component=|\bdevice=\"SFW\"|\blog_subtype=|\bsys=\"(?:SecureNet|SecureWeb|SecureMail|System)\"|\bsub=\"\w+\" name="  # noqa: E501
)

TABLE = table(
    move("metadata.event_code", "log_id", "message_id", "id"),
    move("device.hostname", "device_name"),
    move("device.hw_info.serial_number", "device_id", "device_serial_id"),
    move("metadata.product.version", "fw_version"),
    move("src_endpoint.ip", "src_ip", "srcip", "ipaddress", "client_ip", "sourceip"),
    move("src_endpoint.port", "src_port", "srcport", to=port),
    move("src_endpoint.mac", "src_mac", "srcmac", to=mac),
    move("src_endpoint.hostname", "client_host_name", "host", to=name),
    move("src_endpoint.interface_name", "in_interface", "initf"),
    move("src_endpoint.zone", "src_zone", "srczone", "src_zone_type", "srczonetype"),
    move("src_endpoint.location.country", "src_country_code", "src_country"),
    move("dst_endpoint.ip", "dst_ip", "dstip"),
    move("dst_endpoint.port", "dst_port", "dstport", to=port),
    move("dst_endpoint.mac", "dst_mac", "dstmac", to=mac),
    move("dst_endpoint.interface_name", "out_interface", "outitf"),
    move("dst_endpoint.zone", "dst_zone", "dstzone", "dst_zone_type", "dstzonetype"),
    move("dst_endpoint.location.country", "dst_country_code", "dst_country"),
    move("nat.src_ip", "tran_src_ip", "src_trans_ip"),
    move("nat.src_port", "tran_src_port", "src_trans_port", to=port),
    move("nat.dst_ip", "tran_dst_ip", "dst_trans_ip"),
    move("nat.dst_port", "tran_dst_port", "dst_trans_port", to=port),
    move("connection_info.protocol_name", "protocol", "proto", to=protocol),
    move("connection_info.uid", "con_id", "connid", "con_event_id"),
    move("app_name", "application", "app_name", "application_name", "app"),
    move("duration", "duration", "con_duration", to=milliseconds),
    move("traffic.bytes", "length", "size", to=number),
    move("traffic.bytes_out", "sent_bytes", "bytes_sent", to=number),
    move("traffic.bytes_in", "recv_bytes", "bytes_received", to=number),
    move("traffic.packets_out", "sent_pkts", "packets_sent", to=number),
    move("traffic.packets_in", "recv_pkts", "packets_received", to=number),
    move("count", "log_occurrence", to=number),
    move("firewall_rule.name", "fw_rule_name"),
    move("firewall_rule.uid", "fw_rule_id", "fwrule"),
    move("firewall_rule.type", "fw_rule_type", "policy_type"),
    move("policy.name", "policy_name", "policy", "ips_policy", "filteraction", "profile"),
    move("policy.uid", "ips_policy_id", "idp_policy_id"),
    move("vendor_severity", "severity", "priority"),
    move("action", "log_subtype", "action"),
    move("status_detail", "reason", "exceptions"),
    move("message", "message", "msg"),
    move("activity_name", "name"),
    move("user.name", "user_name", "user", "username"),
    move("user.groups", "user_gp", "user_group", "usergroupname", to=words),
    move("auth_protocol", "auth_mechanism", "auth_client", "caller"),
    move("finding_info.title", "signature_msg", "sig_msg", "threatname", "threat", "attack_type"),
    move("finding_info.analytic.uid", "signature_id", "sig_id", "sid"),
    move("finding_info.analytic.category", "classification", "class"),
    move("signature.severity", "rule_priority", "sig_severity"),
    move("malware.name", "virus", "malware", "virus_name"),
    move("http_request.http_method", "method", "http_method", to=method),
    move("http_request.url.url_string", "url"),
    move("http_request.url.hostname", "domain", "domainname", "server", to=name),
    move("http_request.url.categories", "category", "http_category", "categoryname", to=one),
    move("http_request.user_agent", "user_agent", "http_user_agent", "useragent", "ua"),
    move("http_request.referrer", "referer", "http_referer"),
    move("http_response.code", "status_code", "statuscode", "httpresponsecode", "http_status", to=port),
    move("http_response.content_type", "contenttype", "content_type"),
    move("file.name", "filename", "file_name", "download_file_name", "upload_file_name"),
    move("file.size", "filesize", "file_size", to=number),
    move("file.path", "filepath", "file_path"),
    move("file.hashes.sha1", "sha1sum"),
    move("file.hashes.sha256", "sha256sum", "sha256"),
    move("email.from", "from_email_address", "sender", "from", "mail_sender"),
    move("email.to", "to_email_address", "recepient", "to", "mail_receiver", "recipient", to=words),
    move("email.subject", "email_subject", "subject", "mail_subject"),
    move("email.message_uid", "mailid"),
    move("query.hostname", "queried_domain", "dns_name", to=name),
    move("service.name", "sub", to=lower),
    blank=("-", "N/A", "NA", "None"),
    spent=("timestamp", "date", "time", "timezone"),
)

_FINDINGS = frozenset(
    ("idp", "ips", "anti-virus", "antivirus", "atp", "sandbox", "ata", "wafd", "waf", "heartbeat_threat")
)
_AUTHENTICATION = frozenset(
    ("firewall authentication", "authentication", "my account authentication", "vpn authentication")
)


def recognises(text: str) -> bool:
    return _MARKS.search(text) is not None and _BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, _BEGINS)
    if found is None:
        raise ParseError("not a Sophos line of key=value")
    return found[0], dict(keyvalue.parse(found[1]))


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    types = draft.values("log_type", "sub")
    components = draft.values("log_component")
    draft.put("metadata.log_name", types)
    subtypes, statuses = draft.seen("action"), draft.values("status")
    told = [statuses, subtypes, draft.seen("activity_name"), draft.seen("message")]
    kinds = [
        _kind((a or "").lower(), (b or "").lower(), (c or "").lower())
        for a, b, c in zip(types, components, subtypes, strict=True)
    ]
    outcomes = [_outcome(kind[0], *each) for kind, *each in zip(kinds, *told, strict=True)]
    judge(draft, kinds, outcomes, [severity_of(word) for word in draft.seen("vendor_severity")])
    draft.put(
        "status_id",
        [
            {"allowed": 1, "blocked": 2}.get(o) if k[0] == classes.AUTHENTICATION else None
            for k, o in zip(kinds, outcomes, strict=True)
        ],
    )
    rows = [kind[0] == classes.DETECTION_FINDING for kind in kinds]
    for source in ("malware.name", "activity_name", "message"):
        draft.put(
            "finding_info.title", [text if row else None for text, row in zip(draft.seen(source), rows, strict=True)]
        )
    split_urls(draft)
    draft.place()
    return _moments(draft)


@lru_cache(4096)
def _kind(log: str, component: str, subtype: str) -> tuple[int, int]:
    if log in _FINDINGS or component in ("anomaly", "signatures", "ips") or (log == "web server protection"):
        return classes.DETECTION_FINDING, 1
    if log in ("content filtering", "http", "web filter") and component not in ("application",):
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if component in _AUTHENTICATION or (log == "event" and "authentication" in component):
        return classes.AUTHENTICATION, 2 if "out" in subtype else 1
    if log in ("anti-spam", "smtp", "email"):
        return classes.EMAIL_ACTIVITY, 3
    if log in ("firewall", "packetfilter", "ssl", "content filtering", "tls"):
        return classes.NETWORK_ACTIVITY, 5 if outcome_of(subtype) == "blocked" else 6
    if component in ("dhcp server",):
        return classes.DHCP_ACTIVITY, classes.OTHER
    if "vpn" in component or component in ("ipsec", "l2tp", "pptp", "red"):
        return classes.TUNNEL_ACTIVITY, classes.OTHER
    return classes.BASE_EVENT, classes.OTHER


@lru_cache(4096)
def _outcome(class_uid: int, status: str | None, subtype: str | None, title: str | None, text: str | None) -> Outcome:
    if class_uid in (classes.BASE_EVENT, classes.TUNNEL_ACTIVITY, classes.DHCP_ACTIVITY):
        return "unknown"
    for word in (status, subtype, title, text if class_uid == classes.AUTHENTICATION else None):
        found = outcome_of(word)
        if found != "unknown":
            return "detected" if found == "allowed" and class_uid == classes.DETECTION_FINDING else found
    return "unknown"


def _moments(draft: Draft) -> list[Moment | None]:
    moment = draft.clock.moment
    told = zip(
        draft.values("timestamp"), draft.values("date"), draft.values("time"), draft.values("timezone"), strict=True
    )
    return [_moment(moment, stamp, date, time, zone) for stamp, date, time, zone in told]


def _moment(moment, stamp: str | None, date: str | None, time: str | None, zone: str | None) -> Moment | None:
    if stamp:
        return moment(stamp)
    if not date or not time:
        return None
    known = zone if zone and offset_minutes(zone) is not None else ""
    return moment(f"{date} {time} {known}".strip())


SOPHOS = Product(
    name="sophos", title="Sophos Firewall", vendor="Sophos", recognises=recognises, read=read, table=TABLE, fill=fill
)
