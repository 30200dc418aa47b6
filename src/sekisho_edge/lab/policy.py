"""The lab's own policy: what a small company with a web shop behind its UTM would have."""

from __future__ import annotations

from sekisho_edge.lab import site
from sekisho_wire.policy import (
    FirewallRule,
    IntrusionPrevention,
    PortForward,
    SecurityPolicy,
    Service,
    Zone,
)

_WEB = Service("tcp", (80, 443))
_NAMES = (Service("udp", (53,)), Service("tcp", (53,)))


def lab_policy(intrusion: IntrusionPrevention = IntrusionPrevention()) -> SecurityPolicy:  # noqa: B008 - frozen
    """Inside may use web, mail and DNS outside; the shop is published; the server may reach the outside.

    That last rule is the mistake which many real sites make, and which lets an implant call home.
    """
    return SecurityPolicy(
        schema=1,
        revision=1,
        zones=(
            Zone("lan", "lan", ("192.168.10.0/24",), inside=True),
            Zone("dmz", "dmz", ("192.168.20.0/24",), inside=True),
            Zone("wan", "wan"),
        ),
        rules=(
            FirewallRule("lan-web", "lan", "wan", "allow", services=(_WEB,)),
            FirewallRule("lan-names", "lan", "wan", "allow", services=_NAMES),
            FirewallRule("lan-mail", "lan", "wan", "allow", services=(Service("tcp", (25, 587)),)),
            FirewallRule("lan-ping", "lan", "wan", "allow", services=(Service("icmp"),)),
            FirewallRule("lan-shop", "lan", "dmz", "allow", services=(Service("tcp", (site.SERVER_PORT,)),)),
            FirewallRule("server-out", "dmz", "wan", "allow"),
            FirewallRule("dmz-lan", "dmz", "lan", "reject"),
        ),
        masquerade_zones=("wan",),
        port_forwards=(PortForward("shop", "wan", site.WAN_ADDRESS, "tcp", 80, site.SERVER_ADDRESS, site.SERVER_PORT),),
        intrusion=intrusion,
    )
