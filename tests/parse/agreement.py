"""How the columns of a line are compared with the ECS fields that the sample's makers expect of it.

**Comparable** is an ECS field that this table names: it means something that one of our columns means
too. Left out are what ECS derives (``related.*``, ``event.category``, ``url.registered_domain``, parts
of a user agent), names of makers' own (``fortinet.*``, ``action.properties.*``), and ``event.outcome``
outside log-ins: there its makers say "success" of a blocked packet, because blocking it succeeded.

**Equal** is judged on values in one spelling: text without case, quotes, doubled backslashes and white
space at its ends; numbers as numbers; addresses as RFC 5952 writes them; protocols by IANA number or
name; times to the second (some samples cut their fractions); durations in any of the units that the
samples use (ns, ms, s). Where ECS has one name for what we keep apart (an address or a name), either
column may hold it, and an account may have its domain behind an @ or be in a VPN group that they call
its domain. Of several values in ``expected`` (a list) one has to match.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sekisho.ocsf.classes import AUTHENTICATION
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise import normalise_records
from sekisho.pipeline.normalise.cells import Batch
from sekisho.pipeline.normalise.values import PROTOCOLS_BY_NUMBER

Row = dict[str, Any]

_HOST = ("device.hostname", "device.ip", "src_endpoint.hostname")
_USER = ("user.name", "dst_endpoint.owner.name")
_URL = ("http_request.url.url_string",)
_RULE = ("firewall_rule.name", "policy.name", "firewall_rule.uid", "policy.uid")
_WORDS = ("status_detail", "message", "finding_info.title")

COLUMNS: dict[str, tuple[str, ...]] = {
    "source.ip": ("src_endpoint.ip",),
    "source.address": ("src_endpoint.ip", "src_endpoint.hostname"),
    "source.domain": ("src_endpoint.hostname",),
    "source.port": ("src_endpoint.port",),
    "source.mac": ("src_endpoint.mac",),
    "source.bytes": ("traffic.bytes_out", "traffic.bytes"),
    "source.packets": ("traffic.packets_out", "traffic.packets"),
    "source.nat.ip": ("nat.src_ip",),
    "source.nat.port": ("nat.src_port",),
    "source.user.name": _USER,
    "source.geo.country_name": ("src_endpoint.location.country",),
    "source.geo.name": ("src_endpoint.location.country",),
    "destination.ip": ("dst_endpoint.ip",),
    "destination.address": ("dst_endpoint.ip", "dst_endpoint.hostname", "http_request.url.hostname"),
    "destination.domain": ("dst_endpoint.hostname", "http_request.url.hostname", "tls.sni"),
    "destination.port": ("dst_endpoint.port",),
    "destination.mac": ("dst_endpoint.mac",),
    "destination.bytes": ("traffic.bytes_in", "traffic.bytes"),
    "destination.packets": ("traffic.packets_in", "traffic.packets"),
    "destination.nat.ip": ("nat.dst_ip",),
    "destination.nat.port": ("nat.dst_port",),
    "destination.user.name": _USER,
    "destination.geo.country_name": ("dst_endpoint.location.country",),
    "destination.geo.name": ("dst_endpoint.location.country",),
    "client.ip": ("src_endpoint.ip", "dst_endpoint.ip"),
    "server.ip": ("dst_endpoint.ip", "device.ip"),
    "server.domain": ("dst_endpoint.hostname", "http_request.url.hostname"),
    "user.name": _USER,
    "user.domain": ("user.domain",),
    "group.name": ("user.groups",),
    "network.transport": ("connection_info.protocol_name",),
    "network.iana_number": ("connection_info.protocol_name",),
    "network.protocol": ("service.name", "app_name", "auth_protocol", "connection_info.protocol_name"),
    "network.application": ("app_name", "service.name"),
    "network.community_id": ("connection_info.community_uid",),
    "observer.ingress.interface.name": (
        "src_endpoint.interface_name",
        "device.interface_name",
    ),
    "observer.egress.interface.name": ("dst_endpoint.interface_name", "device.interface_name"),
    "observer.ingress.interface.alias": ("src_endpoint.zone", "src_endpoint.interface_name"),
    "observer.egress.interface.alias": ("dst_endpoint.zone", "dst_endpoint.interface_name"),
    "observer.ingress.zone": ("src_endpoint.zone",),
    "observer.egress.zone": ("dst_endpoint.zone",),
    "observer.ingress.vlan.name": ("src_endpoint.zone",),
    "observer.egress.vlan.name": ("dst_endpoint.zone",),
    "observer.hostname": _HOST,
    "observer.name": _HOST,
    "observer.ip": ("device.ip",),
    "observer.version": ("metadata.product.version",),
    "observer.serial_number": ("device.hw_info.serial_number", "device.hostname"),
    "log.hostname": _HOST,
    "host.name": _HOST,
    "log.level": ("vendor_severity", "signature.severity"),
    "event.severity": ("vendor_severity", "signature.severity"),
    "event.dataset": ("metadata.log_name",),
    "event.code": ("metadata.event_code", "finding_info.analytic.uid", "metadata.log_name"),
    "event.action": ("action", "activity_name", "metadata.event_code", "message", "query.type"),
    "event.reason": _WORDS,
    "event.message": _WORDS,
    "error.message": (*_WORDS, "status_code"),
    "log.description": (*_WORDS, "activity_name"),
    "rule.name": _RULE,
    "rule.uuid": _RULE,
    "rule.ruleset": (*_RULE, "firewall_rule.type"),
    "http.request.method": ("http_request.http_method",),
    "http.request.referrer": ("http_request.referrer",),
    "http.response.status_code": ("http_response.code",),
    "http.response.bytes": ("http_response.length", "traffic.bytes_in"),
    "http.response.mime_type": ("http_response.content_type",),
    "user_agent.original": ("http_request.user_agent",),
    "url.original": _URL,
    "url.full": _URL,
    "url.path": _URL,
    "url.query": _URL,
    "url.domain": ("http_request.url.hostname", "dst_endpoint.hostname"),
    "url.port": ("http_request.url.port",),
    "dns.question.name": ("query.hostname",),
    "dns.question.type": ("query.type",),
    "dns.id": ("query.packet_uid",),
    "dns.resolved_ip": ("answers.rdata",),
    "file.name": ("file.name",),
    "file.path": ("file.path", "file.name"),
    "file.size": ("file.size",),
    "file.hash.sha256": ("file.hashes.sha256",),
    "tls.version": ("tls.version",),
    "threat.software.name": ("malware.name", "finding_info.title"),
    "process.name": ("actor.process.name",),
    "process.pid": ("actor.process.pid",),
    "process.command_line": ("actor.process.cmd_line",),
    "service.name": ("service.name", "app_name"),
}
PART_OF = frozenset({"url.path", "url.query", "url.full", "url.original", "file.name"})
"""Ours is the whole request target or path: theirs must be in it."""

TIMES = {"@timestamp": "time", "event.start": "start_time", "event.end": "end_time"}
SUMS = {
    "network.bytes": ("traffic.bytes", "traffic.bytes_out", "traffic.bytes_in"),
    "network.packets": ("traffic.packets", "traffic.packets_out", "traffic.packets_in"),
}
OUTCOMES = {"success": (1,), "failure": (2,), "failed": (2,)}
SECOND = dt.timedelta(seconds=1)


class Case(NamedTuple):
    """One sample line and the row it became (None if it could not be read)."""

    name: str
    message: bytes
    expected: dict[str, Any]
    row: Row | None
    reason: str


class Verdict(NamedTuple):
    """One comparable field of one case."""

    case: str
    field: str
    theirs: Any
    ours: tuple[Any, ...]
    agrees: bool


def cases(path: Path, product: str, device: DeviceContext, received: dt.datetime) -> list[Case]:
    """The samples of one product, each read on its own."""
    found = []
    for line in path.read_text().splitlines():
        sample = json.loads(line)
        message = sample["message"].encode()
        result = normalise_records([message], Batch("", received, device), product)
        row = result.events.to_pylist()[0] if result.events.num_rows else None
        reason = "" if row else result.unparsed.to_pylist()[0]["reason"]
        found.append(Case(sample["case"], message, dict(flat(sample["expected"])), row, reason))
    return found


def flat(value: dict[str, Any], front: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from flat(inner, f"{front}{key}.")
        else:
            yield front + key, inner


def verdicts(case: Case) -> list[Verdict]:
    """One for every comparable field that the makers expect a value in."""
    row = case.row or {}
    found = []
    for field, theirs in case.expected.items():
        check = _check(field, row)
        if check is None or _says_nothing(theirs):
            continue
        ours, equal = check
        wanted = theirs if isinstance(theirs, list) else [theirs]
        found.append(Verdict(case.name, field, theirs, ours, any(equal(one, each) for one in wanted for each in ours)))
    return found


def _says_nothing(theirs: Any) -> bool:
    return theirs in (None, "", "-", "N/A") or theirs == []


def _check(field: str, row: Row) -> tuple[tuple[Any, ...], Callable[[Any, Any], bool]] | None:
    if field in TIMES:
        return (row.get(TIMES[field]), row.get("time") if field == "event.start" else None), _same_time
    if field in SUMS:
        whole, *ways = (row.get(name) for name in SUMS[field])
        return (whole, sum(way or 0 for way in ways)), _same
    if field == "event.duration":
        return (row.get("duration"),), _same_duration
    if field == "event.outcome":
        return ((row.get("status_id"),), _same_outcome) if row.get("class_uid") == AUTHENTICATION else None
    if field == "network.iana_number" or field == "network.transport":
        return (row.get(COLUMNS[field][0]),), _same_protocol
    if field.endswith("user.name") or field == "user.domain":
        return tuple(_values(row, (*_USER, "user.domain", "user.groups", "email.from"))), _same_account
    if field in COLUMNS:
        ours = tuple(_values(row, COLUMNS[field]))
        return ours, _is_part if field in PART_OF else _same
    return None


def _values(row: Row, names: tuple[str, ...]) -> Iterator[Any]:
    for name in names:
        value = row.get(name)
        yield from value if isinstance(value, list) else [value]


def _spelt(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    text = str(value).replace("\\\\", "\\").replace("\\\\", "\\").strip().strip("'\"{}").casefold().removeprefix("tls")
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text.strip().rstrip(".")


def _same(theirs: Any, ours: Any) -> bool:
    return ours is not None and _spelt(theirs) == _spelt(ours)


def _is_part(theirs: Any, ours: Any) -> bool:
    return ours is not None and str(theirs).casefold().removeprefix("https://") in str(ours).casefold()


def _same_account(theirs: Any, ours: Any) -> bool:
    """``name@domain`` stays one name with us; they may split it."""
    return _same(theirs, ours) or (ours is not None and any(_same(theirs, part) for part in str(ours).split("@", 1)))


def _same_time(theirs: Any, ours: Any) -> bool:
    return ours is not None and abs(dt.datetime.fromisoformat(str(theirs)) - ours) < SECOND


def _same_duration(theirs: Any, ours: Any) -> bool:
    return ours is not None and float(theirs) in (ours * 1_000_000, ours, ours / 1000)


def _same_outcome(theirs: Any, ours: Any) -> bool:
    return ours in OUTCOMES.get(str(theirs).lower(), (None, 0))


def _same_protocol(theirs: Any, ours: Any) -> bool:
    word = str(theirs).lower()
    return ours is not None and ours in (word, PROTOCOLS_BY_NUMBER.get(word))
