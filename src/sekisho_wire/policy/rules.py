"""The firewall's ordered rules, and address translation."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sekisho_wire.policy.kinds import ENTRIES_MAX, Name, Port, Strict, Title
from sekisho_wire.policy.objects import Addresses, Service

Stage = Literal["first", "normal", "last"]
STAGES: tuple[Stage, ...] = ("first", "normal", "last")
"""Rules of an earlier stage are asked first, so that a template can both begin and end the list of every line."""

Services = Annotated[tuple[Service | Name, ...], msgspec.Meta(max_length=ENTRIES_MAX)]


class FirewallRule(Strict):
    """First match decides; what no rule matches is dropped. Empty addresses or services mean any.

    A rule that is not ``enabled`` stays in the document and does nothing.
    """

    name: Name
    from_zone: str
    to_zone: str
    action: Literal["allow", "drop", "reject"]
    source: Addresses = ()
    destination: Addresses = ()
    services: Services = ()
    source_negated: bool = False
    destination_negated: bool = False
    schedule: Name | None = None
    log: bool = False
    enabled: bool = True
    stage: Stage = "normal"
    title: Title = ""
    comment: Title = ""


class PortForward(Strict):
    """Connections to ``address``:``port`` of a zone are sent on to a host inside, and thereby allowed.

    ``port_last`` and ``to_port`` make a range: port N of the range goes to ``to_port`` + N.
    ``source`` restricts who may come; empty means anybody.
    """

    name: Name
    zone: str
    address: str
    protocol: Literal["tcp", "udp"]
    port: Port
    to_address: str
    to_port: Port
    port_last: Port | None = None
    source: Addresses = ()
    enabled: bool = True
    title: Title = ""


class StaticNat(Strict):
    """One outside address stands for one host inside, in both directions. Firewall rules still decide."""

    name: Name
    zone: str
    address: str
    to_address: str
    title: Title = ""


class SourceNat(Strict):
    """Connections that leave by ``zone`` from ``source`` show one of ``to_addresses``: an address or a range.

    No ``to_addresses`` means the address of the zone's interface. First match decides, before ``masquerade_zones``.
    """

    name: Name
    zone: str
    source: Addresses = ()
    destination: Addresses = ()
    to_addresses: tuple[str, ...] = ()
    title: Title = ""
