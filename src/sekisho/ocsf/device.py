"""What must be known of a device before a line of its log can be understood."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

import msgspec

Network = IPv4Network | IPv6Network

PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""RFC 1918 and RFC 4193: taken for a contractor's own side unless the contract names others."""


class DeviceContext(msgspec.Struct, frozen=True, kw_only=True):
    """One device as the pipeline sees it.

    ``product`` names the log format ("suricata"; "auto" finds out by content), ``retention_years``
    is what the contract gave its logs on the day they arrive, ``home_networks`` are the networks on
    the contractor's side of the device: they decide ``direction``. ``time_zone`` (IANA) is what the
    device's clock shows where its lines do not say so themselves.
    """

    device: str
    contract: str
    product: str = "auto"
    retention_years: int = 1
    home_networks: tuple[Network, ...] = PRIVATE_NETWORKS
    time_zone: str = "UTC"
