"""The lab's map: who is where, with which address. Pure; ``lab.py`` makes it real.

    pc1  pc2          server
      \\  |              |
     [ lan ]          [ dmz ]
          \\            /
           \\          /
             [ utm ] ---- mgmt ---- the machine that runs the platform
                |
              [ wan ]
                |
            internet ---- www  sns  mail  dns  attacker

``internet`` is a router with a bridge: one wire, on which all outside networks live. Addresses come
from the documentation ranges (RFC 5737) and RFC 1918: nothing here exists anywhere else.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

PREFIX = re.compile(r"[a-z][a-z0-9]{0,7}")
"""Interface names have 15 characters and carry the prefix."""

UTM = "utm"
INTERNET = "internet"
WAN_ADDRESS = "203.0.113.2"
SERVER_ADDRESS = "192.168.20.10"
SERVER_PORT = 8080
ATTACKER_ADDRESS = "192.0.2.66"
DNS_ADDRESS = "192.0.2.53"
MAIL_ADDRESS = "198.51.100.25"
BEACON_PORT = 4444


@dataclass(frozen=True)
class Host:
    """A machine with one interface. ``segment`` is the wire it hangs on."""

    name: str
    segment: str
    address: str
    gateway: str

    @property
    def interface_address(self) -> str:
        return f"{self.address}/24"


@dataclass(frozen=True)
class Segment:
    """A wire: the bridge that carries it, in ``owner``, with the addresses that the owner has on it."""

    name: str
    owner: str
    addresses: tuple[str, ...]


SEGMENTS = (
    Segment("lan", UTM, ("192.168.10.1/24",)),
    Segment("dmz", UTM, ("192.168.20.1/24",)),
    Segment("wan", INTERNET, ("203.0.113.1/24", "198.51.100.1/24", "192.0.2.1/24")),
)

HOSTS = (
    Host("pc1", "lan", "192.168.10.11", "192.168.10.1"),
    Host("pc2", "lan", "192.168.10.12", "192.168.10.1"),
    Host("server", "dmz", SERVER_ADDRESS, "192.168.20.1"),
    Host(UTM, "wan", WAN_ADDRESS, "203.0.113.1"),
    Host("www", "wan", "198.51.100.10", "198.51.100.1"),
    Host("sns", "wan", "198.51.100.20", "198.51.100.1"),
    Host("mail", "wan", MAIL_ADDRESS, "198.51.100.1"),
    Host("dns", "wan", DNS_ADDRESS, "192.0.2.1"),
    Host("attacker", "wan", ATTACKER_ADDRESS, "192.0.2.1"),
)

NAMESPACES = (INTERNET, *(host.name for host in HOSTS))

NAMES = {
    "www.lab.example": "198.51.100.10",
    "news.lab.example": "198.51.100.10",
    "sns.lab.example": "198.51.100.20",
    "mail.lab.example": MAIL_ADDRESS,
    "shop.lab.example": WAN_ADDRESS,
    "cdn.badhost.example": ATTACKER_ADDRESS,
}

MANAGEMENT_NETWORKS = [
    ipaddress.IPv4Network((int(ipaddress.IPv4Address("169.254.200.0")) + 4 * i, 30)) for i in range(1024)
]
"""Candidates for the wire between the UTM and this machine: link-local, so never routed."""


@dataclass(frozen=True)
class Management:
    """The two ends of the management wire."""

    platform_address: str
    utm_address: str


def choose_management(prefix: str, taken: set[str]) -> Management:
    """A free pair of addresses; starts at a place that depends on the prefix, so that labs seldom meet."""
    start = sum(ord(letter) * 31**i for i, letter in enumerate(prefix))
    for i in range(len(MANAGEMENT_NETWORKS)):
        platform, utm = MANAGEMENT_NETWORKS[(start + i) % len(MANAGEMENT_NETWORKS)].hosts()
        if not {str(platform), str(utm)} & taken:
            return Management(str(platform), str(utm))
    raise LookupError("every management network is taken")


def host(name: str) -> Host:
    """The host of that name; KeyError otherwise."""
    for candidate in HOSTS:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
