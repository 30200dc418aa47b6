"""What this box is: its own addresses, its name servers, its definitions. Asks the kernel; needs no privileges."""

from __future__ import annotations

import contextlib
import json
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from sekisho_edge.command import CommandFailed, run
from sekisho_edge.daemons.frame import Places
from sekisho_wire.policy import SecurityPolicy

SHIPPED = Path(__file__).parent.parent / "definitions"
RESOLV_CONF = Path("/etc/resolv.conf")


def places_of(state: Path, policy: SecurityPolicy) -> Places:
    """The places of this box, as its engines get to know them."""
    interfaces = {zone.interface: zone.name for zone in policy.zones if zone.inside}
    addresses = {interfaces[name]: address for name, address in _addresses() if name in interfaces}
    return Places(state, definitions_of(state), addresses, _resolvers())


def definitions_of(state: Path) -> Path:
    """The definitions in force: what came from the centre, else what the package ships."""
    current = state / "definitions" / "current"
    return current.resolve() if current.exists() else SHIPPED


def _addresses():
    """(interface, its first IPv4 address), of this network namespace."""
    with contextlib.suppress(CommandFailed):
        for link in json.loads(run(["ip", "-json", "-4", "addr"]) or "[]"):
            for address in link.get("addr_info", ())[:1]:
                yield link["ifname"], address["local"]


def _resolvers():
    """IPv4 name servers that the box itself uses; one on the box itself would ask in a circle."""
    found = []
    with contextlib.suppress(OSError):
        for line in RESOLV_CONF.read_text().splitlines():
            word, _, server = line.partition(" ")
            with contextlib.suppress(AddressValueError):
                if word == "nameserver" and not IPv4Address(server.strip()).is_loopback:
                    found.append(server.strip())
    return tuple(found)
