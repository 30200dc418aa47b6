"""Firewall rules and address translation: places that exist, order that holds, outside ports that are free."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from sekisho_wire.policy.addresses import wrong_address, wrong_entry
from sekisho_wire.policy.check_objects import (
    SCHEDULE,
    ZONE,
    address_problems,
    service_problems,
    taken_names,
    unknown,
)
from sekisho_wire.policy.kinds import ANY
from sekisho_wire.policy.rules import STAGES, PortForward
from sekisho_wire.policy.words import Problem, Words, problem

FORWARD = Words("ポート転送", "forward")


class Names:
    """What can be referred to in one policy, looked up once."""

    def __init__(self, policy) -> None:
        self.zones = frozenset(zone.name for zone in policy.zones)
        self.addresses = {item.name: item.entries for item in policy.addresses}
        self.services = {item.name: item.entries for item in policy.services}
        self.schedules = frozenset(item.name for item in policy.schedules)

    def zone_problems(self, pointer: str, name: str, *, any_too: bool = False) -> Iterator[Problem]:
        if name not in self.zones and not (any_too and name == ANY):
            yield unknown(pointer, name, self.zones, ZONE)


def rule_problems(policy, names: Names) -> Iterator[Problem]:
    yield from taken_names("/rules", policy.rules, Words("ルール", "rule"))
    for i, rule in enumerate(policy.rules):
        yield from _rule_problems(f"/rules/{i}", rule, names)
    yield from _stage_problems(policy.rules)


def _rule_problems(pointer, rule, names):
    for side in ("from_zone", "to_zone"):
        yield from names.zone_problems(f"{pointer}/{side}", getattr(rule, side), any_too=True)
    yield from address_problems(f"{pointer}/source", rule.source, names.addresses)
    yield from address_problems(f"{pointer}/destination", rule.destination, names.addresses)
    yield from service_problems(f"{pointer}/services", rule.services, names.services)
    if rule.schedule is not None and rule.schedule not in names.schedules:
        yield unknown(f"{pointer}/schedule", rule.schedule, names.schedules, SCHEDULE)
    for side in ("source", "destination"):
        if getattr(rule, f"{side}_negated") and not getattr(rule, side):
            yield problem(
                f"{pointer}/{side}_negated", "「any以外」に当たるものはありません", "nothing is other than any"
            )


def _stage_problems(rules):
    reached = 0
    for i, rule in enumerate(rules):
        if STAGES.index(rule.stage) < reached:
            yield problem(
                f"/rules/{i}/stage",
                f"{rule.stage} のルールが後の段階のルールより下にあります",
                f"a rule of stage {rule.stage!r} stands below one of a later stage",
            )
        reached = max(reached, STAGES.index(rule.stage))


def nat_problems(policy, names: Names) -> Iterator[Problem]:
    yield from _forward_problems(policy, names)
    yield from _source_nat_problems(policy, names)
    yield from _static_nat_problems(policy, names)
    for i, name in enumerate(policy.masquerade_zones):
        yield from names.zone_problems(f"/masquerade_zones/{i}", name)


def _forward_problems(policy, names):
    taken: dict[tuple, list[tuple[int, int]]] = {}
    if policy.schema > 1:
        yield from taken_names("/port_forwards", policy.port_forwards, FORWARD)
    for i, forward in enumerate(policy.port_forwards):
        pointer = f"/port_forwards/{i}"
        yield from names.zone_problems(f"{pointer}/zone", forward.zone)
        yield from _single_addresses(pointer, forward)
        yield from address_problems(f"{pointer}/source", forward.source, names.addresses)
        yield from _forwarded_ports(pointer, forward)
        others = taken.setdefault((forward.zone, forward.address, forward.protocol), [])
        ports = forward.port, forward.port_last or forward.port
        if any(ports[0] <= last and first <= ports[1] for first, last in others):
            yield problem(
                f"{pointer}/port",
                "別のポート転送がこのアドレスとポートを使っています",
                "another forward has this address and port",
            )
        others.append(ports)


def _forwarded_ports(pointer, forward: PortForward):
    if forward.port_last is None:
        return
    if forward.port_last < forward.port:
        yield problem(f"{pointer}/port_last", "最後のポートが最初より前です", "the last port is before the first")
    elif forward.to_port + forward.port_last - forward.port > 65_535:
        yield problem(f"{pointer}/to_port", "転送先のポートが65535を超えます", "the range goes past port 65535 inside")


def _single_addresses(pointer, item):
    for attribute in ("address", "to_address"):
        if words := wrong_address(getattr(item, attribute)):
            yield Problem(f"{pointer}/{attribute}", words)


def _source_nat_problems(policy, names):
    yield from taken_names("/source_nat", policy.source_nat, Words("送信元変換", "source translation"))
    for i, item in enumerate(policy.source_nat):
        pointer = f"/source_nat/{i}"
        yield from names.zone_problems(f"{pointer}/zone", item.zone)
        yield from address_problems(f"{pointer}/source", item.source, names.addresses)
        yield from address_problems(f"{pointer}/destination", item.destination, names.addresses)
        for j, entry in enumerate(item.to_addresses):
            if words := wrong_entry(entry):
                yield Problem(f"{pointer}/to_addresses/{j}", words)


def _static_nat_problems(policy, names):
    yield from taken_names("/static_nat", policy.static_nat, Words("1対1変換", "static translation"))
    taken: set[tuple[str, str]] = set()
    for i, item in enumerate(policy.static_nat):
        pointer = f"/static_nat/{i}"
        yield from names.zone_problems(f"{pointer}/zone", item.zone)
        found = list(_single_addresses(pointer, item))
        yield from found
        if not found and (item.zone, item.address) in taken:
            yield problem(
                f"{pointer}/address", "別の1対1変換が使っています", "another static translation has this address"
            )
        if not found and IPv4Address(item.address) == IPv4Address(item.to_address):
            yield problem(f"{pointer}/to_address", "同じアドレスです", "translates an address to itself")
        taken.add((item.zone, item.address))
