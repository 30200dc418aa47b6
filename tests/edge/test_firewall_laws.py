"""What holds for every policy: nft takes what is rendered, and packets meet what the policy says, word by word."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sekisho_edge.render import RENDERED, nftables
from sekisho_edge.render.address_sets import ends, merged
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.time_windows import utc_spans
from sekisho_wire.policy import (
    AddressObject,
    FirewallRule,
    IntrusionPrevention,
    Logging,
    Once,
    PortForward,
    Schedule,
    SecurityPolicy,
    Service,
    ServiceObject,
    SourceNat,
    StaticNat,
    TlsInspection,
    Weekly,
    Zone,
    problems,
)
from sekisho_wire.policy.objects import DAYS

from .conftest import why_no_lab
from .packets import Packet, Wires, says, wires

RULE_SETS = 300
PACKETS_EACH = 40
SEED = 20261123

laws = settings(max_examples=60, deadline=None)
needs_root = pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-")
OFF = IntrusionPrevention(mode="off")
ZONES = (Zone("lan", "eth1", ("192.168.1.0/24", "10.1.0.0/16"), inside=True), Zone("wan", "eth0"))

addresses = st.builds(lambda a, b: f"{a}.{b}", st.sampled_from(["10.1.0", "10.1.1", "10.2.0"]), st.integers(0, 255))
entries = st.one_of(
    addresses,
    st.sampled_from(["10.1.0.0/24", "10.1.0.0/25", "10.1.1.128/25", "10.2.0.0/16", "0.0.0.0/0"]),
    st.tuples(addresses, addresses).map(lambda two: "-".join(sorted(two, key=ends))),
)
ports = st.one_of(st.integers(1, 65535), st.tuples(st.integers(1, 65535), st.integers(0, 300)).map(
    lambda two: f"{two[0]}-{min(65535, sum(two))}"))  # fmt: skip
services = st.one_of(
    st.builds(
        Service, st.sampled_from(["tcp", "udp", "sctp"]), st.lists(ports, max_size=3).map(tuple),
        source_ports=st.lists(ports, max_size=2).map(tuple),
    ),
    st.builds(Service, st.just("icmp"), icmp_type=st.one_of(st.none(), st.integers(0, 255))),
    st.sampled_from([Service("gre"), Service("esp"), Service("ah")]),
)  # fmt: skip
clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
weeks = st.builds(
    Weekly, st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple), clocks,
    clocks | st.just("24:00"),
).filter(lambda weekly: weekly.start != weekly.end)  # fmt: skip


def several(strategy, most=3, least=0):
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


@st.composite
def policies(draw) -> SecurityPolicy:
    """Policies that use everything the packet filter renders."""
    places = several(entries | st.sampled_from(["few", "many"]))
    rules = st.builds(
        FirewallRule, st.just(""), st.sampled_from(["any", "lan"]), st.sampled_from(["any", "wan"]),
        st.sampled_from(["allow", "drop", "reject"]), source=places, destination=places,
        services=several(services | st.just("named")), source_negated=st.booleans(), destination_negated=st.booleans(),
        schedule=st.sampled_from([None, "times"]), log=st.booleans(), enabled=st.booleans(),
    )  # fmt: skip
    return SecurityPolicy(
        schema=2, revision=1, zones=ZONES, intrusion=OFF,
        addresses=(
            AddressObject("few", draw(several(entries, 4, 1))),
            AddressObject("many", ("few", *(f"10.1.{n}.{n}" for n in range(0, 60, 2)))),
        ),
        services=(ServiceObject("named", draw(several(services, 3, 1))),),
        schedules=(Schedule("times", draw(several(weeks, 2)), (Once("2026-05-01T09:00", "2027-05-02T09:00"),)),),
        rules=tuple(
            replace(
                rule, name=f"r{n}", source_negated=rule.source_negated and bool(rule.source),
                destination_negated=rule.destination_negated and bool(rule.destination),
            )
            for n, rule in enumerate(draw(several(rules, 6)))
        ),
        port_forwards=draw(st.sampled_from([(), (
            PortForward("f1", "wan", "203.0.113.1", "tcp", 8000, "192.168.1.9", 80, port_last=8010, source=("few",)),
            PortForward("f2", "wan", "203.0.113.1", "udp", 53, "192.168.1.9", 5353),
        )])),
        static_nat=draw(st.sampled_from([(), (StaticNat("s1", "wan", "203.0.113.7", "192.168.1.7"),)])),
        source_nat=draw(st.sampled_from([(), (
            SourceNat("n1", "wan", ("few",), ("10.2.0.0/16",), ("203.0.113.8-203.0.113.11",)),
            SourceNat("n2", "wan", ("many",), (), ("203.0.113.20", "203.0.113.30-203.0.113.31")),
            SourceNat("n3", "wan"),
        )])),
        masquerade_zones=draw(st.sampled_from([(), ("wan",)])),
        tls=TlsInspection(quic=draw(st.sampled_from(["allow", "block"]))),
        logging=Logging(draw(st.sampled_from(["none", "refused", "all"]))),
    )  # fmt: skip


@pytest.mark.root
@needs_root
@laws
@given(policy=policies(), attach=st.sampled_from([Attach.XTABLES_QUEUE, Attach.TAP]))
def test_nft_takes_whatever_a_sound_policy_becomes(policy: SecurityPolicy, attach: Attach):
    assert problems(policy, RENDERED) == []
    text = nftables.render(policy, attach, "mgmt")
    done = subprocess.run(
        ["nft", "-j", "-c", "-f", "-"], input=text, capture_output=True, text=True, env=os.environ | {"TZ": "UTC"}
    )
    assert done.returncode == 0, done.stderr


@laws
@given(several(entries, 12))
def test_merged_intervals_cover_what_was_written_and_never_touch(written: tuple[str, ...]):
    intervals = merged([ends(entry) for entry in written])
    assert all(first <= last for first, last in intervals)
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(intervals))
    for entry in written:
        first, last = ends(entry)
        assert any(a <= first and last <= b for a, b in intervals)


@laws
@given(several(weeks, 3), st.integers(0, 7 * 24 * 60 - 1))
def test_a_minute_in_japan_is_in_the_schedule_when_its_minute_in_utc_is_in_a_span(weekly, minute: int):
    """Sunday 2026-05-03 00:00 UTC is minute 0 of the week."""
    utc = datetime(2026, 5, 3, tzinfo=UTC) + timedelta(minutes=minute)
    policy = SecurityPolicy(
        schema=2, revision=1, zones=ZONES, rules=(FirewallRule("r", "lan", "wan", "allow", schedule="times"),),
        schedules=(Schedule("times", weekly),),
    )  # fmt: skip
    stated = says(policy, Packet("10.1.0.1", "10.2.0.1", "udp"), utc) == "allow"
    assert any(start <= minute < end for start, end in utc_spans(weekly)) == stated


@pytest.fixture(scope="module")
def line() -> Iterator[Wires]:
    if reason := why_no_lab():
        pytest.skip(reason)
    with wires(f"x{os.getpid() % 1_000_000}") as made:
        yield made


@pytest.mark.root
def test_packets_meet_what_the_policy_says_in_hundreds_of_rule_sets(line: Wires):
    """Real packets through the real kernel, against a reading of the policy that knows nothing of nftables."""
    chance = random.Random(SEED)
    for turn in range(RULE_SETS):
        policy = _random_policy(chance)
        packets = [_random_packet(chance) for _ in range(PACKETS_EACH)]
        line.apply(nftables.render(policy, Attach.TAP))
        now = datetime.now(UTC)
        stated = {n for n, packet in enumerate(packets, 1) if says(policy, packet, now) == "allow"}
        wrong = line.passed(packets) ^ stated
        assert not wrong, f"set {turn}: {[packets[n - 1] for n in wrong]} in {policy.rules}"


def _random_policy(chance):
    """Also uses the clock: schedules that hold now and that don't, on this day and on others."""
    japan = datetime.now(UTC) + timedelta(hours=9)
    today = DAYS[japan.weekday()]
    hour = f"{japan.hour:02}:00"
    over = f"{(japan.hour + 2) % 24:02}:00"
    schedules = (
        Schedule("now", (Weekly((today,), hour, over),)),
        Schedule("later", (Weekly((today,), over, f"{(japan.hour + 4) % 24:02}:00"),)),
        Schedule("other-day", (Weekly((DAYS[(japan.weekday() + 3) % 7],)),)),
        Schedule("this-once", once=(Once(_moment(japan, -60), _moment(japan, 60)),)),
        Schedule("past", once=(Once(_moment(japan, -120), _moment(japan, -60)),)),
    )
    always = FirewallRule("last-packet", "lan", "wan", "allow", destination=("10.99.99.99",))
    rules = tuple(_random_rule(chance, n, schedules) for n in range(chance.randint(1, 8)))
    return SecurityPolicy(
        schema=2, revision=1, zones=ZONES, intrusion=OFF, rules=(always, *rules), schedules=schedules,
        addresses=(
            AddressObject("few", ("10.1.0.0-10.1.0.3", "10.2.0.1")),
            AddressObject("many", ("few", *(f"10.{1 + n % 2}.{n % 4}.{n % 6}" for n in range(0, 60, 2)))),
        ),
        services=(ServiceObject("named", (Service("tcp", (80, "8000-8002")), Service("icmp"))),),
    )  # fmt: skip


def _moment(japan, minutes):
    return (japan + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


def _random_rule(chance, number, schedules):
    places = ["10.1.0.0/30", "10.1.0.2", "10.2.0.0-10.2.0.2", "10.1.0.0/16", "few", "many"]
    kinds = [
        Service("tcp", (80, 443)), Service("udp", ("53-54",)), Service("tcp"), Service("icmp"), Service("gre"),
        Service("icmp", icmp_type=8), Service("udp", (53,), ("40000-40001",)), "named",
    ]  # fmt: skip
    source, destination = (tuple(chance.sample(places, chance.randint(0, 2))) for _ in range(2))
    return FirewallRule(
        f"r{number}", chance.choice(["lan", "any", "wan"]), chance.choice(["wan", "any", "lan"]),
        chance.choice(["allow", "allow", "drop", "reject"]), source=source, destination=destination,
        services=tuple(chance.sample(kinds, chance.randint(0, 2))),
        source_negated=bool(source) and chance.random() < 0.2,
        destination_negated=bool(destination) and chance.random() < 0.2,
        schedule=chance.choice([None, None, *(item.name for item in schedules)]), enabled=chance.random() < 0.9,
        log=chance.random() < 0.3,
    )  # fmt: skip


def _random_packet(chance):
    return Packet(
        f"10.1.{chance.randint(0, 3)}.{chance.randint(0, 5)}", f"10.{chance.randint(2, 3)}.0.{chance.randint(0, 3)}",
        chance.choice(["tcp", "udp", "icmp", "gre"]), chance.randint(40000, 60000),
        chance.choice([53, 54, 80, 443, 8000, 8002, 8003]), chance.choice([8, 13]),
    )  # fmt: skip
