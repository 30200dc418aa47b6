"""An independent, slow reader of event rows: does a row still hold every field of its source event?

Written from the meaning of the columns, not from the product's own table: for each field of an event
that is not in ``unmapped``, this file knows the column that must hold it and how to spell it back.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from collections.abc import Callable, Iterator
from typing import Any

Row = dict[str, Any]
Path = tuple[str, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every field that is no object with fields of its own; lists count as one value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def lost(event: dict[str, Any], row: Row) -> list[str]:
    """The fields of ``event`` that ``row`` does not hold, or holds wrongly; and what the row made up."""
    kept = json.loads(row["unmapped"]) if row["unmapped"] is not None else {}
    found = dict(leaves(kept))
    source = dict(leaves(event))
    wrong = [f"{path} is not in the source" for path in found if path not in source and path]
    for path, value in source.items():
        if path in found:
            if not same(found[path], value):
                wrong.append(f"{path}: {value!r} became {found[path]!r} in unmapped")
        elif not same(restored(path, event, row), value):
            wrong.append(f"{path}: {value!r} became {restored(path, event, row)!r}")
    return wrong


def same(one: Any, other: Any) -> bool:
    """Equal in value and in kind: 1, 1.0 and true are three things."""
    if isinstance(one, (dict, list)):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    return type(one) is type(other) and one == other


def restored(path: Path, event: dict[str, Any], row: Row) -> Any:
    name = ".".join(path)
    column, spell = OF_KIND.get((str(event.get("event_type")), name)) or ALWAYS.get(name) or (None, None)
    if column is None:
        return f"no column for {name}"
    value = row[column]
    return None if value is None else spell(value, row)


def as_it_is(value: Any, row: Row) -> Any:
    return value


def whole_number(value: Any, row: Row) -> int:
    return int(value)


def address(value: str, row: Row) -> str:
    return ipaddress.ip_address(value).exploded


def eve_time(value: dt.datetime, row: Row) -> str:
    zone = dt.timezone(dt.timedelta(minutes=row["timezone_offset"]))
    return value.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S.%f%z")


def certificate_time(value: dt.datetime, row: Row) -> str:
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()


def protocol(value: str, row: Row) -> str:
    mixed_case = {"ipv6-icmp": "IPv6-ICMP", "ipv6-frag": "IPv6-Frag", "ip-in-ip": "IP-in-IP"}
    return mixed_case.get(value, value.upper())


def flags(value: int, row: Row) -> str:
    return f"{value:02x}"


def seconds(value: int, row: Row) -> int:
    return value // 1000


def list_of_one(value: str, row: Row) -> list[str]:
    return [value]


Spelling = tuple[str, Callable[[Any, Row], Any]]

ALWAYS: dict[str, Spelling] = {
    "timestamp": ("time", eve_time),
    "event_type": ("metadata.event_code", as_it_is),
    "src_ip": ("src_endpoint.ip", address),
    "src_port": ("src_endpoint.port", as_it_is),
    "dest_ip": ("dst_endpoint.ip", address),
    "dest_port": ("dst_endpoint.port", as_it_is),
    "proto": ("connection_info.protocol_name", protocol),
    "flow_id": ("connection_info.uid", whole_number),
    "community_id": ("connection_info.community_uid", as_it_is),
    "app_proto": ("app_name", as_it_is),
    "host": ("device.hostname", as_it_is),
    "in_iface": ("device.interface_name", as_it_is),
    "ether.src_mac": ("src_endpoint.mac", as_it_is),
    "ether.dest_mac": ("dst_endpoint.mac", as_it_is),
    "tcp.tcp_flags": ("connection_info.tcp_flags", flags),
    "flow.pkts_toserver": ("traffic.packets_out", as_it_is),
    "flow.pkts_toclient": ("traffic.packets_in", as_it_is),
    "flow.bytes_toserver": ("traffic.bytes_out", as_it_is),
    "flow.bytes_toclient": ("traffic.bytes_in", as_it_is),
    "flow.start": ("start_time", eve_time),
    "flow.end": ("end_time", eve_time),
    "flow.age": ("duration", seconds),
    "netflow.pkts": ("traffic.packets", as_it_is),
    "netflow.bytes": ("traffic.bytes", as_it_is),
    "alert.action": ("action", as_it_is),
    "alert.gid": ("signature.gid", as_it_is),
    "alert.signature_id": ("finding_info.analytic.uid", whole_number),
    "alert.rev": ("finding_info.analytic.version", whole_number),
    "alert.signature": ("finding_info.title", as_it_is),
    "alert.category": ("finding_info.analytic.category", as_it_is),
    "alert.severity": ("vendor_severity", whole_number),
    "alert.metadata.mitre_tactic_id": ("finding_info.attacks.tactic.uid", list_of_one),
    "alert.metadata.mitre_tactic_name": ("finding_info.attacks.tactic.name", list_of_one),
    "alert.metadata.mitre_technique_id": ("finding_info.attacks.technique.uid", list_of_one),
    "alert.metadata.mitre_technique_name": ("finding_info.attacks.technique.name", list_of_one),
    "alert.metadata.malware_family": ("malware.name", list_of_one),
    "alert.metadata.signature_severity": ("signature.severity", list_of_one),
    "alert.metadata.confidence": ("signature.confidence", list_of_one),
    "http.http_method": ("http_request.http_method", as_it_is),
    "http.hostname": ("http_request.url.hostname", as_it_is),
    "http.http_port": ("http_request.url.port", as_it_is),
    "http.url": ("http_request.url.url_string", as_it_is),
    "http.http_user_agent": ("http_request.user_agent", as_it_is),
    "http.http_refer": ("http_request.referrer", as_it_is),
    "http.protocol": ("http_request.version", as_it_is),
    "http.xff": ("http_request.x_forwarded_for", as_it_is),
    "http.status": ("http_response.code", as_it_is),
    "http.http_content_type": ("http_response.content_type", as_it_is),
    "http.length": ("http_response.length", as_it_is),
    "dns.rrname": ("query.hostname", as_it_is),
    "dns.rrtype": ("query.type", as_it_is),
    "dns.opcode": ("query.opcode_id", as_it_is),
    "dns.id": ("query.packet_uid", as_it_is),
    "dns.rcode": ("rcode", as_it_is),
    "tls.sni": ("tls.sni", as_it_is),
    "tls.version": ("tls.version", as_it_is),
    "tls.ja3.hash": ("tls.ja3_hash.value", as_it_is),
    "tls.ja3s.hash": ("tls.ja3s_hash.value", as_it_is),
    "tls.subject": ("tls.certificate.subject", as_it_is),
    "tls.issuerdn": ("tls.certificate.issuer", as_it_is),
    "tls.serial": ("tls.certificate.serial_number", as_it_is),
    "tls.fingerprint": ("tls.certificate.fingerprints.sha1", as_it_is),
    "tls.notbefore": ("tls.certificate.created_time", certificate_time),
    "tls.notafter": ("tls.certificate.expiration_time", certificate_time),
    "smtp.helo": ("smtp_hello", as_it_is),
    "smtp.mail_from": ("email.smtp_from", as_it_is),
    "smtp.rcpt_to": ("email.smtp_to", as_it_is),
    "email.from": ("email.from", as_it_is),
    "email.to": ("email.to", as_it_is),
    "email.cc": ("email.cc", as_it_is),
    "email.subject": ("email.subject", as_it_is),
    "email.message_id": ("email.message_uid", as_it_is),
    "ssh.server.proto_version": ("protocol_ver", as_it_is),
    "ssh.client.hassh.hash": ("client_hassh.fingerprint.value", as_it_is),
    "ssh.server.hassh.hash": ("server_hassh.fingerprint.value", as_it_is),
    "dhcp.id": ("transaction_uid", whole_number),
    "dhcp.lease_time": ("lease_dur", as_it_is),
}

OF_KIND: dict[tuple[str, str], Spelling] = {
    ("flow", "flow.reason"): ("status_detail", as_it_is),
    ("drop", "drop.reason"): ("status_detail", as_it_is),
    ("anomaly", "anomaly.event"): ("status_detail", as_it_is),
    ("engine", "engine.message"): ("message", as_it_is),
    ("fileinfo", "fileinfo.filename"): ("file.name", as_it_is),
    ("fileinfo", "fileinfo.size"): ("file.size", as_it_is),
    ("fileinfo", "fileinfo.magic"): ("file.desc", as_it_is),
    ("fileinfo", "fileinfo.mimetype"): ("file.mime_type", as_it_is),
    ("fileinfo", "fileinfo.md5"): ("file.hashes.md5", as_it_is),
    ("fileinfo", "fileinfo.sha1"): ("file.hashes.sha1", as_it_is),
    ("fileinfo", "fileinfo.sha256"): ("file.hashes.sha256", as_it_is),
    ("smb", "smb.command"): ("command", as_it_is),
    ("smb", "smb.filename"): ("file.name", as_it_is),
    ("smb", "smb.size"): ("file.size", as_it_is),
    ("smb", "smb.share"): ("share", as_it_is),
    ("smb", "smb.dialect"): ("dialect", as_it_is),
    ("smb", "smb.tree_id"): ("tree_uid", whole_number),
    ("smb", "smb.status"): ("status_detail", as_it_is),
    ("smb", "smb.status_code"): ("status_code", as_it_is),
    ("smb", "smb.dcerpc.request"): ("dce_rpc.command", as_it_is),
    ("smb", "smb.dcerpc.opnum"): ("dce_rpc.opnum", as_it_is),
    ("dcerpc", "dcerpc.request"): ("dce_rpc.command", as_it_is),
    ("dcerpc", "dcerpc.req.opnum"): ("dce_rpc.opnum", as_it_is),
    ("nfs", "nfs.procedure"): ("command", as_it_is),
    ("nfs", "nfs.filename"): ("file.name", as_it_is),
    ("nfs", "nfs.status"): ("status_detail", as_it_is),
    ("tftp", "tftp.packet"): ("command", as_it_is),
    ("tftp", "tftp.file"): ("file.name", as_it_is),
    ("ftp", "ftp.command"): ("command", as_it_is),
    ("ftp", "ftp.command_data"): ("name", as_it_is),
    ("ftp", "ftp.completion_code"): ("codes", as_it_is),
    ("ftp", "ftp.reply"): ("command_responses", as_it_is),
    ("ftp_data", "ftp_data.command"): ("command", as_it_is),
    ("ftp_data", "ftp_data.filename"): ("file.name", as_it_is),
    ("krb5", "krb5.cname"): ("user.name", as_it_is),
    ("krb5", "krb5.realm"): ("user.domain", as_it_is),
    ("krb5", "krb5.sname"): ("service.name", as_it_is),
    ("krb5", "krb5.error_code"): ("status_code", as_it_is),
}

OBVIOUS: dict[str, Spelling] = {
    name: ALWAYS[name]
    for name in (
        *("src_ip", "src_port", "dest_ip", "dest_port", "flow_id", "event_type", "timestamp"),
        *("alert.signature", "alert.signature_id", "alert.action", "http.hostname", "http.url", "http.status"),
        *("http.http_method", "http.http_user_agent", "dns.rrname", "dns.rrtype", "dns.rcode", "tls.sni"),
        *("smtp.mail_from", "email.subject", "flow.start", "flow.bytes_toserver"),
    )
}
"""What an analyst looks for first: for events as Suricata writes them these must be in their columns."""


def not_in_columns(event: dict[str, Any], row: Row) -> list[str]:
    missing = [
        f"{name} = {value!r} is not in {OBVIOUS[name][0]}"
        for path, value in leaves(event)
        if (name := ".".join(path)) in OBVIOUS and not same(restored(path, event, row), value)
    ]
    if "proto" in event and row["connection_info.protocol_name"] != event["proto"].lower():
        missing.append("proto is not in connection_info.protocol_name")
    return missing
