"""The columns of a security log: one flat table for every product, shared by parser, rules, lake and search.

A column's name is the path of its OCSF attribute, with dots (``src_endpoint.ip``). Where OCSF has an
array of objects of which a log line has one (``finding_info.attacks``, ``file.hashes``), the column
names the member; ``sekisho.ocsf.nested`` makes the array again. Six groups are ours, not OCSF's:
housekeeping (which line of which batch this is), ``outcome``, ``direction``, ``vendor_severity``,
``signature.*`` and ``nat.*`` (OCSF has no attribute for an endpoint's translated address and port).
New columns go to the end: the lake's tables have their order. What a line says beyond these columns is
in ``unmapped``; nothing is thrown away.

Every string that came from a log is hostile text, NUL and control characters included.
"""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())


class Column(NamedTuple):
    """One column: name, Arrow type, and what it holds, for a person who searches."""

    name: str
    type: pa.DataType
    meaning: str


HOUSEKEEPING: tuple[Column, ...] = (
    Column("contract", pa.string(), "contract number, such as SK100001"),
    Column("device", pa.string(), "device id, such as UTM100001"),
    Column("batch", pa.string(), "id of the batch that brought the line"),
    Column("record", pa.int32(), "index of the line in its batch, from 0"),
    Column("received_at", INSTANT, "when the platform received it; the retention clock counts from here"),
    Column("retention_years", pa.int8(), "how many years it is kept, by the contract"),
    Column("day", pa.date32(), "Tokyo date of received_at"),
)

EVENT: tuple[Column, ...] = (
    # What kind of event, when, and how bad
    Column("time", INSTANT, "when it happened, by the device"),
    Column("timezone_offset", pa.int16(), "minutes that the device's clock shows ahead of UTC"),
    Column("class_uid", pa.int32(), "OCSF class, such as 4003 (DNS Activity)"),
    Column("category_uid", pa.int32(), "OCSF category, such as 4 (Network Activity)"),
    Column("activity_id", pa.int32(), "OCSF activity within the class"),
    Column("type_uid", pa.int64(), "class_uid * 100 + activity_id"),
    Column("severity_id", pa.int32(), "1 informational, 2 low, 3 medium, 4 high, 5 critical, 6 fatal"),
    Column("vendor_severity", pa.string(), "severity in the product's own words"),
    Column("confidence_id", pa.int32(), "1 low, 2 medium, 3 high: how sure the rule's author is"),
    Column("outcome", pa.string(), "blocked, allowed, detected or unknown: what the device did about it"),
    Column("direction", pa.string(), "inbound, outbound, lateral, local or unknown: who opened the connection to whom"),
    Column("action", pa.string(), "what the device did, in its own words"),
    Column("action_id", pa.int32(), "1 allowed (also: let pass and only reported), 2 denied"),
    Column("disposition_id", pa.int32(), "what came of it: 1 allowed, 2 blocked, 6 dropped, 15 detected"),
    Column("status_id", pa.int32(), "1 success, 2 failure, of what was attempted"),
    Column("status_code", pa.string(), "the protocol's own status or error code"),
    Column("status_detail", pa.string(), "why, in the product's own words"),
    Column("message", pa.string(), "free text of the event"),
    Column("metadata.event_code", pa.string(), "the product's own name of the kind of event"),
    Column("metadata.product.name", pa.string(), "product that wrote the line"),
    Column("metadata.product.vendor_name", pa.string(), "who makes that product"),
    Column("metadata.product.version", pa.string(), "its version, where the line says"),
    Column("device.hostname", pa.string(), "name of the sensor, as the line gives it"),
    Column("device.interface_name", pa.string(), "interface of the sensor where the packet came in"),
    # Who talked to whom
    Column("src_endpoint.ip", pa.string(), "source address of the packet; IPv6 in RFC 5952 form"),
    Column("src_endpoint.port", pa.int32(), "source port"),
    Column("src_endpoint.mac", pa.string(), "source hardware address"),
    Column("src_endpoint.hostname", pa.string(), "source host name, where the protocol tells it"),
    Column("dst_endpoint.ip", pa.string(), "destination address of the packet; IPv6 in RFC 5952 form"),
    Column("dst_endpoint.port", pa.int32(), "destination port"),
    Column("dst_endpoint.mac", pa.string(), "destination hardware address"),
    Column("dst_endpoint.hostname", pa.string(), "destination host name, where the protocol tells it"),
    Column("connection_info.protocol_name", pa.string(), "transport protocol in lower case: tcp, udp, icmp, ..."),
    Column("connection_info.uid", pa.string(), "the product's id of the flow or session"),
    Column("connection_info.community_uid", pa.string(), "Community ID of the flow"),
    Column("connection_info.tcp_flags", pa.int32(), "all TCP flags seen, as a bit mask"),
    Column("app_name", pa.string(), "application protocol: http, dns, tls, ..."),
    Column("start_time", INSTANT, "first packet of the flow"),
    Column("end_time", INSTANT, "last packet of the flow"),
    Column("duration", pa.int64(), "milliseconds from first to last packet"),
    Column("traffic.bytes", pa.int64(), "bytes, where the log does not tell the directions apart"),
    Column("traffic.bytes_out", pa.int64(), "bytes from who opened the flow"),
    Column("traffic.bytes_in", pa.int64(), "bytes to who opened the flow"),
    Column("traffic.packets", pa.int64(), "packets, where the log does not tell the directions apart"),
    Column("traffic.packets_out", pa.int64(), "packets from who opened the flow"),
    Column("traffic.packets_in", pa.int64(), "packets to who opened the flow"),
    # Findings: the device's own alerts
    Column("finding_info.title", pa.string(), "title of the signature"),
    Column("finding_info.analytic.uid", pa.string(), "id of the signature (Suricata: sid)"),
    Column("finding_info.analytic.version", pa.string(), "revision of the signature"),
    Column("finding_info.analytic.category", pa.string(), "class of the signature"),
    Column("finding_info.attacks.tactic.uid", pa.string(), "ATT&CK tactic, such as TA0001"),
    Column("finding_info.attacks.tactic.name", pa.string(), "ATT&CK tactic, as the rule's author spells it"),
    Column("finding_info.attacks.technique.uid", pa.string(), "ATT&CK technique, such as T1190"),
    Column("finding_info.attacks.technique.name", pa.string(), "ATT&CK technique, as the rule's author spells it"),
    Column("malware.name", pa.string(), "malware family"),
    Column("signature.gid", pa.int64(), "generator of the signature (Suricata: gid)"),
    Column("signature.severity", pa.string(), "severity that the rule's author wrote into its metadata"),
    Column("signature.confidence", pa.string(), "confidence that the rule's author wrote into its metadata"),
    # HTTP
    Column("http_request.http_method", pa.string(), "GET, POST, ..."),
    Column("http_request.url.hostname", pa.string(), "host that the client asked for"),
    Column("http_request.url.port", pa.int32(), "port in the Host header"),
    Column("http_request.url.url_string", pa.string(), "request target as sent: path with query, or a whole URL"),
    Column("http_request.user_agent", pa.string(), "User-Agent header"),
    Column("http_request.referrer", pa.string(), "Referer header"),
    Column("http_request.version", pa.string(), "HTTP version of the request"),
    Column("http_request.x_forwarded_for", pa.string(), "X-Forwarded-For header"),
    Column("http_response.code", pa.int32(), "status code"),
    Column("http_response.content_type", pa.string(), "Content-Type of the response"),
    Column("http_response.length", pa.int64(), "bytes of the response body"),
    # DNS
    Column("query.hostname", pa.string(), "name that was asked for"),
    Column("query.type", pa.string(), "record type that was asked for: A, AAAA, TXT, ..."),
    Column("query.opcode_id", pa.int32(), "DNS opcode"),
    Column("query.packet_uid", pa.int32(), "DNS message id"),
    Column("rcode", pa.string(), "DNS response code: NOERROR, NXDOMAIN, ..."),
    Column("answers.rdata", STRINGS, "data of the answers, in their order"),
    Column("answers.type", STRINGS, "record types of the answers, in their order"),
    Column("answers.ttl", pa.list_(pa.int64()), "seconds to live of the answers, in their order"),
    # TLS (and QUIC)
    Column("tls.sni", pa.string(), "server name that the client asked for"),
    Column("tls.version", pa.string(), "TLS version"),
    Column("tls.ja3_hash.value", pa.string(), "JA3 of the client hello"),
    Column("tls.ja3s_hash.value", pa.string(), "JA3S of the server hello"),
    Column("tls.certificate.subject", pa.string(), "subject of the server's certificate"),
    Column("tls.certificate.issuer", pa.string(), "issuer of the server's certificate"),
    Column("tls.certificate.serial_number", pa.string(), "serial number of the server's certificate"),
    Column("tls.certificate.fingerprints.sha1", pa.string(), "SHA-1 of the server's certificate"),
    Column("tls.certificate.created_time", INSTANT, "certificate not valid before"),
    Column("tls.certificate.expiration_time", INSTANT, "certificate not valid after"),
    # Files and remote services
    Column("file.name", pa.string(), "file name as the protocol gives it; may hold a path"),
    Column("file.size", pa.int64(), "bytes of the file that were seen"),
    Column("file.desc", pa.string(), "kind of file, by its content"),
    Column("file.mime_type", pa.string(), "MIME type"),
    Column("file.hashes.md5", pa.string(), "MD5 of the content"),
    Column("file.hashes.sha1", pa.string(), "SHA-1 of the content"),
    Column("file.hashes.sha256", pa.string(), "SHA-256 of the content"),
    Column("command", pa.string(), "command of the protocol (SMB, FTP, ...)"),
    Column("name", pa.string(), "what the command was about (FTP: its argument)"),
    Column("codes", STRINGS, "reply codes of the server"),
    Column("command_responses", STRINGS, "replies of the server"),
    Column("share", pa.string(), "SMB share"),
    Column("dialect", pa.string(), "SMB dialect"),
    Column("tree_uid", pa.string(), "SMB tree id"),
    Column("dce_rpc.command", pa.string(), "DCE/RPC request"),
    Column("dce_rpc.opnum", pa.int64(), "DCE/RPC operation number"),
    Column("user.name", pa.string(), "account that the protocol names"),
    Column("user.domain", pa.string(), "domain or realm of that account"),
    Column("service.name", pa.string(), "service that was asked for (Kerberos: sname)"),
    Column("protocol_ver", pa.string(), "version of the protocol (SSH)"),
    Column("client_hassh.fingerprint.value", pa.string(), "HASSH of the SSH client"),
    Column("server_hassh.fingerprint.value", pa.string(), "HASSH of the SSH server"),
    Column("lease_dur", pa.int64(), "DHCP lease, seconds"),
    Column("transaction_uid", pa.string(), "DHCP transaction id"),
    # Mail
    Column("smtp_hello", pa.string(), "HELO or EHLO name of the client"),
    Column("email.smtp_from", pa.string(), "envelope sender"),
    Column("email.smtp_to", STRINGS, "envelope recipients"),
    Column("email.from", pa.string(), "From header"),
    Column("email.to", STRINGS, "To header"),
    Column("email.cc", STRINGS, "Cc header"),
    Column("email.subject", pa.string(), "Subject header"),
    Column("email.message_uid", pa.string(), "Message-ID header"),
    # The rest, and the line itself
    Column("unmapped", pa.string(), "JSON: what the line says that has no column, in the product's own structure"),
    # What firewalls and proxies say beyond what a sensor does
    Column("metadata.log_name", pa.string(), "the product's own name of the log, such as traffic:forward"),
    Column("count", pa.int64(), "how many events this line stands for"),
    Column("device.ip", pa.string(), "address of the device, as the line gives it"),
    Column("device.hw_info.serial_number", pa.string(), "serial number of the device, as the line gives it"),
    Column("firewall_rule.name", pa.string(), "name of the rule that decided"),
    Column("firewall_rule.uid", pa.string(), "id or number of the rule that decided"),
    Column("policy.name", pa.string(), "rule set or security profile that the rule belongs to"),
    Column("policy.uid", pa.string(), "id of that rule set or profile"),
    Column("src_endpoint.interface_name", pa.string(), "interface where the traffic came in"),
    Column("dst_endpoint.interface_name", pa.string(), "interface where the traffic went out"),
    Column("src_endpoint.zone", pa.string(), "zone where the traffic came in"),
    Column("dst_endpoint.zone", pa.string(), "zone where the traffic went out"),
    Column("src_endpoint.location.country", pa.string(), "country of the source, by the product"),
    Column("dst_endpoint.location.country", pa.string(), "country of the destination, by the product"),
    Column("nat.src_ip", pa.string(), "source address after translation"),
    Column("nat.src_port", pa.int32(), "source port after translation"),
    Column("nat.dst_ip", pa.string(), "destination address after translation"),
    Column("nat.dst_port", pa.int32(), "destination port after translation"),
    Column("dst_endpoint.owner.name", pa.string(), "account on the destination's side"),
    Column("user.groups", STRINGS, "groups of the account"),
    Column("http_request.url.categories", STRINGS, "categories of the site, in the product's own words"),
    Column("file.path", pa.string(), "where the file is"),
    Column("actor.process.name", pa.string(), "process that the line is about"),
    Column("actor.process.pid", pa.int64(), "its number"),
    Column("actor.process.cmd_line", pa.string(), "command that was run"),
    Column("activity_name", pa.string(), "what happened, as the product calls this kind of event"),
    Column("firewall_rule.type", pa.string(), "kind of the rule that decided"),
    Column("entity.type", pa.string(), "kind of the thing that was changed (FortiGate: path of its table)"),
    Column("entity.name", pa.string(), "name or number of the thing that was changed"),
    Column("auth_protocol", pa.string(), "how somebody was asked to prove who they are: RADIUS, SAML, https, ..."),
)

RAW = Column("raw", pa.binary(), "the line as received, byte for byte, without its line end")
REASON = Column("reason", pa.string(), "why the line could not be read")

COLUMNS: tuple[Column, ...] = (*HOUSEKEEPING, RAW, *EVENT)


def _schema(columns: tuple[Column, ...]) -> pa.Schema:
    return pa.schema([pa.field(c.name, c.type, metadata={"meaning": c.meaning}) for c in columns])


EVENT_SCHEMA: pa.Schema = _schema(COLUMNS)
UNPARSED_SCHEMA: pa.Schema = _schema((*HOUSEKEEPING, RAW, REASON))
