"""Address translation of a policy, for nftables' nat hooks. Pure.

Order decides: forwards of a port go before a host's own address, single addresses before the masquerade.
"""

from __future__ import annotations

from dataclasses import dataclass

from sekisho_edge.render.address_sets import AddressSets, written
from sekisho_edge.render.expressions import (
    ACCEPT,
    COUNTER,
    Expression,
    add_rule,
    comes_by,
    interval,
    leaves_by,
    match,
    meta,
    one_of,
    original,
    payload,
)
from sekisho_wire.policy import PortForward, SecurityPolicy, SourceNat, StaticNat


@dataclass(frozen=True)
class OwnNames:
    """Clients may ask the box itself for names: then its resolver's silence would be theirs too.

    ``addresses`` are the box's own inside; ``resolver`` is whom the box asks.
    """

    addresses: tuple[str, ...]
    resolver: str


def own_names_passed_on(policy: SecurityPolicy, own: OwnNames | None) -> list[Expression]:
    """Questions to the box itself that its resolver is not there for: to whom the box asks. Nothing else has them."""
    if own is None or "dns" not in policy.url.layers or policy.intrusion.failure == "closed":
        return []
    asked = match(payload("ip", "daddr"), one_of(own.addresses))
    to = {"dnat": {"family": "ip", "addr": own.resolver}}
    zones = comes_by(*(zone.interface for zone in policy.zones if zone.inside))
    return [
        add_rule("prerouting", zones, asked, match(payload(protocol, "dport"), 53), COUNTER, to, comment="own-names")
        for protocol in ("udp", "tcp")
    ]


def accepted_own_names(policy: SecurityPolicy, own: OwnNames | None) -> list[Expression]:
    """They may pass, because they were sent on."""
    if not own_names_passed_on(policy, own):
        return []
    dnat = match({"ct": {"key": "status"}}, "dnat", "in")
    aimed = match(original("ip daddr"), one_of(own.addresses))
    port = match(original("proto-dst"), 53)
    return [
        add_rule("forward", dnat, match(meta("l4proto"), kind), aimed, port, COUNTER, ACCEPT, comment="own-names")
        for kind in ("udp", "tcp")
    ]


def prerouting(policy: SecurityPolicy, sets: AddressSets) -> list[Expression]:
    """Where connections from outside really go."""
    forwards = [_forward(policy, forward, sets) for forward in policy.port_forwards if forward.enabled]
    return forwards + [_static_in(policy, item) for item in policy.static_nat]


def postrouting(policy: SecurityPolicy, sets: AddressSets) -> list[Expression]:
    """Whom connections to the outside seem to come from."""
    rules = [_static_out(policy, item) for item in policy.static_nat]
    rules += [_source(policy, item, sets) for item in policy.source_nat]
    if outside := [policy.zone(name).interface for name in policy.masquerade_zones]:
        rules.append(add_rule("postrouting", leaves_by(*outside), COUNTER, {"masquerade": None}))
    return rules


def accepted_forward(policy: SecurityPolicy, forward: PortForward) -> Expression:
    """A forwarded connection is allowed because it was forwarded: one statement, not two that can disagree."""
    return add_rule(
        "forward",
        comes_by(policy.zone(forward.zone).interface),
        match({"ct": {"key": "status"}}, "dnat", "in"),
        match(meta("l4proto"), forward.protocol),
        match(original("ip daddr"), forward.address),
        match(original("proto-dst"), interval(forward.port, forward.port_last or forward.port)),
        COUNTER,
        ACCEPT,
        comment=forward.name,
    )


def _forward(policy, forward, sets):
    last = forward.port_last or forward.port
    return add_rule(
        "prerouting",
        comes_by(policy.zone(forward.zone).interface),
        match(payload("ip", "daddr"), forward.address),
        match(payload(forward.protocol, "dport"), interval(forward.port, last)),
        *sets.matches("saddr", forward.source),
        COUNTER,
        {"dnat": {"family": "ip", "addr": forward.to_address, "port": _to_port(forward, last)}},
        comment=forward.name,
    )


def _to_port(forward, last):
    """Nat with a range of ports picks any of them; only a map keeps the N-th port the N-th."""
    if last == forward.port:
        return forward.to_port
    pairs = [[forward.port + n, forward.to_port + n] for n in range(last - forward.port + 1)]
    return {"map": {"key": payload(forward.protocol, "dport"), "data": {"set": pairs}}}


def _static_in(policy, item: StaticNat):
    return add_rule(
        "prerouting",
        comes_by(policy.zone(item.zone).interface),
        match(payload("ip", "daddr"), item.address),
        COUNTER,
        {"dnat": {"family": "ip", "addr": item.to_address}},
        comment=item.name,
    )


def _static_out(policy, item: StaticNat):
    return add_rule(
        "postrouting",
        leaves_by(policy.zone(item.zone).interface),
        match(payload("ip", "saddr"), item.to_address),
        COUNTER,
        {"snat": {"family": "ip", "addr": item.address}},
        comment=item.name,
    )


def _source(policy, item: SourceNat, sets):
    return add_rule(
        "postrouting",
        leaves_by(policy.zone(item.zone).interface),
        *sets.matches("saddr", item.source),
        *sets.matches("daddr", item.destination),
        COUNTER,
        _shown(sets.intervals(item.to_addresses)) if item.to_addresses else {"masquerade": None},
        comment=item.name,
    )


def _shown(intervals):
    """One address or range as it is; of several pieces each source always shows the same address."""
    if len(intervals) == 1:
        first, last = map(written, intervals[0])
        return {"snat": {"family": "ip", "addr": interval(first, last)}}
    addresses = [written(address) for first, last in intervals for address in range(first, last + 1)]
    key = {"jhash": {"mod": len(addresses), "expr": payload("ip", "saddr")}}
    pairs = [[n, address] for n, address in enumerate(addresses)]
    return {"snat": {"family": "ip", "addr": {"map": {"key": key, "data": {"set": pairs}}}}}
