"""What Sigma's log sources and field names mean on our columns: the one place to look and to extend.

A log source is routed to rows before anything is matched. A field that is not in its log source's
table has no column, and the rule that needs it says so. Names follow the Sigma taxonomy; the Zeek
services stand for what any sensor logs about that protocol, since the columns are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sekisho.ocsf import classes
from sekisho.ocsf.columns import EVENT_SCHEMA
from sekisho.pipeline.detect.expression import Field, Part, Route

KEYWORDS = Field("raw")
"""Where rules without a field search: the whole line."""

_URL = "http_request.url.url_string"

_ENDS = {
    **dict.fromkeys(("src_ip", "c-ip", "SourceIp", "id.orig_h", "source.ip"), Field("src_endpoint.ip")),
    **dict.fromkeys(("src_port", "SourcePort", "id.orig_p"), Field("src_endpoint.port")),
    **dict.fromkeys(("dst_ip", "DestinationIp", "id.resp_h", "s-ip", "r-ip"), Field("dst_endpoint.ip")),
    **dict.fromkeys(("dst_port", "DestinationPort", "id.resp_p", "s-port", "r-port"), Field("dst_endpoint.port")),
    "DestinationHostname": Field("dst_endpoint.hostname"),
    "SourceHostname": Field("src_endpoint.hostname"),
    **dict.fromkeys(("Protocol", "protocol", "proto"), Field("connection_info.protocol_name")),
    **dict.fromkeys(("action", "Action"), Field("action")),
    "blocked": Field("outcome", Part.IS_BLOCKED),
    "outcome": Field("outcome"),
    "direction": Field("direction"),
}

_FLOW = {
    **_ENDS,
    **dict.fromkeys(("service", "app_proto", "app"), Field("app_name")),
    **dict.fromkeys(("orig_bytes", "bytes_out", "sent_bytes"), Field("traffic.bytes_out")),
    **dict.fromkeys(("resp_bytes", "bytes_in", "rcvd_bytes"), Field("traffic.bytes_in")),
    "duration": Field("duration"),
}

_HTTP = {
    **_ENDS,
    # A sensor sees the request target; only a proxy's log has the whole URL. Rules about web servers
    # use cs-uri-query for the path as well, so for them it is the whole target.
    **dict.fromkeys(("c-uri", "cs-uri", "uri", "url", "c-url"), Field(_URL)),
    **dict.fromkeys(("c-uri-stem", "cs-uri-stem", "c-uri-path"), Field(_URL, Part.URL_PATH)),
    "c-uri-query": Field(_URL, Part.URL_QUERY),
    "cs-uri-query": Field(_URL),
    **dict.fromkeys(("c-uri-extension", "cs-uri-extension"), Field(_URL, Part.URL_EXTENSION)),
    **dict.fromkeys(("cs-method", "method", "http_method"), Field("http_request.http_method")),
    **dict.fromkeys(
        ("c-useragent", "cs-user-agent", "cs(User-Agent)", "user_agent", "http_user_agent"),
        Field("http_request.user_agent"),
    ),
    **dict.fromkeys(("cs-host", "c-dns", "host", "hostname", "r-dns", "cs(Host)"), Field("http_request.url.hostname")),
    **dict.fromkeys(("cs-referer", "cs-referrer", "referrer", "cs(Referer)"), Field("http_request.referrer")),
    **dict.fromkeys(("sc-status", "status_code", "status"), Field("http_response.code")),
    **dict.fromkeys(("resp_mime_types", "sc-content-type", "cs-content-type"), Field("http_response.content_type")),
    **dict.fromkeys(("sc-bytes", "response_body_len"), Field("http_response.length")),
    **dict.fromkeys(("cs-version", "version"), Field("http_request.version")),
}

_DNS = {
    **_ENDS,
    **dict.fromkeys(("query", "QueryName", "rrname"), Field("query.hostname")),
    **dict.fromkeys(("record_type", "qtype_name", "QueryType", "rrtype"), Field("query.type")),
    **dict.fromkeys(("answer", "answers", "QueryResults"), Field("answers.rdata")),
    **dict.fromkeys(("rcode_name", "rcode", "response_code"), Field("rcode")),
}

_TLS = {
    **_ENDS,
    **dict.fromkeys(("server_name", "sni"), Field("tls.sni")),
    **dict.fromkeys(("version", "tls_version"), Field("tls.version")),
    "ja3": Field("tls.ja3_hash.value"),
    "ja3s": Field("tls.ja3s_hash.value"),
    **dict.fromkeys(("subject", "certificate.subject"), Field("tls.certificate.subject")),
    **dict.fromkeys(("issuer", "certificate.issuer"), Field("tls.certificate.issuer")),
    **dict.fromkeys(("serial", "certificate.serial"), Field("tls.certificate.serial_number")),
    "fingerprint": Field("tls.certificate.fingerprints.sha1"),
}

_SMB = {
    **_ENDS,
    **dict.fromkeys(("name", "filename"), Field("file.name")),
    **dict.fromkeys(("path", "share"), Field("share")),
    **dict.fromkeys(("command", "action"), Field("command")),
}

_DCE_RPC = {**_ENDS, "opnum": Field("dce_rpc.opnum")}
_KERBEROS = {**_ENDS, "service": Field("service.name"), "client": Field("user.name"), "error_msg": Field("status_code")}
_FTP = {**_ENDS, "command": Field("command"), "arg": Field("name"), "user": Field("user.name")}
_SMTP = {
    **_ENDS,
    "helo": Field("smtp_hello"),
    "mailfrom": Field("email.smtp_from"),
    "rcptto": Field("email.smtp_to"),
    "from": Field("email.from"),
    "to": Field("email.to"),
    "subject": Field("email.subject"),
}
_ALERT = {
    **_FLOW,
    **_HTTP,
    "alert.signature": Field("finding_info.title"),
    "alert.signature_id": Field("finding_info.analytic.uid"),
    "alert.category": Field("finding_info.analytic.category"),
    "alert.gid": Field("signature.gid"),
    "malware": Field("malware.name"),
}

_CHANGE = {
    **_ENDS,
    "cfgpath": Field("entity.type"),
    "cfgobj": Field("entity.name"),
    "user": Field("user.name"),
    "status": Field("status_detail"),
    "msg": Field("message"),
    "logdesc": Field("activity_name"),
    "subtype": Field("metadata.log_name"),
}

_TLS_COLUMNS = ("tls.version", "tls.sni", "tls.certificate.subject")


class Source(msgspec.Struct, frozen=True):
    """One kind of log: the rows it means, and its fields."""

    route: Route
    fields: Mapping[str, Field]


class Logsource(msgspec.Struct, frozen=True):
    """The three parts by which a Sigma rule names its logs; None where the rule is silent."""

    category: str | None
    product: str | None
    service: str | None

    def __str__(self) -> str:
        said = {"category": self.category, "product": self.product, "service": self.service}
        return ", ".join(f"{name} {value}" for name, value in said.items() if value) or "(empty)"


_PROTOCOLS = {
    "http": Source(Route((classes.HTTP_ACTIVITY,)), _HTTP),
    "dns": Source(Route((classes.DNS_ACTIVITY,)), _DNS),
    "conn": Source(Route((classes.NETWORK_ACTIVITY,)), _FLOW),
    "flow": Source(Route((classes.NETWORK_ACTIVITY,)), _FLOW),
    "ssl": Source(Route((classes.NETWORK_ACTIVITY,), having=_TLS_COLUMNS), _TLS),
    "tls": Source(Route((classes.NETWORK_ACTIVITY,), having=_TLS_COLUMNS), _TLS),
    "x509": Source(
        Route((classes.NETWORK_ACTIVITY,), having=("tls.certificate.subject", "tls.certificate.serial_number")), _TLS
    ),
    "smb_files": Source(Route((classes.SMB_ACTIVITY,), having=("file.name",)), _SMB),
    "smb": Source(Route((classes.SMB_ACTIVITY,)), _SMB),
    "dce_rpc": Source(Route((classes.SMB_ACTIVITY,), having=("dce_rpc.command",)), _DCE_RPC),
    "kerberos": Source(Route((classes.AUTHENTICATION,)), _KERBEROS),
    "rdp": Source(Route((classes.RDP_ACTIVITY,)), _ENDS),
    "ssh": Source(Route((classes.SSH_ACTIVITY,)), _ENDS),
    "ftp": Source(Route((classes.FTP_ACTIVITY,)), _FTP),
    "smtp": Source(Route((classes.EMAIL_ACTIVITY,)), _SMTP),
    "alert": Source(Route((classes.DETECTION_FINDING,)), _ALERT),
}

_ADMINISTRATION = Route(
    (classes.ENTITY_MANAGEMENT, classes.AUTHENTICATION, classes.TUNNEL_ACTIVITY, classes.BASE_EVENT)
)
_OF_PRODUCT = {
    ("fortigate", "event"): Source(_ADMINISTRATION, _CHANGE),
    ("fortigate", "traffic"): Source(Route((classes.NETWORK_ACTIVITY,)), _FLOW),
    ("fortigate", "utm"): Source(Route((classes.DETECTION_FINDING, classes.HTTP_ACTIVITY)), _ALERT),
    # What a Cisco's AAA accounts for are log-ins and commands; rules search the line for the command.
    ("cisco", "aaa"): Source(_ADMINISTRATION, _CHANGE),
}
"""Services that mean something only with their product."""

_CATEGORIES = {
    "proxy": _PROTOCOLS["http"],
    "webserver": _PROTOCOLS["http"],
    "dns": _PROTOCOLS["dns"],
    "firewall": _PROTOCOLS["conn"],
    "network_connection": _PROTOCOLS["conn"],
}

_ANY_SENSOR = frozenset({None, "zeek"})
"""Products that stand for whatever logs the protocol."""

_PRODUCTS = {
    "suricata": ("suricata",),
    **dict.fromkeys(("fortigate", "fortios", "fortinet"), ("fortigate",)),
    **dict.fromkeys(("paloalto", "panos", "paloaltonetworks"), ("pan-os",)),
    "cisco": ("asa",),
    "juniper": ("srx",),
    "checkpoint": ("security gateway",),
    "sophos": ("sophos firewall",),
    "sonicwall": ("sonicwall",),
    "squid": ("squid",),
}
"""Products whose lines we read and that a rule may name -> metadata.product.name in lower case."""


def source(logsource: Logsource) -> Source | None:
    """The rows and fields that a rule's log source means, or None if no log of ours is that source."""
    found = _kind(logsource)
    if found is None or logsource.product in _ANY_SENSOR:
        return found
    if logsource.product not in _PRODUCTS:
        return None
    route = found.route
    return Source(Route(route.classes, _PRODUCTS[logsource.product or ""], route.having), found.fields)


def _kind(logsource: Logsource) -> Source | None:
    """By category first. A service alone says nothing without its product: "event" is many things."""
    if logsource.category is None and (
        of_product := _OF_PRODUCT.get((logsource.product or "", logsource.service or ""))
    ):
        return of_product
    if logsource.category == "network":
        return _PROTOCOLS.get(logsource.service or "conn")
    if logsource.category is not None:
        return _CATEGORIES.get(logsource.category) if logsource.service is None else None
    return _PROTOCOLS.get(logsource.service or "") if logsource.product is not None else None


def _check() -> None:
    """A field that names no column is a mistake of ours, found when the program starts."""
    for kind in (*_PROTOCOLS.values(), *_OF_PRODUCT.values()):
        unknown = {field.column for field in kind.fields.values()} - set(EVENT_SCHEMA.names)
        if unknown:
            raise AssertionError(f"sigma_fields names columns that do not exist: {sorted(unknown)}")


_check()
