"""Addresses in one spelling, and on which side of the device they are.

Rules, indicators and searches compare addresses as text, so each address has one text: dotted
decimal, or IPv6 as RFC 5952 writes it. Suricata writes IPv6 in full (``2001:0db8:0000:...``).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_network
from typing import NamedTuple

from sekisho.ocsf.device import Network
from sekisho.ocsf.finding import Direction

ADDRESSES_REMEMBERED_MAX = 4096
SERVICE_PORT_END = 1024
"""Ports below this belong to servers; clients take theirs from above."""

HOME, OUTSIDE, LINK, NOWHERE = range(4)
"""Sides of the device: the contractor's, the world's, the link itself (never forwarded), and no address at all."""

_LINK_NETWORKS = tuple(
    ip_network(cidr)
    for cidr in (
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/128", "::1/128", "fe80::/10", "ff00::/8"),
    )
)


class Address(NamedTuple):
    """``text`` is the one spelling, None for what is no address; ``full`` is IPv6 with every digit written."""

    text: str | None
    full: str | None
    side: int


ABSENT = Address(None, None, NOWHERE)


class AddressBook:
    """Every address that a device reports, looked up once and remembered within a limit."""

    def __init__(self, home_networks: Iterable[Network]) -> None:
        self._sides = [*_masks(home_networks, HOME), *_masks(_LINK_NETWORKS, LINK)]
        self._known: dict[str, Address] = {}

    def look_up(self, written: str) -> Address:
        """The address that ``written`` is, in any spelling."""
        found = self._known.get(written)
        if found is None:
            if len(self._known) >= ADDRESSES_REMEMBERED_MAX:
                self._known.clear()
            found = self._known[written] = self._read(written)
        return found

    def _read(self, written: str) -> Address:
        family = socket.AF_INET6 if ":" in written else socket.AF_INET
        try:
            packed = socket.inet_pton(family, written)
        except (OSError, ValueError):
            return ABSENT
        side = self._side(family, int.from_bytes(packed, "big"))
        if family == socket.AF_INET:
            return Address(written, written, side)
        return Address(socket.inet_ntop(family, packed), packed.hex(":", 2), side)

    def _side(self, family: int, number: int) -> int:
        for network_family, mask, network, side in self._sides:
            if network_family == family and number & mask == network:
                return side
        return OUTSIDE


def _masks(networks: Iterable[Network], side: int) -> list[tuple[int, int, int, int]]:
    return [
        (
            socket.AF_INET if network.version == 4 else socket.AF_INET6,
            int(network.netmask),
            int(network.network_address),
            side,
        )
        for network in networks
    ]


_DIRECTIONS: dict[tuple[int, int], Direction] = {
    (HOME, HOME): "lateral",
    (HOME, OUTSIDE): "outbound",
    (OUTSIDE, HOME): "inbound",
    **{(LINK, other): "local" for other in (HOME, OUTSIDE, LINK)},
    **{(other, LINK): "local" for other in (HOME, OUTSIDE, LINK)},
}


def direction(initiator_side: int, responder_side: int) -> Direction:
    """Who opened the connection to whom. ``unknown`` where neither end is the contractor's, or one is missing."""
    return _DIRECTIONS.get((initiator_side, responder_side), "unknown")
