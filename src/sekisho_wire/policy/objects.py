"""Zones and what rules refer to by name: addresses, services, schedules.

``title`` keeps what people call a thing; ``name`` is what rules and engines call it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sekisho_wire.policy.kinds import (
    ENTRIES_MAX,
    Interface,
    LocalMoment,
    Name,
    Port,
    PortRange,
    Strict,
    TimeOfDay,
    Title,
)

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PORT_PROTOCOLS = ("tcp", "udp", "sctp")

Addresses = Annotated[tuple[str, ...], msgspec.Meta(max_length=ENTRIES_MAX)]
"""Each entry: an IPv4 address, a network (192.0.2.0/24), a range (192.0.2.1-192.0.2.9), or an address object."""


class Zone(Strict):
    """A side of the edge: one interface, and the IPv4 networks that live behind it.

    ``inside`` marks the contractor's own networks: what the sensor protects.
    """

    name: Name
    interface: Interface
    networks: tuple[str, ...] = ()
    inside: bool = False
    title: Title = ""


class AddressObject(Strict):
    """A named set of addresses; an entry may name another object, which makes this one a group."""

    name: Name
    entries: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=ENTRIES_MAX)]
    title: Title = ""
    comment: Title = ""


class Service(Strict):
    """A protocol and, for TCP, UDP and SCTP, its destination ports. No ports means all of them."""

    protocol: Literal["tcp", "udp", "icmp", "sctp", "gre", "esp", "ah"]
    ports: tuple[Port | PortRange, ...] = ()
    source_ports: tuple[Port | PortRange, ...] = ()
    icmp_type: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None


class ServiceObject(Strict):
    """A named set of services; an entry that is text names another object."""

    name: Name
    entries: Annotated[tuple[Service | Name, ...], msgspec.Meta(min_length=1, max_length=ENTRIES_MAX)]
    title: Title = ""
    comment: Title = ""


class Weekly(Strict):
    """Every week on these days; an end at or before the start is on the following day."""

    days: Annotated[tuple[Day, ...], msgspec.Meta(min_length=1, max_length=7)]
    start: TimeOfDay = "00:00"
    end: TimeOfDay = "24:00"


class Once(Strict):
    """From one moment to another, in Japan time; the end is the first minute that is outside."""

    start: LocalMoment
    end: LocalMoment


class Schedule(Strict):
    """When a rule is in force: in any of these times. Outside of them the rule does not exist."""

    name: Name
    weekly: tuple[Weekly, ...] = ()
    once: tuple[Once, ...] = ()
    title: Title = ""
