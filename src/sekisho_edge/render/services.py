"""Services of a rule -> the fewest matches that say the same: ports of one protocol become one set. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sekisho_edge.render.address_sets import merged
from sekisho_edge.render.expressions import Expression, interval, match, meta, one_of, payload
from sekisho_wire.policy import Service
from sekisho_wire.policy.check_objects import port_range
from sekisho_wire.policy.resolve import expanded


def service_matches(
    entries: Sequence[Service | str], objects: Mapping[str, Sequence], protocols: Sequence[str] = ()
) -> list[list[Expression]]:
    """Alternatives, each a list of matches; one empty alternative for no services, which mean any.

    With ``protocols`` only what can be one of them.
    """
    services = expanded(entries, objects)
    if not services:
        return [[]]
    if protocols:
        services = [service for service in services if service.protocol in protocols]
    plain: dict[str, list[Service]] = {}
    single: list[list[Expression]] = []
    for service in services:
        if service.source_ports or service.icmp_type is not None:
            single.append(_single(service))
        else:
            plain.setdefault(service.protocol, []).append(service)
    return [*(_ported(protocol, alike) for protocol, alike in plain.items()), *single]


def ports(entries: Iterable[int | str]) -> object:
    """Ports and ranges as one right-hand side."""
    return one_of(interval(first, last) for first, last in merged([port_range(entry) for entry in entries]))


def _ported(protocol, services):
    if not all(service.ports for service in services):
        return [match(meta("l4proto"), protocol)]
    return [match(payload(protocol, "dport"), ports(port for service in services for port in service.ports))]


def _single(service):
    if service.icmp_type is not None:
        return [match(payload("icmp", "type"), service.icmp_type)]
    matches = [match(payload(service.protocol, "sport"), ports(service.source_ports))]
    if service.ports:
        matches.append(match(payload(service.protocol, "dport"), ports(service.ports)))
    return matches
