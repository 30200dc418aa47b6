"""Zeek's logs, TSV and JSON -> OCSF: conn, dns, http, ssl, x509, files, smtp, ssh, rdp, smb, notice, ... Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import (
    lower,
    mac,
    method,
    milliseconds,
    name,
    number,
    port,
    protocol,
    text,
    words,
)
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.parse import zeek
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import NO_HEAD, Head


def _numbers(value: object) -> list[int] | None:
    found = [
        int(float(each))
        for each in (map(str, value) if type(value) is list else words(value) or ())
        if each.replace(".", "", 1).isdigit() and each.isascii() and len(each) < 18
    ]
    return found or None


TABLE = table(
    move("metadata.log_name", "_path"),
    move("connection_info.uid", "uid"),
    move("connection_info.community_uid", "community_id"),
    move("src_endpoint.ip", "id.orig_h", "src", "client_addr"),
    move("src_endpoint.port", "id.orig_p", "p", to=port),
    move("src_endpoint.mac", "orig_l2_addr", "mac", to=mac),
    move("src_endpoint.hostname", "client_fqdn", "host_name"),
    move("dst_endpoint.ip", "id.resp_h", "dst", "server_addr"),
    move("dst_endpoint.port", "id.resp_p", to=port),
    move("dst_endpoint.mac", "resp_l2_addr", to=mac),
    move("connection_info.protocol_name", "proto", to=protocol),
    move("app_name", "service", to=lower),
    move("duration", "duration", "rtt", to=milliseconds),
    move("traffic.bytes_out", "orig_bytes", "orig_ip_bytes", "request_body_len", to=number),
    move("traffic.bytes_in", "resp_bytes", "resp_ip_bytes", to=number),
    move("traffic.packets_out", "orig_pkts", to=number),
    move("traffic.packets_in", "resp_pkts", to=number),
    move("status_code", "conn_state"),
    move("status_detail", "status_msg", "error_msg", "failure_reason"),
    move("query.hostname", "query", to=name),
    move("query.type", "qtype_name"),
    move("query.packet_uid", "trans_id", to=port),
    move("rcode", "rcode_name"),
    move("answers.rdata", "answers", to=words),
    move("answers.ttl", "TTLs", to=_numbers),
    move("http_request.http_method", "method", to=method),
    move("http_request.url.hostname", "host", to=name),
    move("http_request.url.url_string", "uri"),
    move("http_request.user_agent", "user_agent"),
    move("http_request.referrer", "referrer"),
    move("http_request.version", "version_of_http"),
    move("http_response.code", "status_code", to=port),
    move("http_response.length", "response_body_len", to=number),
    move("http_response.content_type", "resp_mime_types", to=lambda value: (words(value) or [None])[0]),
    move("tls.sni", "server_name", to=name),
    move("tls.version", "version"),
    move("tls.ja3_hash.value", "ja3"),
    move("tls.ja3s_hash.value", "ja3s"),
    move("tls.certificate.subject", "subject_of_certificate", "certificate.subject"),
    move("tls.certificate.issuer", "issuer", "certificate.issuer"),
    move("tls.certificate.serial_number", "certificate.serial"),
    move("file.name", "filename", "name"),
    move("file.size", "seen_bytes", "size", to=number),
    move("file.path", "path"),
    move("file.mime_type", "mime_type"),
    move("file.hashes.md5", "md5"),
    move("file.hashes.sha1", "sha1"),
    move("file.hashes.sha256", "sha256"),
    move("smtp_hello", "helo"),
    move("email.smtp_from", "mailfrom"),
    move("email.smtp_to", "rcptto", to=words),
    move("email.from", "from", to=text),
    move("email.to", "to", to=words),
    move("email.subject", "subject"),
    move("email.message_uid", "msg_id"),
    move("user.name", "username", "user", "client", "cookie"),
    move("user.domain", "domainname", "domain"),
    move("service.name", "service_asked"),
    move("command", "command", "action"),
    move("name", "arg"),
    move("dce_rpc.command", "operation"),
    move("client_hassh.fingerprint.value", "hassh"),
    move("server_hassh.fingerprint.value", "hasshServer"),
    move("protocol_ver", "version_of_ssh"),
    move("lease_dur", "lease_time", to=milliseconds),
    move("transaction_uid", "dhcp_id"),
    move("finding_info.title", "note"),
    move("message", "msg", "header", "info"),
    move("device.hostname", "_system_name", "peer_descr"),
    blank=("-", "(empty)"),
    spent=("ts", "_write_ts"),
)

_CLASSES = {
    "conn": classes.NETWORK_ACTIVITY,
    **dict.fromkeys(
        (
            "ssl",
            "x509",
            "tunnel",
            "dpd",
            "analyzer",
            "quic",
            "modbus",
            "dnp3",
            "snmp",
            "syslog",
            "sip",
            "irc",
            "socks",
            "mqtt",
            "mysql",
            "ldap",
            "ldap_search",
        ),
        classes.NETWORK_ACTIVITY,
    ),
    "dns": classes.DNS_ACTIVITY,
    "http": classes.HTTP_ACTIVITY,
    "dhcp": classes.DHCP_ACTIVITY,
    "rdp": classes.RDP_ACTIVITY,
    **dict.fromkeys(("smb_files", "smb_mapping", "smb_cmd", "dce_rpc"), classes.SMB_ACTIVITY),
    "ssh": classes.SSH_ACTIVITY,
    "ftp": classes.FTP_ACTIVITY,
    "smtp": classes.EMAIL_ACTIVITY,
    "files": classes.NETWORK_FILE_ACTIVITY,
    "ntp": classes.NTP_ACTIVITY,
    **dict.fromkeys(("kerberos", "ntlm", "radius"), classes.AUTHENTICATION),
    **dict.fromkeys(("notice", "intel", "signatures"), classes.DETECTION_FINDING),
    **dict.fromkeys(
        ("weird", "pe", "software", "known_hosts", "known_services", "capture_loss", "stats", "reporter"),
        classes.BASE_EVENT,
    ),
}
_TELLS = (
    ("conn_state", "conn"),
    ("note", "notice"),
    ("qclass", "dns"),
    ("query", "dns"),
    ("user_agent", "http"),
    ("method", "http"),
    ("server_name", "ssl"),
    ("cipher", "ssl"),
    ("certificate.subject", "x509"),
    ("mailfrom", "smtp"),
    ("helo", "smtp"),
    ("fuid", "files"),
    ("auth_success", "ssh"),
    ("request_type", "kerberos"),
    ("lease_time", "dhcp"),
    ("conn_uids", "files"),
)
"""Fields that only one log has, for JSON without ``_path``."""

_METHODS = {caption.upper(): number for number, caption in classes.ACTIVITIES[classes.HTTP_ACTIVITY].items()}
_STATES = {"S0": 4, "REJ": 5, "RSTO": 3, "RSTR": 3, "RSTOS0": 3, "RSTRH": 3, "SF": 2, "S1": 1}
_OWN_NAMES = {
    "http": {"version": "version_of_http"},
    "ssh": {"version": "version_of_ssh"},
    "ssl": {"subject": "subject_of_certificate"},
}
_OWN_NAMES |= {"kerberos": {"service": "service_asked"}, "known_services": {"host": "id.orig_h"}}


def recognises(line: str) -> bool:
    if line.startswith("{"):
        return '"ts"' in line and ('"uid"' in line or '"id.orig_h"' in line or '"_path"' in line or '"fuid"' in line)
    return zeek.looks_like_tsv(line)


def reader():
    """A reader of lines in their order: TSV lines need their header."""
    lines = zeek.Reader()

    def read_one(line: str) -> Line:
        return NO_HEAD, _named(lines.parse(line))

    return read_one


def read(line: str) -> tuple[Head, Fields]:
    """One line on its own."""
    return reader()(line)


def _named(fields: Fields) -> Fields:
    path = fields.get("_path") or next((path for key, path in _TELLS if key in fields), None)
    if path is None:
        return fields
    fields["_path"] = path
    for theirs, ours in _OWN_NAMES.get(path, {}).items():
        if theirs in fields:
            fields[ours] = fields.pop(theirs)
    return fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    paths = [path or "" for path in draft.seen("metadata.log_name")]
    states, verbs = draft.seen("status_code"), draft.seen("http_request.http_method")
    codes, tries = draft.seen("rcode"), draft.values("auth_success", "success")
    kinds = [
        _kind(path, state, verb, code) for path, state, verb, code in zip(paths, states, verbs, codes, strict=True)
    ]
    outcomes: list[Outcome] = [
        _outcome(kind[0], state, tried) for kind, state, tried in zip(kinds, states, tries, strict=True)
    ]
    severities = [3 if kind[0] == classes.DETECTION_FINDING else 1 for kind in kinds]
    conclude(draft, kinds, outcomes, severities, titles=("message",), uid="finding_info.title")
    draft.place()
    moment = draft.clock.moment
    return [moment(told) if type(told) is str else None for told in draft.values("ts", "_write_ts")]


@lru_cache(4096)
def _kind(path: str, state: str | None, verb: str | None, code: str | None) -> tuple[int, int]:
    class_uid = _CLASSES.get(path, classes.BASE_EVENT)
    if path == "conn":
        return class_uid, _STATES.get(state or "", 6)
    if path == "http":
        return class_uid, _METHODS.get(verb, classes.OTHER) if verb else classes.UNKNOWN
    if path == "dns":
        return class_uid, 2 if code else 1
    return class_uid, {classes.DETECTION_FINDING: 1, classes.AUTHENTICATION: 1, classes.SSH_ACTIVITY: 1}.get(
        class_uid, classes.OTHER
    )


@lru_cache(1024)
def _outcome(class_uid: int, state: str | None, tried: str | None) -> Outcome:
    """A sensor decides nothing: what it noticed is detected, and only a log-in has an outcome of its own."""
    if class_uid == classes.DETECTION_FINDING:
        return "detected"
    if class_uid == classes.AUTHENTICATION and tried:
        return "allowed" if tried.lower() in ("t", "true") else "blocked"
    return "unknown"


ZEEK = Product(
    name="zeek", title="Zeek", vendor="Zeek", recognises=recognises, read=read, reader=reader, table=TABLE, fill=fill
)
