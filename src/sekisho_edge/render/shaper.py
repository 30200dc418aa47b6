"""Policy -> bandwidth: classes for ``tc`` (HTB), and the firewall's rules that put each packet into its class. Pure.

nftables writes the class into the packet's priority, and HTB takes it from there, so that tc needs no classifier and
the kernel none of tc's. What leaves by the outside is shaped there, what goes to the inside is shaped on the way in:
by the firewall's view it already has the address of the inside host, also behind NAT and proxies. Where several
interfaces share one direction, their packets meet in an intermediate device (IFB), because the line is one.

Rates are those of frames on the wire. What has no class goes into ``rest``; what stays inside is not shaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekisho_edge.render.address_sets import AddressSets
from sekisho_edge.render.expressions import (
    ACCEPT,
    Expression,
    add_chain,
    add_rule,
    leaves_by,
    match,
    meta,
    one_of,
    original,
    payload,
)
from sekisho_edge.render.services import ports
from sekisho_wire.policy import BandwidthClass, SecurityPolicy, Service
from sekisho_wire.policy.check_functions import ACCESS_KBPS
from sekisho_wire.policy.resolve import expanded

MAJOR = 0x5EC
"""Our queueing disciplines are known by this number, and only those are ever removed."""
LINE, FIRST_CLASS, REST = 0x1, 0x10, 0xFF
REST_PERCENT_MIN = 1
"""What has no class keeps at least this share of the line: the box speaks to its centre there."""
UP, DOWN = "sk-up", "sk-down"
BURST_MILLISECONDS = 2
BURST_BYTES_MIN = 16_000
QUANTUM_BYTES_MIN, QUANTUM_BYTES_MAX = 1_514, 200_000
LEAF = "leaf"
"""In place of the queue inside a class: root puts in the best that its kernel has."""
CHAIN_PRIORITY = -150

_ECHOES = {8: 0, 13: 14, 15: 16, 17: 18}
"""ICMP questions and their answers: both belong to the conversation's class."""


@dataclass(frozen=True)
class _Share:
    minor: int
    rate_kbps: int
    limit_kbps: int


def capacity_kbps(policy: SecurityPolicy) -> int | None:
    """What the line carries by its access item, or None: then nothing is shaped."""
    return ACCESS_KBPS.get(policy.bandwidth.access_item or "")


def render(policy: SecurityPolicy) -> str:
    """Both directions of a policy without ``problems``: lines for ``tc -batch``, ``device NAME`` for an IFB to make.

    Empty when nothing is shaped.
    """
    capacity = capacity_kbps(policy)
    if capacity is None:
        return ""
    lines: list[str] = []
    for device, names in ((UP, _interfaces(policy, inside=False)), (DOWN, _interfaces(policy, inside=True))):
        if len(names) == 1:
            lines += _tree(names[0], _shares(policy, capacity))
        elif names:
            lines += [f"device {device}", *_tree(device, _shares(policy, capacity))]
            lines += [line for name in names for line in _redirect(name, device)]
    return "".join(f"{line}\n" for line in lines)


def marks(policy: SecurityPolicy, sets: AddressSets) -> list[Expression]:
    """The chain that names each packet's class, before its source is translated."""
    if capacity_kbps(policy) is None:
        return []
    outside, inside = _interfaces(policy, inside=False), _interfaces(policy, inside=True)
    commands = [add_chain("bandwidth", ("filter", "postrouting", CHAIN_PRIORITY))]
    for chain, side in (("bandwidth_up", "saddr"), ("bandwidth_down", "daddr")):
        commands += [add_chain(chain), *_class_rules(policy, sets, chain, side)]
    if outside:
        commands.append(add_rule("bandwidth", leaves_by(*outside), {"jump": {"target": "bandwidth_up"}}))
    if inside:
        elsewhere = match(meta("iifname"), one_of(inside), "!=")  # also the box itself, which may be a proxy
        commands.append(add_rule("bandwidth", elsewhere, leaves_by(*inside), {"jump": {"target": "bandwidth_down"}}))
    return commands


def _class_rules(policy, sets, chain, side):
    services = {item.name: item.entries for item in policy.services}
    rules = []
    for number, item in enumerate(policy.bandwidth.classes):
        place = sets.matches(side, item.source)
        rules += [
            add_rule(chain, *place, *service, _priority(FIRST_CLASS + number), ACCEPT, comment=item.name)
            for service in _services(item, services)
        ]
    return [*rules, add_rule(chain, _priority(REST))]


def _services(item: BandwidthClass, objects) -> Iterable[list[Expression]]:
    """A connection's service is that of its first packet, also for what comes back."""
    services: Sequence[Service] = expanded(item.services, objects)
    return [_service(service) for service in services] or [[]]


def _service(service):
    if service.icmp_type is not None:
        types = {service.icmp_type, _ECHOES.get(service.icmp_type, service.icmp_type)}
        return [match(payload("icmp", "type"), one_of(sorted(types)))]
    matches = [match(meta("l4proto"), service.protocol)]
    if service.source_ports:
        matches.append(match(original("proto-src"), ports(service.source_ports)))
    if service.ports:
        matches.append(match(original("proto-dst"), ports(service.ports)))
    return matches


def _priority(minor):
    return {"mangle": {"key": meta("priority"), "value": MAJOR << 16 | minor}}


def _shares(policy, capacity):
    classes = policy.bandwidth.classes
    left = capacity - sum(item.guaranteed_kbps for item in classes)
    shares = [
        _Share(FIRST_CLASS + number, item.guaranteed_kbps, min(item.limit_kbps or capacity, capacity))
        for number, item in enumerate(classes)
    ]
    return [
        _Share(LINE, capacity, capacity),
        *shares,
        _Share(REST, max(left, capacity * REST_PERCENT_MIN // 100), capacity),
    ]


def _tree(device, shares):
    root = f"{MAJOR:x}:"
    lines = [f"qdisc add dev {device} root handle {root} htb"]
    for share in shares:
        parent = root if share.minor == LINE else f"{root}{LINE:x}"
        lines.append(f"class add dev {device} parent {parent} classid {root}{share.minor:x} htb {_rates(share)}")
    return lines + [f"qdisc add dev {device} parent {root}{share.minor:x} {LEAF}" for share in shares[1:]]


def _rates(share):
    """Spare capacity is shared by quantum, so in the proportion of what is guaranteed."""
    quantum = min(max(share.rate_kbps * 10 // 8, QUANTUM_BYTES_MIN), QUANTUM_BYTES_MAX)
    return (
        f"rate {share.rate_kbps}kbit ceil {share.limit_kbps}kbit burst {_burst(share.rate_kbps)}b "
        f"cburst {_burst(share.limit_kbps)}b quantum {quantum}"
    )


def _burst(kbps):
    return max(kbps * BURST_MILLISECONDS // 8, BURST_BYTES_MIN)


def _redirect(interface, device):
    root = f"{MAJOR:x}:"
    everything = "protocol all u32 match u32 0 0"
    return [
        f"qdisc add dev {interface} root handle {root} htb",
        f"filter add dev {interface} parent {root} {everything} action mirred egress redirect dev {device}",
    ]


def _interfaces(policy, *, inside):
    return tuple(dict.fromkeys(zone.interface for zone in policy.zones if zone.inside is inside))
