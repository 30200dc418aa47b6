"""IPv4 as the policy writes it: an address, a network, a range; and why a text is none of them.

IPv6 is refused by name, also where it dresses an IPv4 address (::ffff:192.0.2.1): the service is IPv4 only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, collapse_addresses
from ipaddress import summarize_address_range as _summarize

from sekisho_wire.policy.words import Words

_OBJECT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def is_object_name(entry: str) -> bool:
    """Does this entry name an object? Addresses start with a digit, names with a letter."""
    return _OBJECT_NAME.fullmatch(entry) is not None


def range_of(entry: str) -> tuple[IPv4Address, IPv4Address]:
    """First and last address of an address, a network or a range; ValueError if it is none."""
    first, dash, last = entry.partition("-")
    if dash:
        ends = IPv4Address(first), IPv4Address(last)
        if ends[0] > ends[1]:
            raise ValueError(entry)
        return ends
    network = IPv4Network(entry)
    return network.network_address, network.broadcast_address


def networks_of(entry: str) -> list[IPv4Network]:
    """The fewest networks that cover an entry exactly."""
    return list(_summarize(*range_of(entry)))


def collapsed(entries: Iterable[str]) -> list[str]:
    """Addresses in their one canonical writing: sorted, merged networks, each with its prefix length."""
    networks = [network for entry in entries for network in networks_of(entry)]
    return [str(network) for network in collapse_addresses(networks)]


def wrong_entry(entry: str) -> Words | None:
    """Why an entry is no IPv4 address, network or range; None if it is one."""
    try:
        range_of(entry)
    except ValueError:
        return _reason(entry, "IPv4のアドレス・ネットワーク・範囲", "IPv4 address, network or range")
    return None


def wrong_network(entry: str) -> Words | None:
    """Why an entry is no IPv4 network."""
    try:
        IPv4Network(entry)
    except ValueError:
        return _reason(entry, "IPv4のネットワーク", "IPv4 network")
    return None


def wrong_address(entry: str) -> Words | None:
    """Why an entry is no single IPv4 address."""
    try:
        IPv4Address(entry)
    except ValueError:
        return _reason(entry, "IPv4のアドレス", "IPv4 address")
    return None


def _reason(entry, ja, en):
    if _is_ipv6(entry):
        return Words(
            f"{entry!r} はIPv6です。このサービスはIPv4だけです",
            f"{entry!r} is not an {en}: IPv6 is not part of the service",
        )
    if meant := _without_host_bits(entry):
        return Words(
            f"{entry!r} はネットワークの先頭ではありません({meant} のことですか)",
            f"{entry!r} is not an {en}: it has host bits set; did you mean {meant!r}?",
        )
    return Words(f"{entry!r} は{ja}ではありません", f"{entry!r} is not an {en}")


def _is_ipv6(entry):
    try:
        IPv6Address(entry.partition("/")[0].partition("-")[0])
    except AddressValueError:
        return False
    return True


def _without_host_bits(entry):
    try:
        return str(IPv4Network(entry, strict=False)) if "/" in entry else None
    except ValueError:
        return None
