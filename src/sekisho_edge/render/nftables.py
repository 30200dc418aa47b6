"""Policy -> packet filter, as text for ``nft -f`` and, where the kernel needs it, ``iptables-nft-restore``.

Pure. One transaction replaces the whole table ``inet sekisho``, so there is never a moment with half a
policy. Order in the forward hook: the firewall decides first (priority -5), then the sensor sees what is
allowed (priority 0), so that dropped packets cost no inspection.

Kernels without NFT_QUEUE can still queue through the xtables target (``Attach.XTABLES_QUEUE``): then the
hand-over to the sensor is a second small text. Never restore from ``nft list ruleset`` there: its output
can't be loaded again. Render from the stored policy instead.
"""

from __future__ import annotations

import enum

from sekisho_wire.policy import ANY, FirewallRule, PortForward, SecurityPolicy, Service, resolved

QUEUE_NUMBER = 0
SKIP_MARK = 0x1
"""Packet mark of connections past the inspection limit; the sensor isn't asked about them any more."""


class Attach(enum.StrEnum):
    """How packets reach the sensor, best first."""

    NFT_QUEUE = "nft-queue"
    XTABLES_QUEUE = "xtables-queue"
    TAP = "tap"
    """No queue in this kernel: the sensor only listens (AF_PACKET) and can't stop anything."""

    @property
    def inline(self) -> bool:
        return self is not Attach.TAP


def render(policy: SecurityPolicy, attach: Attach, management_interface: str = "") -> str:
    """The nft script of a policy without ``problems``. The management wire never forwards."""
    policy = resolved(policy)
    chains = [
        _inspection_limit(policy) if policy.intrusion.inspect_bytes_max else "",
        _forward(policy, management_interface),
        _inspect(policy) if attach is Attach.NFT_QUEUE and policy.intrusion.mode != "off" else "",
        _input(policy, management_interface),
        _prerouting(policy),
        _postrouting(policy),
    ]
    body = "\n".join(chain for chain in chains if chain)
    return (
        f"# Policy revision {policy.revision}\n"
        f"add table inet sekisho\ndelete table inet sekisho\ntable inet sekisho {{\n{body}}}\n"
    )


def render_xtables(policy: SecurityPolicy, attach: Attach) -> str:
    """The ``iptables-nft-restore`` script that hands packets to the sensor; empty of rules when nothing does."""
    lines = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"]
    if attach is Attach.XTABLES_QUEUE and policy.intrusion.mode != "off":
        skip = f"-m mark ! --mark {SKIP_MARK:#x}/{SKIP_MARK:#x} " if policy.intrusion.inspect_bytes_max else ""
        bypass = " --queue-bypass" if policy.intrusion.failure == "open" else ""
        lines.append(f"-A FORWARD {skip}-j NFQUEUE --queue-num {QUEUE_NUMBER}{bypass}")
    return "\n".join([*lines, "COMMIT", ""])


def _inspection_limit(policy):
    limit = policy.intrusion.inspect_bytes_max
    return _chain(
        "inspection_limit",
        "type filter hook forward priority -10; policy accept;",
        [f"ct bytes > {limit} meta mark set meta mark or {SKIP_MARK:#x}"],
    )


def _forward(policy, management_interface):
    lines = []
    if management_interface:
        lines += [f'iifname "{management_interface}" drop', f'oifname "{management_interface}" drop']
    lines += ["ct state invalid counter drop", "ct state established,related accept"]
    lines += [_forwarded(policy, forward) for forward in policy.port_forwards]
    for rule in policy.rules:
        lines += _rule(policy, rule)
    return _chain("forward", "type filter hook forward priority -5; policy drop;", [*lines, "counter drop"])


def _inspect(policy):
    unless = f"meta mark & {SKIP_MARK:#x} != {SKIP_MARK:#x} " if policy.intrusion.inspect_bytes_max else ""
    flags = "flags bypass " if policy.intrusion.failure == "open" else ""
    return _chain(
        "inspect",
        "type filter hook forward priority 0; policy accept;",
        [f"{unless}queue {flags}to {QUEUE_NUMBER}"],
    )


def _input(policy, management_interface):
    """The edge itself answers pings from inside and speaks to its centre; nothing else gets in."""
    lines = ['iifname "lo" accept', "ct state established,related accept"]
    inside = [zone.interface for zone in policy.zones if zone.inside]
    lines.append(f"iifname {_set(map(_quoted, inside))} icmp type echo-request limit rate 20/second accept")
    if management_interface:
        lines.append(f'iifname "{management_interface}" icmp type echo-request accept')
    return _chain("input", "type filter hook input priority 0; policy drop;", lines)


def _prerouting(policy):
    lines = [
        f'iifname "{policy.zone(forward.zone).interface}" ip daddr {forward.address} '
        f"{forward.protocol} dport {forward.port} counter dnat ip to {forward.to_address}:{forward.to_port} "
        f'comment "{forward.name}"'
        for forward in policy.port_forwards
    ]
    return _chain("prerouting", "type nat hook prerouting priority dstnat; policy accept;", lines) if lines else ""


def _postrouting(policy):
    outside = [policy.zone(name).interface for name in policy.masquerade_zones]
    lines = [f"oifname {_set(map(_quoted, outside))} counter masquerade"] if outside else []
    return _chain("postrouting", "type nat hook postrouting priority srcnat; policy accept;", lines) if lines else ""


def _forwarded(policy, forward: PortForward):
    """A forwarded connection is allowed because it was forwarded: one statement, not two that can disagree."""
    return (
        f'iifname "{policy.zone(forward.zone).interface}" ct status dnat ip daddr {forward.to_address} '
        f'{forward.protocol} dport {forward.to_port} counter accept comment "{forward.name}"'
    )


def _rule(policy, rule: FirewallRule):
    head = []
    if rule.from_zone != ANY:
        head.append(f'iifname "{policy.zone(rule.from_zone).interface}"')
    if rule.to_zone != ANY:
        head.append(f'oifname "{policy.zone(rule.to_zone).interface}"')
    if rule.source:
        head.append(f"ip saddr {_set(rule.source)}")
    if rule.destination:
        head.append(f"ip daddr {_set(rule.destination)}")
    verdict = {"allow": "accept", "drop": "drop", "reject": "reject"}[rule.action]
    tail = f'counter {verdict} comment "{rule.name}"'
    # The service is IPv4 only: without an address the family must be said.
    family = [] if rule.source or rule.destination else ["meta nfproto ipv4"]
    services = [_service(service) for service in rule.services] or [""]
    return [" ".join(filter(None, [*head, *family, service, tail])) for service in services]


def _service(service: Service):
    if service.ports:
        return f"{service.protocol} dport {_set(map(str, service.ports))}"
    return f"meta l4proto {service.protocol}"


def _chain(name, hook, lines):
    body = "".join(f"    {line}\n" for line in lines)
    return f"  chain {name} {{\n    {hook}\n{body}  }}\n"


def _set(values):
    values = list(values)
    return values[0] if len(values) == 1 else "{ " + ", ".join(values) + " }"


def _quoted(text):
    return f'"{text}"'
