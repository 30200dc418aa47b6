"""The security policy of one line, as the centre states it and the edge enforces it.

Typed, versioned and complete: an edge needs nothing else to render its firewall and its intrusion
prevention. IPv4 only, as the service is. Reading has two steps: ``read_policy`` refuses what is not
of this shape, ``problems`` lists everything that is of the right shape and yet can't be enforced.
This is schema 1: firewall, NAT and intrusion prevention. Later schemas add, they do not change.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

import msgspec

SCHEMA = 1
RULES_MAX = 5_000
ZONES_MAX = 64

ANY = "any"
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,30}$")]
Interface = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,14}$")]


class PolicyError(Exception):
    """The text is no policy of this schema; the message names the place, such as ``$.rules[3].action``."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A misspelt key is an error: a setting that is silently ignored protects nobody."""


class Zone(_Strict):
    """A side of the edge: one interface, and the IPv4 networks that live behind it.

    ``inside`` marks the contractor's own networks: what the sensor protects.
    """

    name: Name
    interface: Interface
    networks: tuple[str, ...] = ()
    inside: bool = False


class Service(_Strict):
    """A protocol and, for TCP and UDP, its destination ports. No ports means all of them."""

    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[Port, ...] = ()


class FirewallRule(_Strict):
    """First match decides; what no rule matches is dropped. Empty addresses or services mean any."""

    name: Name
    from_zone: str
    to_zone: str
    action: Literal["allow", "drop", "reject"]
    source: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()


class PortForward(_Strict):
    """Connections to ``address``:``port`` of a zone are sent on to a host inside."""

    name: Name
    zone: str
    address: str
    protocol: Literal["tcp", "udp"]
    port: Port
    to_address: str
    to_port: Port


class IntrusionPrevention(_Strict):
    """How the sensor sits in the line.

    ``detect`` only reports; ``prevent`` also drops what the signatures of severity Major and Critical match.
    ``failure`` says what happens to traffic while the sensor is down: ``open`` lets it pass uninspected.
    ``inspect_bytes_max`` ends the inspection of a connection after that many bytes; 0 means never.
    """

    mode: Literal["off", "detect", "prevent"] = "detect"
    failure: Literal["open", "closed"] = "open"
    inspect_bytes_max: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0
    silenced_sids: tuple[int, ...] = ()


class SecurityPolicy(_Strict):
    """Everything that the edge of one line enforces, as one revision."""

    schema: Literal[1]
    revision: Annotated[int, msgspec.Meta(ge=1)]
    zones: Annotated[tuple[Zone, ...], msgspec.Meta(min_length=1, max_length=ZONES_MAX)]
    rules: Annotated[tuple[FirewallRule, ...], msgspec.Meta(max_length=RULES_MAX)] = ()
    masquerade_zones: tuple[str, ...] = ()
    port_forwards: tuple[PortForward, ...] = ()
    intrusion: IntrusionPrevention = IntrusionPrevention()

    def zone(self, name: str) -> Zone:
        """The zone of that name; KeyError if ``problems`` was not asked first."""
        for zone in self.zones:
            if zone.name == name:
                return zone
        raise KeyError(name)


class Problem(msgspec.Struct, frozen=True):
    """One thing that can't be enforced: where in the policy, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_policy(text: bytes) -> SecurityPolicy:
    """A policy from its JSON, or PolicyError with the place."""
    try:
        return msgspec.json.decode(text, type=SecurityPolicy)
    except msgspec.MsgspecError as error:
        raise PolicyError(str(error)) from error


def write_policy(policy: SecurityPolicy) -> bytes:
    """The policy as JSON with sorted keys, so that equal policies have equal bytes."""
    return msgspec.json.encode(policy, order="sorted")


def problems(policy: SecurityPolicy) -> list[Problem]:
    """All problems, not the first; empty when the policy can be enforced."""
    zones = {zone.name for zone in policy.zones}
    return [
        *_zone_problems(policy),
        *_rule_problems(policy, zones),
        *_forward_problems(policy, zones),
        *(
            Problem(f"masquerade_zones[{i}]", f"no zone is called {name!r}")
            for i, name in enumerate(policy.masquerade_zones)
            if name not in zones
        ),
    ]


def _zone_problems(policy):
    found = []
    for attribute in ("name", "interface"):
        seen: set[str] = set()
        for i, zone in enumerate(policy.zones):
            value = getattr(zone, attribute)
            if value in seen:
                found.append(Problem(f"zones[{i}].{attribute}", f"{value!r} is taken by another zone"))
            seen.add(value)
    for i, zone in enumerate(policy.zones):
        found += _network_problems(f"zones[{i}].networks", zone.networks)
        if zone.name == ANY:
            found.append(Problem(f"zones[{i}].name", "'any' means every zone"))
    if not any(zone.inside and zone.networks for zone in policy.zones):
        found.append(Problem("zones", "no zone is inside: the sensor would protect nothing"))
    return found


def _rule_problems(policy, zones):
    found = []
    names: set[str] = set()
    for i, rule in enumerate(policy.rules):
        place = f"rules[{i}]"
        if rule.name in names:
            found.append(Problem(f"{place}.name", f"{rule.name!r} is taken by another rule"))
        names.add(rule.name)
        for side in ("from_zone", "to_zone"):
            zone = getattr(rule, side)
            if zone != ANY and zone not in zones:
                found.append(Problem(f"{place}.{side}", f"no zone is called {zone!r}"))
        found += _network_problems(f"{place}.source", rule.source)
        found += _network_problems(f"{place}.destination", rule.destination)
        found += [
            Problem(f"{place}.services[{j}].ports", "ICMP has no ports")
            for j, service in enumerate(rule.services)
            if service.protocol == "icmp" and service.ports
        ]
    return found


def _forward_problems(policy, zones):
    found = []
    taken: set[tuple] = set()
    for i, forward in enumerate(policy.port_forwards):
        place = f"port_forwards[{i}]"
        if forward.zone not in zones:
            found.append(Problem(f"{place}.zone", f"no zone is called {forward.zone!r}"))
        found += [
            Problem(f"{place}.{attribute}", "not an IPv4 address")
            for attribute in ("address", "to_address")
            if not _is_address(getattr(forward, attribute))
        ]
        outside = (forward.zone, forward.address, forward.protocol, forward.port)
        if outside in taken:
            found.append(Problem(f"{place}.port", "another forward has this address and port"))
        taken.add(outside)
    return found


def _network_problems(place, networks):
    return [
        Problem(f"{place}[{i}]", f"{network!r} is not an IPv4 network")
        for i, network in enumerate(networks)
        if not _is_network(network)
    ]


def _is_network(text):
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        return False
    return True


def _is_address(text):
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
