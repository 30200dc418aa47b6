"""Everything about a policy that is of the right shape and yet can't, or may not, be enforced."""

from __future__ import annotations

from collections.abc import Iterator

from sekisho_wire.policy.check_applications import application_problems
from sekisho_wire.policy.check_functions import function_setting_problems
from sekisho_wire.policy.check_objects import object_problems, zone_problems
from sekisho_wire.policy.check_rules import Names, nat_problems, rule_problems
from sekisho_wire.policy.model import SecurityPolicy
from sekisho_wire.policy.powers import EVERYTHING, Powers, feature_problems, function_problems
from sekisho_wire.policy.words import Problem, problem

_SCHEMA_1_PROTOCOLS = ("tcp", "udp", "icmp")
_NEW_IN_2 = {
    "": (
        "title", "addresses", "services", "schedules", "source_nat", "static_nat", "url", "applications", "malware",
        "sandbox", "tls", "mail", "bandwidth", "logging",
    ),
    "rules": (
        "source_negated", "destination_negated", "schedule", "log", "enabled", "stage", "title", "comment",
    ),
    "port_forwards": ("port_last", "source", "enabled", "title"),
    "zones": ("title",),
    "intrusion": ("profile", "exceptions"),
}  # fmt: skip


def problems(policy: SecurityPolicy, powers: Powers = EVERYTHING) -> list[Problem]:
    """All problems, not the first; empty when the policy can be enforced by who has these ``powers``."""
    names = Names(policy)
    return [
        *zone_problems(policy),
        *object_problems(policy),
        *rule_problems(policy, names),
        *nat_problems(policy, names),
        *function_setting_problems(policy, names, powers),
        *application_problems(policy, names, powers),
        *function_problems(policy, powers),
        *feature_problems(policy, powers),
        *(_schema_problems(policy) if policy.schema == 1 else ()),
    ]


def _schema_problems(policy) -> Iterator[Problem]:
    """A policy that says schema 1 is one that an edge which knows only schema 1 can read."""
    for section, new in _NEW_IN_2.items():
        value = getattr(policy, section) if section else policy
        for i, item in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
            at = "/".join(part for part in ("", section, None if i is None else str(i)) if part is not None)
            yield from _uses_of_new(at.rstrip("/"), item, new)
    for i, rule in enumerate(policy.rules):
        for j, service in enumerate(rule.services):
            if not _is_schema_1_service(service):
                yield _too_new(f"/rules/{i}/services/{j}")


def _uses_of_new(pointer, item, new):
    defaults = dict(zip(reversed(item.__struct_fields__), reversed(item.__struct_defaults__), strict=False))
    for name in new:
        if getattr(item, name) != defaults[name]:
            yield _too_new(f"{pointer}/{name}")


def _is_schema_1_service(service):
    plain = not isinstance(service, str) and not service.source_ports and service.icmp_type is None
    return plain and service.protocol in _SCHEMA_1_PROTOCOLS and all(isinstance(port, int) for port in service.ports)


def _too_new(pointer):
    return problem(
        pointer, "スキーマ2の項目です。schema を 2 にしてください", "belongs to schema 2; say so in 'schema'"
    )
