"""Which field of a Suricata event goes to which column: the table, one group a protocol.

Paths are those of EVE as Suricata 6 to 8 writes it. Groups whose columns nobody else claims are moved
in every kind of event (an alert carries the HTTP request that it is about). Groups that share columns
(a file's name comes from SMB, NFS, TFTP, FTP or ``fileinfo``) are moved in their own kind of event and
copied in others.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sekisho.pipeline.normalise.fields import (
    INT32_MAX,
    INT64_MAX,
    PORT_MAX,
    Field,
    FieldTable,
    as_copy,
    as_text,
    copied,
    first_text,
    moved,
    number,
    numeral,
    only_text,
    table,
    text,
    texts,
)
from sekisho.pipeline.parse import ParseError
from sekisho.pipeline.parse.eve import instant

PROTOCOLS = {
    name: name.lower() for name in ("TCP", "UDP", "ICMP", "IPv6-ICMP", "SCTP", "IGMP", "GRE", "IPv6-Frag", "IP-in-IP")
}
_FLAGS = re.compile(r"[0-9a-f]{2}")
_CERTIFICATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (certificate times are UTC and written without saying so)
_DURATION_SECONDS_MAX = INT64_MAX // 1000


def protocol_name(value: Any) -> str | None:
    return PROTOCOLS.get(value) if type(value) is str else None


def _lower(value: Any) -> str | None:
    return value.lower() if type(value) is str else None


def tcp_flags(value: Any) -> int | None:
    return int(value, 16) if type(value) is str and _FLAGS.fullmatch(value) else None


def milliseconds(value: Any) -> int | None:
    return value * 1000 if type(value) is int and 0 <= value <= _DURATION_SECONDS_MAX else None


def usual_instant(value: Any) -> int | None:
    """Microseconds since 1970 of a time in Suricata's own form. That its offset is the event's is checked later."""
    micros, usual = _read_instant(value)
    return micros if usual else None


def _any_instant(value: Any) -> int | None:
    return _read_instant(value)[0]


def _read_instant(value: Any) -> tuple[int | None, bool]:
    if type(value) is not str:
        return None, False
    try:
        micros, _, usual = instant(value)
    except ParseError:
        return None, False
    return micros, usual


def certificate_time(value: Any) -> int | None:
    """Microseconds since 1970; a certificate may well end after any year that a clock may show."""
    if type(value) is not str or not _CERTIFICATE_TIME.fullmatch(value):
        return None
    try:
        return (dt.datetime.fromisoformat(value) - _EPOCH) // dt.timedelta(microseconds=1)
    except ValueError:
        return None


COMMON: dict[str, Field] = {
    "event_type": text("metadata.event_code"),
    "src_ip": text("src_endpoint.ip"),
    "src_port": number("src_endpoint.port", PORT_MAX),
    "dest_ip": text("dst_endpoint.ip"),
    "dest_port": number("dst_endpoint.port", PORT_MAX),
    "proto": moved("connection_info.protocol_name", protocol_name, near=_lower),
    "flow_id": moved("connection_info.uid", numeral),
    "community_id": text("connection_info.community_uid"),
    "app_proto": text("app_name"),
    "host": text("device.hostname"),
    "in_iface": text("device.interface_name"),
    "ether.src_mac": text("src_endpoint.mac"),
    "ether.dest_mac": text("dst_endpoint.mac"),
    "flow.pkts_toserver": number("traffic.packets_out"),
    "flow.pkts_toclient": number("traffic.packets_in"),
    "flow.bytes_toserver": number("traffic.bytes_out"),
    "flow.bytes_toclient": number("traffic.bytes_in"),
    "flow.start": moved("start_time", usual_instant, near=_any_instant),
    "flow.end": moved("end_time", usual_instant, near=_any_instant),
    "flow.age": moved("duration", milliseconds),
    "tcp.tcp_flags": moved("connection_info.tcp_flags", tcp_flags),
    "netflow.pkts": number("traffic.packets"),
    "netflow.bytes": number("traffic.bytes"),
    "netflow.start": copied("start_time", _any_instant),
    "netflow.end": copied("end_time", _any_instant),
    "netflow.age": copied("duration", milliseconds),
}

ALERT: dict[str, Field] = {
    "alert.action": text("action"),
    "alert.gid": number("signature.gid"),
    "alert.signature_id": moved("finding_info.analytic.uid", numeral),
    "alert.rev": moved("finding_info.analytic.version", numeral),
    "alert.signature": text("finding_info.title"),
    "alert.category": text("finding_info.analytic.category"),
    "alert.severity": moved("vendor_severity", numeral),
    **{
        f"alert.metadata.{key}": moved(column, only_text, near=first_text)
        for key, column in {
            "mitre_tactic_id": "finding_info.attacks.tactic.uid",
            "mitre_tactic_name": "finding_info.attacks.tactic.name",
            "mitre_technique_id": "finding_info.attacks.technique.uid",
            "mitre_technique_name": "finding_info.attacks.technique.name",
            "malware_family": "malware.name",
            "signature_severity": "signature.severity",
            "confidence": "signature.confidence",
        }.items()
    },
}

HTTP: dict[str, Field] = {
    "http.http_method": text("http_request.http_method"),
    "http.hostname": text("http_request.url.hostname"),
    "http.http_port": number("http_request.url.port", PORT_MAX),
    "http.url": text("http_request.url.url_string"),
    "http.http_user_agent": text("http_request.user_agent"),
    "http.http_refer": text("http_request.referrer"),
    "http.protocol": text("http_request.version"),
    "http.version": copied("http_request.version", as_text),
    "http.xff": text("http_request.x_forwarded_for"),
    "http.status": number("http_response.code", INT32_MAX),
    "http.http_content_type": text("http_response.content_type"),
    "http.length": number("http_response.length"),
}

DNS: dict[str, Field] = {
    "dns.rrname": text("query.hostname"),
    "dns.rrtype": text("query.type"),
    "dns.opcode": number("query.opcode_id", INT32_MAX),
    "dns.id": number("query.packet_uid", INT32_MAX),
    "dns.rcode": text("rcode"),
}

TLS: dict[str, Field] = {
    "tls.sni": text("tls.sni"),
    "tls.version": text("tls.version"),
    "tls.ja3.hash": text("tls.ja3_hash.value"),
    "tls.ja3s.hash": text("tls.ja3s_hash.value"),
    "tls.subject": text("tls.certificate.subject"),
    "tls.issuerdn": text("tls.certificate.issuer"),
    "tls.serial": text("tls.certificate.serial_number"),
    "tls.fingerprint": text("tls.certificate.fingerprints.sha1"),
    "tls.notbefore": moved("tls.certificate.created_time", certificate_time),
    "tls.notafter": moved("tls.certificate.expiration_time", certificate_time),
    "quic.sni": copied("tls.sni", as_text),
    "quic.ja3.hash": copied("tls.ja3_hash.value", as_text),
    "quic.ja3s.hash": copied("tls.ja3s_hash.value", as_text),
}

MAIL: dict[str, Field] = {
    "smtp.helo": text("smtp_hello"),
    "smtp.mail_from": text("email.smtp_from"),
    "smtp.rcpt_to": moved("email.smtp_to", texts),
    "email.from": text("email.from"),
    "email.to": moved("email.to", texts),
    "email.cc": moved("email.cc", texts),
    "email.subject": text("email.subject"),
    "email.message_id": text("email.message_uid"),
}

SSH: dict[str, Field] = {
    "ssh.server.proto_version": text("protocol_ver"),
    "ssh.client.hassh.hash": text("client_hassh.fingerprint.value"),
    "ssh.server.hassh.hash": text("server_hassh.fingerprint.value"),
}

DHCP: dict[str, Field] = {
    "dhcp.id": moved("transaction_uid", numeral),
    "dhcp.lease_time": number("lease_dur"),
}

ACCOUNTS: dict[str, Field] = {
    "smb.ntlmssp.user": copied("user.name", as_text),
    "smb.ntlmssp.domain": copied("user.domain", as_text),
    "mqtt.connect.username": copied("user.name", as_text),
    "rdp.cookie": copied("user.name", as_text),
    "snmp.usm": copied("user.name", as_text),
}

EVERYWHERE: dict[str, Field] = {**COMMON, **ALERT, **HTTP, **DNS, **TLS, **MAIL, **SSH, **DHCP, **ACCOUNTS}

OWN: dict[str, dict[str, Field]] = {
    "flow": {"flow.reason": text("status_detail"), "flow.action": copied("action", as_text)},
    "drop": {"drop.reason": text("status_detail")},
    "anomaly": {"anomaly.event": text("status_detail"), "anomaly.app_proto": copied("app_name", as_text)},
    "engine": {"engine.message": text("message")},
    "fileinfo": {
        "fileinfo.filename": text("file.name"),
        "fileinfo.size": number("file.size"),
        "fileinfo.magic": text("file.desc"),
        "fileinfo.mimetype": text("file.mime_type"),
        "fileinfo.md5": text("file.hashes.md5"),
        "fileinfo.sha1": text("file.hashes.sha1"),
        "fileinfo.sha256": text("file.hashes.sha256"),
    },
    "smb": {
        "smb.command": text("command"),
        "smb.filename": text("file.name"),
        "smb.size": number("file.size"),
        "smb.share": text("share"),
        "smb.dialect": text("dialect"),
        "smb.tree_id": moved("tree_uid", numeral),
        "smb.status": text("status_detail"),
        "smb.status_code": text("status_code"),
        "smb.dcerpc.request": text("dce_rpc.command"),
        "smb.dcerpc.opnum": number("dce_rpc.opnum"),
    },
    "dcerpc": {
        "dcerpc.request": text("dce_rpc.command"),
        "dcerpc.req.opnum": number("dce_rpc.opnum"),
    },
    "nfs": {
        "nfs.procedure": text("command"),
        "nfs.filename": text("file.name"),
        "nfs.status": text("status_detail"),
    },
    "tftp": {"tftp.packet": text("command"), "tftp.file": text("file.name")},
    "ftp": {
        "ftp.command": text("command"),
        "ftp.command_data": text("name"),
        "ftp.completion_code": moved("codes", texts),
        "ftp.reply": moved("command_responses", texts),
    },
    "ftp_data": {"ftp_data.command": text("command"), "ftp_data.filename": text("file.name")},
    "krb5": {
        "krb5.cname": text("user.name"),
        "krb5.realm": text("user.domain"),
        "krb5.sname": text("service.name"),
        "krb5.error_code": text("status_code"),
    },
}
"""Kind of event -> what its own object is about."""


def _tables() -> tuple[dict[str, FieldTable], FieldTable]:
    copies = {
        path: as_copy(field) for own in OWN.values() for path, field in own.items() if not path.startswith("flow")
    }
    tables = {kind: table({**EVERYWHERE, **copies, **own}) for kind, own in OWN.items()}
    return tables, table({**EVERYWHERE, **copies})


FIELDS_BY_KIND, FIELDS_OF_OTHERS = _tables()
