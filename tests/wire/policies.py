"""Valid policies for Hypothesis to draw: everything refers to what is there."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_wire.policy import (
    AddressObject,
    ApplicationFilter,
    ApplicationRule,
    CategoryRule,
    FirewallRule,
    IntrusionPrevention,
    Once,
    PortForward,
    Schedule,
    SecurityPolicy,
    Service,
    ServiceObject,
    SignatureException,
    UrlFilter,
    Weekly,
    Zone,
)

LAN = Zone("lan", "eth1", ("192.168.1.0/24",), inside=True)
WAN = Zone("wan", "eth0")
ENTRIES = ("10.0.0.0/24", "10.0.0.0/25", "10.0.0.128/25", "10.0.1.7", "10.0.1.7/32", "10.0.1.5-10.0.1.9")
NAMES = ("alpha", "beta", "gamma", "delta")
SERVICES = (Service("tcp", (80, 443)), Service("tcp", ("80-90",)), Service("udp", (53,)), Service("icmp"))
SCHEDULES = (
    Schedule("work", weekly=(Weekly(("mon", "fri"), "09:00", "17:30"),)),
    Schedule("move", once=(Once("2026-05-01T09:00", "2026-05-02T09:00"),)),
)


def policy(**parts) -> SecurityPolicy:
    return SecurityPolicy(**({"schema": 2, "revision": 1, "zones": (LAN, WAN)} | parts))


def few(elements, most=3):
    return st.lists(elements, max_size=most).map(tuple)


def named(strategy_of, most=4):
    """Things with distinct names, in any order."""
    names = st.lists(st.sampled_from(NAMES), unique=True, max_size=most)
    return names.flatmap(lambda chosen: st.tuples(*map(strategy_of, chosen)))


def _address(name):
    return st.builds(
        AddressObject, st.just(name), st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=3).map(tuple)
    )


def _service(name):
    return st.builds(ServiceObject, st.just(name), st.lists(st.sampled_from(SERVICES), min_size=1).map(tuple))


def _rule(name, addresses, services):
    places = few(st.sampled_from([*ENTRIES, *addresses]))
    return st.builds(
        FirewallRule,
        st.just(name),
        st.sampled_from(["any", "lan"]),
        st.sampled_from(["any", "wan"]),
        st.sampled_from(["allow", "drop", "reject"]),
        source=places,
        destination=places,
        services=few(st.sampled_from([*SERVICES, *services])),
        schedule=st.sampled_from([None, "work", "move"]),
        log=st.booleans(),
        enabled=st.booleans(),
    )


def _forward(name):
    port = NAMES.index(name) + 8000
    inside = st.sampled_from(["192.168.1.5", "192.168.1.6"])
    return inside.map(lambda to: PortForward(name, "wan", "203.0.113.2", "tcp", port, to, 80))


def _exception(name):
    return st.builds(SignatureException, st.just(name), st.integers(1, 9), st.sampled_from(["silence", "alert"]))


@st.composite
def policies(draw) -> SecurityPolicy:
    addresses, services = draw(named(_address)), draw(named(_service))
    if addresses:
        addresses += (AddressObject("group", tuple(item.name for item in addresses)),)
    reach = [item.name for item in addresses], [item.name for item in services]
    url = UrlFilter(("dns",), draw(named(lambda name: st.just(CategoryRule(name, "block")))), ("example.com",))
    applications = named(lambda name: st.builds(ApplicationRule, st.just(name), st.sampled_from(["allow", "block"])))
    return policy(
        revision=draw(st.integers(1, 9)),
        addresses=addresses,
        services=services,
        schedules=SCHEDULES,
        rules=draw(named(lambda name: _rule(name, *reach))),
        port_forwards=draw(named(_forward)),
        masquerade_zones=draw(st.sampled_from([(), ("wan",)])),
        url=draw(st.sampled_from([UrlFilter(), url])),
        applications=ApplicationFilter(draw(applications)),
        intrusion=IntrusionPrevention(
            mode=draw(st.sampled_from(["off", "detect", "prevent"])),
            silenced_sids=draw(few(st.integers(1, 5))),
            exceptions=draw(named(_exception)),
        ),
    )


def renamed(whole: SecurityPolicy, old: str, new: str) -> SecurityPolicy:
    """The policy with an address object called otherwise, everywhere; written anew, not with the code under test."""

    def told(entries):
        return tuple(new if entry == old else entry for entry in entries)

    return replace(
        whole,
        addresses=tuple(
            replace(item, name=new if item.name == old else item.name, entries=told(item.entries))
            for item in whole.addresses
        ),
        rules=tuple(
            replace(rule, source=told(rule.source), destination=told(rule.destination)) for rule in whole.rules
        ),
    )
