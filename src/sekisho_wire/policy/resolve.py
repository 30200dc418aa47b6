"""A policy without names: objects and groups replaced by what they stand for, switched-off rules left out.

This is what renderers work from, and it means the same to every engine as the policy that it came from.
Works for a policy without ``problems``; idempotent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from sekisho_wire.policy.model import SecurityPolicy
from sekisho_wire.policy.objects import Service


def resolved(policy: SecurityPolicy) -> SecurityPolicy:
    """The same policy with networks and services in place of the names of objects."""
    if policy.schema == 1:
        return policy
    addresses = {item.name: item.entries for item in policy.addresses}
    services = {item.name: item.entries for item in policy.services}

    def plain(item):
        return _plain(item, addresses, services)

    return replace(
        policy,
        addresses=(),
        services=(),
        rules=tuple(plain(rule) for rule in policy.rules if rule.enabled),
        port_forwards=tuple(plain(forward) for forward in policy.port_forwards if forward.enabled),
        source_nat=tuple(map(plain, policy.source_nat)),
        intrusion=replace(policy.intrusion, exceptions=tuple(map(plain, policy.intrusion.exceptions))),
        applications=replace(policy.applications, rules=tuple(map(plain, policy.applications.rules))),
        tls=replace(policy.tls, exempt_addresses=expanded(policy.tls.exempt_addresses, addresses)),
        bandwidth=replace(policy.bandwidth, classes=tuple(map(plain, policy.bandwidth.classes))),
    )


def expanded(entries: Sequence, objects: Mapping[str, Sequence]) -> tuple:
    """Entries with each name replaced by what it stands for, each thing once, in order of first appearance."""
    found: dict = {}
    for entry in entries:
        inner = expanded(objects[entry], objects) if _is_name(entry, objects) else (entry,)
        found |= dict.fromkeys(inner)
    return tuple(found)


def _is_name(entry, objects):
    return not isinstance(entry, Service) and entry in objects


def _plain(item, addresses, services):
    fields = item.__struct_fields__
    changes = {side: expanded(getattr(item, side), addresses) for side in ("source", "destination") if side in fields}
    if "services" in fields:
        changes["services"] = expanded(item.services, services)
    return replace(item, **changes)
