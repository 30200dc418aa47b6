"""What this box is: its own addresses, its name servers, its definitions. Asks the kernel; needs no privileges."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from functools import cache
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
    definitions = definitions_of(state)
    return Places(
        state,
        definitions,
        addresses,
        _resolvers(),
        squid=squid_version(),
        clamd=_has_clamd(definitions),
        sandbox=state / "sandbox.sock",
        upstream_roots=roots if (roots := state / "inspection" / "roots.pem").exists() else None,
    )


@cache
def squid_version() -> tuple[int, int]:
    """Of the Squid that is installed; (0, 0) for none."""
    with contextlib.suppress(CommandFailed, OSError):
        if found := re.search(r"Version (\d+)\.(\d+)", run(["squid", "-v"])):
            return int(found[1]), int(found[2])
    return 0, 0


def _has_clamd(definitions):
    return shutil.which("clamd") is not None and any((definitions / "clamav").glob("*"))


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
