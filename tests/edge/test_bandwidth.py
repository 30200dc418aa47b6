"""The bandwidth of a line in the lab: each class gets what is guaranteed, in both directions."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho_edge.helper import shaper as loader
from sekisho_edge.helper.commands import Commands
from sekisho_edge.helper.door import Refused
from sekisho_edge.lab import Lab
from sekisho_edge.lab.contention import Stream, kbps, serving
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render import RENDERED, nftables, shaper
from sekisho_edge.render.nftables import Attach
from sekisho_wire.policy import (
    AddressObject,
    Bandwidth,
    BandwidthClass,
    FirewallRule,
    IntrusionPrevention,
    SecurityPolicy,
    Service,
    Zone,
    problems,
)

from .conftest import why_no_lab
from .packets import inside
from .test_render import is_golden

WWW = "198.51.100.10"
PORTS = (5001, 5012, 5003, 5004)
SECONDS = 3.0
TOLERANCE = 0.05
LAB = (
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
)


def in_lab(test):
    for mark in LAB:
        test = mark(test)
    return test


def share(name: str, guaranteed_kbps: int, *ports: int | str, **how) -> BandwidthClass:
    services = (Service("tcp", ports),) if ports else ()
    return BandwidthClass(name, guaranteed_kbps, services=services, **how)


def policy(item: str | None = None, *classes: BandwidthClass, **changes) -> SecurityPolicy:
    both = (FirewallRule("lan", "lan", "wan", "allow"), FirewallRule("dmz", "dmz", "wan", "allow"))
    changes = {"rules": both, "bandwidth": Bandwidth(item, classes)} | changes
    made = replace(
        lab_policy(IntrusionPrevention(mode="off")),
        schema=2,
        **changes,
    )
    assert problems(made, RENDERED) == []
    return made


CLASSES = (share("ten", 10_000, 5001), share("thirty", 30_000, 5002, "5010-5019"), share("fifty", 50_000, 5003))


def test_the_classes_are_rendered_as_before():
    assert is_golden("bandwidth.tc", shaper.render(policy("guaranteed_100m", *CLASSES)))
    assert is_golden("bandwidth.json", nftables.render(policy("guaranteed_100m", *CLASSES), Attach.TAP))


def test_a_policy_without_an_access_item_shapes_nothing():
    assert shaper.render(policy()) == ""
    assert "bandwidth" not in nftables.render(policy(), Attach.TAP)


def test_one_interface_a_direction_needs_no_device_between():
    zones = (Zone("lan", "eth1", ("10.0.0.0/8",), inside=True), Zone("wan", "eth0"))
    alone = policy("guaranteed_10m", zones=zones, rules=(), masquerade_zones=(), port_forwards=())
    assert "device" not in shaper.render(alone)
    assert "dev eth1 parent 5ec:1 classid 5ec:ff htb rate 10000kbit ceil 10000kbit" in shaper.render(alone)


def test_what_has_no_class_keeps_a_hundredth_when_all_is_given_away():
    text = shaper.render(policy("guaranteed_10m", share("all", 10_000)))
    assert "classid 5ec:ff htb rate 100kbit ceil 10000kbit" in text


def test_a_class_of_addresses_is_the_inside_host_in_both_directions():
    servers = AddressObject("servers", ("192.168.20.0/24",))
    text = nftables.render(
        policy("guaranteed_10m", share("s", 1, source=("servers",)), addresses=(servers,)), Attach.TAP
    )
    for chain, side in (("bandwidth_up", "saddr"), ("bandwidth_down", "daddr")):
        (line,) = [line for line in text.splitlines() if f'"chain": "{chain}", ' in line and '"comment": "s"' in line]
        assert f'"field": "{side}"}}}}, "right": {{"prefix"' in line or f'"field": "{side}"' in line


def test_classes_on_a_line_of_unknown_capacity_are_refused():
    unknown = replace(policy(), bandwidth=Bandwidth("custom", (share("a", 1),)))
    assert [found.pointer for found in problems(unknown)] == ["/bandwidth/access_item"]
    assert problems(replace(policy(), bandwidth=Bandwidth("custom"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "qdisc del dev eth0 root",
        "qdisc add dev eth0 root handle 1: htb",
        "exec bpf pin x",
        "filter add dev eth0 parent 5ec: bpf object-file x",
        "class add dev eth0 parent 5ec: classid 5ec:1 htb rate 1kbit;x",
        "device eth0",
        "qdisc add dev -force root handle 5ec: htb",
    ],
)
def test_root_takes_no_other_line(line: str):
    with pytest.raises(Refused, match="no line of bandwidth"):
        loader.check(f"{line}\n")


@dataclass
class Line:
    """The helper's commands in the lab's UTM."""

    lab: Lab
    commands: Commands

    def apply(self, wanted: SecurityPolicy) -> None:
        text = shaper.render(wanted)
        with inside(self.lab.namespace("utm")):
            self.commands.check_shaper(text=text)
            off = nftables.render_xtables(wanted, Attach.TAP)
            self.commands.apply_filter(nft=nftables.render(wanted, Attach.TAP, "mgmt"), xtables=off)
            self.commands.prepare_forwarding()
            self.commands.apply_shaper(text=text)

    def disciplines(self) -> str:
        return self.lab.run("utm", ["tc", "qdisc", "show"]).stdout.decode()

    def measured(self, direction: str, *ports: int, host: str = "pc1", seconds: float = SECONDS) -> list[float]:
        return kbps(self.lab, [Stream(host, direction, WWW, port) for port in ports], seconds)


@pytest.fixture(scope="module")
def line(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    made = Line(lab, Commands(tmp_path_factory.mktemp("shaping")))
    with serving(lab, "www", *PORTS):
        yield made
    made.apply(policy())
    lab.run("utm", ["nft", "delete", "table", "inet", "sekisho"])


def near(value: float, expected: float) -> bool:
    return abs(value - expected) <= TOLERANCE * expected


@in_lab
@pytest.mark.parametrize("direction", ["up", "down"])
def test_under_contention_every_class_gets_what_is_guaranteed(line: Line, direction: str):
    """10, 30, 50 and the rest of 10 on a line of 100, everybody greedy, hosts of two zones."""
    line.apply(policy("guaranteed_100m", *CLASSES))
    hosts = ("pc1", "pc2", "server", "pc1")
    got = kbps(line.lab, [Stream(*it) for it in zip(hosts, [direction] * 4, [WWW] * 4, PORTS, strict=True)], SECONDS)
    assert all(near(*pair) for pair in zip(got, (10_000, 30_000, 50_000, 10_000), strict=True)), got
    line.apply(policy())
    (free,) = line.measured(direction, 5001, seconds=1.0)
    assert free > 150_000, "the same stream with shaping off"


@in_lab
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_line_carries_its_access_item_and_who_is_alone_gets_all_of_it(line: Line, direction: str):
    line.apply(policy("guaranteed_30m", share("ten", 10_000, 5001)))
    (alone,) = line.measured(direction, 5001)
    assert near(alone, 30_000), alone
    both = line.measured(direction, 5012, 5003)
    assert near(sum(both), 30_000), both


@in_lab
def test_a_class_never_gets_more_than_its_limit(line: Line):
    line.apply(policy("guaranteed_100m", share("slow", 5_000, 5001, limit_kbps=20_000)))
    (limited,) = line.measured("down", 5001)
    (free,) = line.measured("down", 5012)
    assert near(limited, 20_000) and near(free, 100_000), (limited, free)


@in_lab
def test_a_class_of_one_host_holds_against_the_others(line: Line):
    line.apply(policy("guaranteed_50m", share("pc2", 40_000, source=("192.168.10.12",))))
    got = kbps(line.lab, [Stream("pc1", "down", WWW, 5001), Stream("pc2", "down", WWW, 5001)], SECONDS)
    assert near(got[1], 40_000), got


@in_lab
def test_what_stays_inside_is_not_shaped(line: Line):
    inner = FirewallRule("inner", "lan", "dmz", "allow")
    line.apply(replace(policy("guaranteed_10m"), rules=(inner,)))
    with serving(line.lab, "server", 5009):
        (inside_only,) = kbps(line.lab, [Stream("pc1", "up", "192.168.20.10", 5009)], 1.0)
    assert inside_only > 100_000


@in_lab
def test_the_same_classes_again_leave_the_queues_alone_and_others_replace_them(line: Line):
    line.apply(policy("guaranteed_100m", *CLASSES))
    before = line.lab.run("utm", ["tc", "-s", "class", "show", "dev", "wan"]).stdout
    line.measured("up", 5001, seconds=0.5)
    line.apply(policy("guaranteed_100m", *CLASSES))
    after = line.lab.run("utm", ["tc", "-s", "class", "show", "dev", "wan"]).stdout
    assert before != after, "the counters go on"
    line.apply(policy("guaranteed_10m"))
    assert line.disciplines().count("htb 5ec:") == 4  # wan, the device between, lan and dmz
    line.apply(policy())
    assert "5ec:" not in line.disciplines()


@in_lab
def test_disciplines_of_others_are_never_touched(line: Line):
    argv = ["tc", "qdisc", "add", "dev", "mgmt", "root", "handle", "77:", "htb"]
    assert line.lab.run("utm", argv).returncode == 0
    line.apply(policy("guaranteed_10m"))
    line.apply(policy())
    assert "htb 77:" in line.disciplines()
    line.lab.run("utm", ["tc", "qdisc", "del", "dev", "mgmt", "root"])


@in_lab
def test_what_tc_does_not_take_is_refused_before_anything_is_touched(line: Line):
    line.apply(policy("guaranteed_10m"))
    broken = shaper.render(policy("guaranteed_30m")).replace("rate 30000kbit", "rate 30000knots", 1)
    with inside(line.lab.namespace("utm")), pytest.raises(Refused, match="rate"):
        line.commands.check_shaper(text=broken)
    assert line.disciplines().count("htb 5ec:") == 4
    with inside(line.lab.namespace("utm")), pytest.raises(Refused):
        line.commands.apply_shaper(text=broken)
    assert "5ec:" not in line.disciplines(), "half a tree would be worse than none"


@in_lab
def test_a_check_leaves_no_trace(line: Line):
    line.apply(policy())
    names = subprocess.run(["ip", "-br", "link"], capture_output=True, check=True).stdout
    line.commands.check_shaper(text=shaper.render(policy("guaranteed_10m")))
    assert subprocess.run(["ip", "-br", "link"], capture_output=True, check=True).stdout == names
    assert not Path("/sys/class/net/sk-down").exists()
