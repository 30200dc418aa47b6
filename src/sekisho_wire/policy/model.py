"""The security policy of one line, as the centre states it and the edge enforces it.

Typed, versioned and complete: an edge needs nothing else to render its engines. IPv4 only, as the service is.
``read_policy`` refuses what is not of this shape; ``sekisho_wire.policy.problems`` lists everything that is of the
right shape and yet can't be enforced. Schemas only add: a policy of schema 1 is one of schema 2 that uses nothing
new (``upgraded``), and one that uses something new can't say that it is of schema 1.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec

from sekisho_wire.policy.functions import (
    AntiMalware,
    ApplicationFilter,
    Bandwidth,
    IntrusionPrevention,
    Logging,
    Mail,
    Sandbox,
    TlsInspection,
    UrlFilter,
)
from sekisho_wire.policy.kinds import (
    FORWARDS_MAX,
    OBJECTS_MAX,
    POLICY_BYTES_MAX,
    RULES_MAX,
    SCHEDULES_MAX,
    ZONES_MAX,
    Strict,
    Title,
)
from sekisho_wire.policy.objects import AddressObject, Schedule, ServiceObject, Zone
from sekisho_wire.policy.rules import FirewallRule, PortForward, SourceNat, StaticNat
from sekisho_wire.policy.shape import Object, shape_problems
from sekisho_wire.policy.words import problem, refused

SCHEMA = 2
_OBJECTS = msgspec.Meta(max_length=OBJECTS_MAX)
_FORWARDS = msgspec.Meta(max_length=FORWARDS_MAX)


class SecurityPolicy(Strict):
    """Everything that the edge of one line enforces, as one revision."""

    schema: Literal[1, 2]
    revision: Annotated[int, msgspec.Meta(ge=1)]
    zones: Annotated[tuple[Zone, ...], msgspec.Meta(min_length=1, max_length=ZONES_MAX)]
    rules: Annotated[tuple[FirewallRule, ...], msgspec.Meta(max_length=RULES_MAX)] = ()
    masquerade_zones: tuple[str, ...] = ()
    port_forwards: Annotated[tuple[PortForward, ...], _FORWARDS] = ()
    intrusion: IntrusionPrevention = IntrusionPrevention()
    title: Title = ""
    addresses: Annotated[tuple[AddressObject, ...], _OBJECTS] = ()
    services: Annotated[tuple[ServiceObject, ...], _OBJECTS] = ()
    schedules: Annotated[tuple[Schedule, ...], msgspec.Meta(max_length=SCHEDULES_MAX)] = ()
    source_nat: Annotated[tuple[SourceNat, ...], _FORWARDS] = ()
    static_nat: Annotated[tuple[StaticNat, ...], _FORWARDS] = ()
    url: UrlFilter = UrlFilter()
    applications: ApplicationFilter = ApplicationFilter()
    malware: AntiMalware = AntiMalware()
    sandbox: Sandbox = Sandbox()
    tls: TlsInspection = TlsInspection()
    mail: Mail = Mail()
    bandwidth: Bandwidth = Bandwidth()
    logging: Logging = Logging()

    def zone(self, name: str) -> Zone:
        """The zone of that name; KeyError if ``problems`` was not asked first."""
        for zone in self.zones:
            if zone.name == name:
                return zone
        raise KeyError(name)


def read_policy(text: bytes) -> SecurityPolicy:
    """A policy from its JSON, or PolicyError with everything that is wrong with its shape."""
    return policy_of(read_document(text))


def read_document(text: bytes) -> Any:
    """Any JSON, with repeated keys remembered for ``shape_problems``; PolicyError if it is none, or too long."""
    if len(text) > POLICY_BYTES_MAX:
        raise refused(
            problem("", f"{POLICY_BYTES_MAX}バイトを超えています", f"longer than {POLICY_BYTES_MAX} bytes: {len(text)}")
        )
    try:
        return json.loads(text, object_pairs_hook=Object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refused(problem("", f"JSONとして読めません: {error}", f"malformed JSON: {error}")) from error


def policy_of(document: Any) -> SecurityPolicy:
    """A policy from a decoded document, or PolicyError."""
    if found := shape_problems(document, SecurityPolicy):
        raise refused(*found)
    try:
        return msgspec.convert(document, SecurityPolicy)
    except msgspec.ValidationError as error:  # what the walk does not know yet is still refused
        raise refused(problem("", f"形が正しくありません: {error}", str(error))) from error


def write_policy(policy: SecurityPolicy) -> bytes:
    """The policy as JSON with sorted keys and without defaults, so that equal policies have equal bytes."""
    return msgspec.json.encode(policy, order="sorted")


def upgraded(policy: SecurityPolicy) -> SecurityPolicy:
    """The same policy, of the newest schema; it means the same to every engine."""
    return msgspec.structs.replace(policy, schema=SCHEMA)


def _no_constant(text):
    raise ValueError(f"{text} is no number")
