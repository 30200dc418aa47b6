"""Barracuda CloudGen Firewall: firewall activity, log-ins, events and what the box says of itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sekisho.ocsf import classes
from sekisho.ocsf.finding import Outcome
from sekisho.pipeline.normalise.compound import split_users
from sekisho.pipeline.normalise.draft import Draft, Fields, move, table
from sekisho.pipeline.normalise.values import lower, milliseconds, number, one, port, protocol
from sekisho.pipeline.normalise.vendor import Line, Product, conclude
from sekisho.pipeline.normalise.verdicts import outcome_of
from sekisho.pipeline.parse import ParseError, barracuda
from sekisho.pipeline.parse.moment import Moment
from sekisho.pipeline.parse.text import split_at

TABLE = table(
    move("metadata.log_name", "program"),
    move("metadata.event_code", "event_code"),
    move("device.hostname", "box"),
    move("vendor_severity", "level"),
    move("signature.severity", "event_severity"),
    move("src_endpoint.ip", "srcIP"),
    move("src_endpoint.port", "srcPort", to=port),
    move("src_endpoint.interface_name", "srcIF"),
    move("dst_endpoint.ip", "dstIP"),
    move("dst_endpoint.port", "dstPort", to=port),
    move("dst_endpoint.interface_name", "dstIF"),
    move("nat.src_ip", "srcNAT"),
    move("nat.dst_ip", "dstNAT"),
    move("connection_info.protocol_name", "proto", to=protocol),
    move("service.name", "dstService", "service"),
    move("app_name", "application", "app", to=lower),
    move("duration", "duration", "durationms", to=milliseconds),
    move("count", "count", to=number),
    move("traffic.bytes_out", "sentBytes", to=number),
    move("traffic.bytes_in", "receivedBytes", to=number),
    move("traffic.packets_out", "sentPackets", to=number),
    move("traffic.packets_in", "receivedPackets", to=number),
    move("firewall_rule.name", "rule", "matchedrule"),
    move("action", "action"),
    move("status_detail", "error", "reason", "info"),
    move("message", "text"),
    move("user.name", "user", "name"),
    move("finding_info.title", "attack"),
    move("file.path", "file"),
    move("file.size", "size", to=number),
    move("http_request.url.hostname", "target", to=lower),
    move("http_request.url.categories", "urlcat", to=one),
    move("actor.process.cmd_line", "command"),
    move("actor.process.pid", "pid", to=number),
    blank=("-", "N/A"),
)

_SEVERITIES = {"security": 2, "warning": 2, "error": 3, "fatal": 5, "panic": 6}
_LOGINS = frozenset(("login", "succeeded", "failed", "denied", "accepted"))
_TRAFFIC = ("allow", "block", "drop", "fail", "detect", "remove", "local", "terminate", "scan")


def recognises(text: str) -> bool:
    return barracuda.BEGINS.search(text, 0, 512) is not None


def read(text: str) -> Line:
    found = split_at(text, barracuda.BEGINS)
    if found is None:
        raise ParseError("no level and box of a Barracuda log")
    fields: Fields = dict(barracuda.parse(found[1]))
    if "event" in fields:
        parts = fields["event"].split("|")
        named = zip(
            ("event_class", "event_severity", "service", "event_sub", "event_name", "event_code", "event_text"),
            parts,
            strict=False,
        )
        fields.update({key: value for key, value in named if value})
    if "file" in fields:
        fields["file_name"] = fields["file"].rpartition("/")[2]
    return found[0], fields


def fill(draft: Draft) -> Sequence[Moment | None]:
    split_users(draft)
    actions = [action.lower() if action else "" for action in draft.seen("action")]
    titles, ports = draft.seen("finding_info.title"), draft.seen("dst_endpoint.port")
    kinds = [
        _kind(action, title is not None, end is not None)
        for action, title, end in zip(actions, titles, ports, strict=True)
    ]
    outcomes = [_outcome(kind[0], action) for kind, action in zip(kinds, actions, strict=True)]
    conclude(
        draft, kinds, outcomes, [_SEVERITIES.get((level or "").lower(), 1) for level in draft.seen("vendor_severity")]
    )
    draft.put("actor.process.name", draft.seen("metadata.log_name"))
    draft.put("file.name", draft.values("file_name"))
    draft.place()
    return [draft.clock.moment(head.clock) for head in draft.heads]


@lru_cache(1024)
def _kind(action: str, has_title: bool, has_end: bool) -> tuple[int, int]:
    if has_title:
        return classes.DETECTION_FINDING, 1
    if action in ("logout", "timeout"):
        return classes.AUTHENTICATION, 2
    if action in _LOGINS:
        return classes.AUTHENTICATION, 1
    if has_end and action.startswith(_TRAFFIC):
        return classes.NETWORK_ACTIVITY, 5 if outcome_of(action.removeprefix("local")) == "blocked" else 6
    return classes.BASE_EVENT, classes.OTHER


@lru_cache(1024)
def _outcome(class_uid: int, action: str) -> Outcome:
    if class_uid == classes.DETECTION_FINDING:
        return "detected"
    if class_uid == classes.NETWORK_ACTIVITY:
        return "allowed" if "remove" in action else outcome_of(action.removeprefix("local"))
    if class_uid == classes.AUTHENTICATION:
        return "allowed" if action in ("login", "succeeded", "accepted") else outcome_of(action)
    return "unknown"


BARRACUDA = Product(
    name="barracuda",
    title="CloudGen Firewall",
    vendor="Barracuda",
    recognises=recognises,
    read=read,
    table=TABLE,
    fill=fill,
)
