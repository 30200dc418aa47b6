"""Addresses in one spelling, and on which side of the device they are.

Rules, indicators and searches compare addresses as text, so each address has one text: dotted
decimal, or IPv6 as RFC 5952 writes it. Suricata writes IPv6 in full (``2001:0db8:0000:...``).
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import ip_network

import msgspec

from sekisho.ocsf.device import Network
from sekisho.ocsf.finding import Direction

ADDRESSES_REMEMBERED_MAX = 4096
SERVICE_PORT_END = 1024
"""Ports below this belong to servers; clients take theirs from above."""

_IPV4, _IPV6 = int(socket.AF_INET), int(socket.AF_INET6)

HOME, OUTSIDE, LINK, NOWHERE = range(4)
"""Sides of the device: the contractor's, the world's, the link itself (never forwarded), and no address at all."""

_LINK_NETWORKS = tuple(
    ip_network(cidr)
    for cidr in (
        *("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32"),
        *("::/128", "::1/128", "fe80::/10", "ff00::/8"),
    )
)


class Address(msgspec.Struct, frozen=True, gc=False):
    """``text`` is the one spelling, None for what is no address; ``full`` is IPv6 with every digit written."""

    text: str | None
    full: str | None
    side: int


ABSENT = Address(None, None, NOWHERE)


class AddressBook:
    """Every address that a device reports, looked up once and remembered within a limit."""

    def __init__(self, home_networks: Iterable[Network]) -> None:
        sides = sides_of(home_networks)
        self._sides_4 = _by_first_byte(sides, 4)
        self._sides_6 = _by_first_byte(sides, 6)
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
        try:
            if ":" in written:
                packed = socket.inet_pton(_IPV6, written)
                side = _side(packed, self._sides_6)
                return Address(socket.inet_ntop(_IPV6, packed), packed.hex(":", 2), side)
            return Address(written, written, _side(socket.inet_pton(_IPV4, written), self._sides_4))
        except (OSError, ValueError):
            return ABSENT


def sides_of(home_networks: Iterable[Network]) -> list[tuple[Network, int]]:
    """(network, side) of all that are not OUTSIDE; the first that an address lies in counts."""
    return [*((network, HOME) for network in home_networks), *((network, LINK) for network in _LINK_NETWORKS)]


def _side(packed: bytes, sides: list[list[tuple[int, int, int]]]) -> int:
    for mask, network, side in sides[packed[0]]:
        if int.from_bytes(packed, "big") & mask == network:
            return side
    return OUTSIDE


def _by_first_byte(sides: list[tuple[Network, int]], version: int) -> list[list[tuple[int, int, int]]]:
    """For each first byte of an address, the (mask, network, side) that it may lie in: mostly none or one."""
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(256)]
    for network, side in sides:
        if network.version == version:
            first, last = network.network_address.packed[0], network.broadcast_address.packed[0]
            for byte in range(first, last + 1):
                found[byte].append((int(network.netmask), int(network.network_address), side))
    return found


DIRECTIONS: tuple[tuple[Direction, ...], ...] = (
    # to home, outside, link, nowhere
    ("lateral", "outbound", "local", "unknown"),
    ("inbound", "unknown", "local", "unknown"),
    ("local", "local", "local", "unknown"),
    ("unknown", "unknown", "unknown", "unknown"),
)
"""Side of who opened the connection, side of who answered -> direction."""


def direction(initiator_side: int, responder_side: int) -> Direction:
    """Who opened the connection to whom. ``unknown`` where neither end is the contractor's, or one is missing."""
    return DIRECTIONS[initiator_side][responder_side]
