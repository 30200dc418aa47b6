"""Juniper SRX logs, structured and prose: RT_FLOW, RT_IDP, screens, RT_UTM, AppTrack, and the system's own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_urls, split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import lower, milliseconds, name, number, port, protocol, words
from sekisho.pipeline.normalise.vendor import Line, Product, judge
from sekisho.pipeline.normalise.verdicts import of_syslog, outcome_of, severity_of
from sekisho.pipeline.parse import ParseError, junos
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("metadata.event_code", "tag"),
    move("src_endpoint.ip", "source-address", "client-ip", "remote-address"),
    move("src_endpoint.port", "source-port", to=port),
    move("src_endpoint.zone", "source-zone-name", "source-zone"),
    move("src_endpoint.interface_name", "packet-incoming-interface", "source-interface-name", "interface-name"),
    move("src_endpoint.location.country", "src-geo-country"),
    move("dst_endpoint.ip", "destination-address"),
    move("dst_endpoint.port", "destination-port", to=port),
    move("dst_endpoint.zone", "destination-zone-name", "destination-zone"),
    move("dst_endpoint.interface_name", "destination-interface-name", "outgoing-interface"),
    move("nat.src_ip", "nat-source-address"),
    move("nat.src_port", "nat-source-port", to=port),
    move("nat.dst_ip", "nat-destination-address"),
    move("nat.dst_port", "nat-destination-port", to=port),
    move("connection_info.protocol_name", "protocol-id", "protocol-name", to=protocol),
    move("connection_info.uid", "session-id-32", "session-id"),
    move("service.name", "service-name"),
    move("app_name", "nested-application", "application", "application-name", to=lower),
    move("duration", "elapsed-time", to=milliseconds),
    move("traffic.packets_out", "packets-from-client", "inbound-packets", to=number),
    move("traffic.packets_in", "packets-from-server", "outbound-packets", to=number),
    move("traffic.bytes_out", "bytes-from-client", "inbound-bytes", "mailed-bytes", to=number),
    move("traffic.bytes_in", "bytes-from-server", "outbound-bytes", to=number),
    move("count", "repeat-count", to=number),
    move("firewall_rule.name", "policy-name", "rule-name"),
    move("policy.name", "rulebase-name", "profile-name", "profile"),
    move("action", "action", "error-action"),
    move("status_detail", "reason", "error-message"),
    move("message", "text"),
    move("vendor_severity", "threat-severity", "severity"),
    move("user.name", "username", "user-name"),
    move("user.groups", "roles", to=words),
    move("finding_info.title", "attack-name", "threat-name"),
    move("malware.name", "virus-name", "malware-info", "name"),
    move("http_request.url.url_string", "url", "obj"),
    move("http_request.url.hostname", "hostname", "http-host", to=name),
    move("http_request.url.categories", "category", "url-category", "urlcategory", to=words),
    move("file.name", "filename", "file-name"),
    move("file.hashes.sha256", "sample-sha256", "file-hash"),
    move("tls.sni", "sni", to=name),
    move("query.hostname", "query", to=name),
    move("actor.process.name", "process"),
    move("actor.process.pid", "pid", to=number),
    move("actor.process.cmd_line", "command"),
    blank=("N/A", "UNKNOWN", "None", "Unknown", "unknown"),
)

_FINDINGS = ("IDP_", "RT_SCREEN", "RT_IDP", "AV_", "ANTIVIRUS", "AAMW", "SECINTEL", "ANTISPAM", "WEBFILTER_MALWARE")
_SEVERITIES = {"info": 1, "minor": 2, "medium": 3, "major": 4, "high": 4, "critical": 5}


def recognises(text: str) -> bool:
    found = junos.BEGINS.search(text, 0, 512)
    if found is not None:
        return (
            found[1].startswith(
                (
                    "RT_",
                    "UI_",
                    "APPTRACK",
                    "IDP_",
                    "AV_",
                    "WEBFILTER",
                    "SECINTEL",
                    "AAMW",
                    "KMD_",
                    "SSHD_",
                    "LOGIN_",
                    "JSRPD",
                    "FWAUTH",
                    "PFE_",
                    "SNMP",
                    "CHASSISD",
                    "LIBJ",
                    "CONTENT_F",
                    "ANTISPAM",
                )
            )
            or "junos@2636" in text
        )
    process = junos.BEGINS_PROCESS.search(text, 0, 512)
    return process is not None and process[1].partition("[")[0].rpartition("/")[2] in (
        "mgd",
        "rpd",
        "chassisd",
        "kmd",
        "jsrpd",
        "cron",
        "rmopd",
        "alarmd",
    )


def read(text: str) -> Line:
    found = split_at(text, junos.BEGINS_PROCESS) or split_at(text, junos.BEGINS)
    if found is None:
        raise ParseError("not a Junos message with a tag or a process")
    head, message = found
    parsed = junos.parse(message)
    fields: Fields = dict(parsed.fields)
    for name_of, value in (
        ("tag", parsed.tag),
        ("process", parsed.process),
        ("pid", parsed.pid),
        ("text", parsed.text),
    ):
        if value is not None:
            fields.setdefault(name_of, value)
    if parsed.process is not None and fields.get("process") != parsed.process:
        fields["logged-by"] = parsed.process
    return head, fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    tags = [tag or "" for tag in draft.seen("metadata.event_code")]
    actions = draft.seen("action")
    kinds = [_kind(tag) for tag in tags]
    outcomes = [_outcome(tag, action) for tag, action in zip(tags, actions, strict=True)]
    levels = [_SEVERITIES.get(word.lower(), severity_of(word)) if word else 0 for word in draft.seen("vendor_severity")]
    heads = [1 if head.priority is None else of_syslog(head.priority & 7) for head in draft.heads]
    findings = [3 if kind[0] == classes.DETECTION_FINDING else 0 for kind in kinds]
    judge(draft, kinds, outcomes, [a or b or c for a, b, c in zip(levels, findings, heads, strict=True)])
    draft.put("metadata.log_name", [tag.partition("_SESSION")[0].partition("_ATTACK")[0] or None for tag in tags])
    draft.put("status_id", [_status(tag) for tag in tags])
    if any(findings):
        rows = zip(tags, findings, strict=True)
        draft.put("finding_info.analytic.uid", [tag if found else None for tag, found in rows])
        draft.put(
            "finding_info.title",
            [text if found else None for text, found in zip(draft.seen("malware.name"), findings, strict=True)],
        )
        draft.put("finding_info.title", [tag if found else None for tag, found in zip(tags, findings, strict=True)])
    split_urls(draft)
    draft.place()
    moment = draft.clock.moment
    return [
        moment(told) or moment(head.clock)
        for told, head in zip(draft.values("epoch-time", "timestamp"), draft.heads, strict=True)
    ]


@lru_cache(2048)
def _kind(tag: str) -> tuple[int, int]:
    if tag.startswith(_FINDINGS):
        return classes.DETECTION_FINDING, 1
    if tag.startswith(("RT_FLOW", "APPTRACK")):
        return classes.NETWORK_ACTIVITY, 1 if "CREATE" in tag else 2 if "CLOSE" in tag else 5 if "DENY" in tag else 6
    if tag.startswith("WEBFILTER"):
        return classes.HTTP_ACTIVITY, classes.UNKNOWN
    if "LOGIN" in tag or "AUTH" in tag:
        return classes.AUTHENTICATION, 1
    if "LOGOUT" in tag:
        return classes.AUTHENTICATION, 2
    if tag.startswith(("KMD_", "IKE_", "RT_IPSEC")):
        return classes.TUNNEL_ACTIVITY, classes.OTHER
    if tag.startswith(("UI_COMMIT", "UI_CFG", "UI_LOAD")):
        return classes.ENTITY_MANAGEMENT, 3
    return classes.BASE_EVENT, classes.OTHER


@lru_cache(2048)
def _outcome(tag: str, action: str | None) -> Outcome:
    if "SESSION_DENY" in tag or "BLOCKED" in tag or "REJECT" in tag:
        return "blocked"
    if "SESSION_CREATE" in tag or "SESSION_CLOSE" in tag or "URL_PERMITTED" in tag:
        return "allowed"
    if action and "without" in action.lower():
        return "detected"
    if action and action.lower().startswith(("drop", "close", "block", "reject", "denied", "deny")):
        return "blocked"
    if tag.startswith(_FINDINGS):
        return "detected"
    if "LOGIN" in tag or "AUTH" in tag:
        return "blocked" if "FAIL" in tag else "allowed" if "LOGOUT" not in tag else "unknown"
    return outcome_of(action)


def _status(tag: str) -> int | None:
    if "LOGIN" in tag or "AUTH" in tag or "LOGOUT" in tag:
        return 2 if "FAIL" in tag else 1
    return None


JUNIPER_SRX = Product(
    name="juniper_srx", title="SRX", vendor="Juniper", recognises=recognises, read=read, table=TABLE, fill=fill
)
