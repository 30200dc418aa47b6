"""The policy model: what is refused, with its place, and that all problems are listed."""

from __future__ import annotations

import re

import pytest

from sekisho_wire.policy import (
    FirewallRule,
    PolicyError,
    PortForward,
    SecurityPolicy,
    Service,
    Zone,
    problems,
    read_policy,
    write_policy,
)

LAN = Zone("lan", "eth1", ("192.168.1.0/24",), inside=True)
WAN = Zone("wan", "eth0")


def policy(**parts) -> SecurityPolicy:
    return SecurityPolicy(**({"schema": 1, "revision": 1, "zones": (LAN, WAN)} | parts))


def places(*args, **parts) -> list[str]:
    return [problem.place for problem in problems(policy(*args, **parts))]


def test_a_policy_survives_the_wire():
    whole = policy(rules=(FirewallRule("web", "lan", "wan", "allow", services=(Service("tcp", (80, 443)),)),))
    assert read_policy(write_policy(whole)) == whole
    assert problems(whole) == []


def test_equal_policies_have_equal_bytes():
    assert write_policy(policy()) == write_policy(policy())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"schema":1,"revision":1,"zones":[{"name":"lan","interface":"eth1","inisde":true}]}', "zones[0].inisde"),
        (b'{"schema":3,"revision":1,"zones":[{"name":"lan","interface":"eth1"}]}', "schema"),
        (b'{"schema":1,"revision":0,"zones":[{"name":"lan","interface":"eth1"}]}', "revision"),
        (b'{"schema":1,"revision":1,"zones":[{"name":"lan","interface":"e; rm"}]}', "zones[0].interface"),
        (b'{"schema":1,"revision":1,"zones":[{"name":"L\\"AN","interface":"eth1"}]}', "zones[0].name"),
        (b"not json", "malformed"),
    ],
    ids=["a misspelt key", "another schema", "no revision", "an interface name", "a zone name", "no JSON"],
)
def test_what_is_not_of_this_shape_is_refused_with_its_place(text: bytes, place: str):
    with pytest.raises(PolicyError, match=re.escape(place)):
        read_policy(text)


def test_a_port_outside_its_range_is_refused():
    text = write_policy(policy(rules=(FirewallRule("a", "lan", "wan", "allow", services=(Service("tcp", (80,)),)),)))
    with pytest.raises(PolicyError, match="ports"):
        read_policy(text.replace(b"[80]", b"[80000]"))


def test_a_rule_for_a_zone_that_is_not_there_is_a_problem():
    assert places(rules=(FirewallRule("a", "lan", "moon", "allow"),)) == ["rules[0].to_zone"]


def test_any_zone_is_fine_in_a_rule():
    assert places(rules=(FirewallRule("a", "any", "any", "drop"),)) == []


def test_ipv6_and_nonsense_are_no_networks():
    rule = FirewallRule("a", "lan", "wan", "allow", source=("2001:db8::/32",), destination=("x; flush ruleset",))
    assert places(rules=(rule,)) == ["rules[0].source[0]", "rules[0].destination[0]"]


def test_names_and_interfaces_are_unique():
    assert places(zones=(LAN, Zone("lan", "eth1"))) == ["zones[1].name", "zones[1].interface"]
    assert places(rules=(FirewallRule("a", "lan", "wan", "drop"),) * 2) == ["rules[1].name"]


def test_a_line_without_an_inside_protects_nothing():
    assert places(zones=(WAN,)) == ["zones"]


def test_two_forwards_cannot_share_an_outside_port():
    forward = PortForward("a", "wan", "203.0.113.2", "tcp", 80, "192.168.1.5", 8080)
    assert places(port_forwards=(forward, forward)) == ["port_forwards[1].port"]


def test_a_forward_needs_addresses_and_a_zone():
    forward = PortForward("a", "moon", "example.org", "tcp", 80, "192.168.1.0/24", 8080)
    assert places(port_forwards=(forward,)) == [
        "port_forwards[0].zone",
        "port_forwards[0].address",
        "port_forwards[0].to_address",
    ]


def test_icmp_has_no_ports_and_masquerade_needs_a_zone():
    rule = FirewallRule("a", "lan", "wan", "allow", services=(Service("icmp", (8,)),))
    assert places(rules=(rule,), masquerade_zones=("moon",)) == ["rules[0].services[0].ports", "masquerade_zones[0]"]
