"""The firewall in the lab: real clients meet what the policy says, it is written down, and with it off all passes."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sekisho.pipeline.normalise import netfilter
from sekisho_edge.lab import Lab, site, story
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render import RENDERED, nftables
from sekisho_edge.render.nftables import Attach
from sekisho_wire.policy import (
    AddressObject,
    FirewallRule,
    IntrusionPrevention,
    Logging,
    PortForward,
    Schedule,
    SecurityPolicy,
    Service,
    SourceNat,
    StaticNat,
    TlsInspection,
    Weekly,
    problems,
)
from sekisho_wire.policy.objects import DAYS

from .conftest import wait_until, why_no_lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
]

WWW = "198.51.100.10"
WEB = (Service("tcp", (80,)),)
# Who connects says what it saw of the other side; who listens says whom it saw.
_CONNECT = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.5) as peer:
        sys.stdout.write("open " + peer.recv(100).decode())
except ConnectionRefusedError:
    sys.stdout.write("refused")
except TimeoutError:
    sys.stdout.write("silent")
"""
_LISTEN = """
import socket, sys
for port in sys.argv[1:-1]:
    server = socket.create_server(("", int(port)))
server = socket.create_server(("", int(sys.argv[-1])))
print("ready", flush=True)
while True:
    peer, (address, _) = server.accept()
    peer.sendall(address.encode())
    peer.close()
"""


@dataclass
class Firewall:
    """The edge's privileged helper at work in the lab's UTM, without a sensor."""

    lab: Lab
    state: Path
    helper: subprocess.Popen

    def apply(self, policy: SecurityPolicy) -> None:
        assert problems(policy, RENDERED) == []
        text, off = nftables.render(policy, Attach.TAP, "mgmt"), nftables.render_xtables(policy, Attach.TAP)
        for do in ("check-filter", "apply-filter"):
            assert self.call(do=do, nft=text, xtables=off)["ok"] is True

    def off(self) -> None:
        """Plain routing, as if nobody had ordered a firewall."""
        argv = ["nft", "delete", "table", "inet", "sekisho"]
        self.lab.run("utm", argv)

    def call(self, **request) -> dict:
        self.helper.stdin.write(json.dumps(request) + "\n")
        self.helper.stdin.flush()
        return json.loads(self.helper.stdout.readline())

    def connects(self, host: str, address: str, port: int) -> str:
        """open (and what the other side said), refused, or silent."""
        done = self.lab.run(host, [sys.executable, "-I", "-S", "-c", _CONNECT, address, str(port)])
        return done.stdout.decode().strip()

    def lines(self) -> list[dict[str, str]]:
        """What was logged, as the centre's own parser reads it."""
        log = self.state / "log" / "firewall.log"
        return [netfilter.read(line)[1] for line in log.read_text().splitlines()]

    def logged(self, prefix: str, port: int) -> dict[str, str]:
        found = wait_until(lambda: [x for x in self.lines() if x["prefix"] == prefix and x.get("DPT") == str(port)])
        return found[-1]


@pytest.fixture(scope="module")
def firewall(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firewall]:
    state = tmp_path_factory.mktemp("firewall")
    argv = lab.argv("utm", [sys.executable, "-m", "sekisho_edge.helper", str(state)])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as helper:
        made = Firewall(lab, state, helper)
        assert made.call(do="keep-packet-log")["pid"]
        wait_until((state / "log" / "firewall.log").exists)
        yield made
        helper.stdin.close()
        made.off()


@pytest.fixture
def echo(firewall: Firewall) -> Iterator[None]:
    """Port 7000 outside tells who it thinks has called."""
    argv = [sys.executable, "-I", "-S", "-c", _LISTEN, "7000"]
    with firewall.lab.start("www", argv, stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == b"ready\n"
        yield
        server.terminate()


def policy(**changes) -> SecurityPolicy:
    """The lab's own, without a sensor, of the newest schema."""
    return replace(lab_policy(IntrusionPrevention(mode="off")), schema=2, **changes)


def rule(name: str, action: str = "allow", **how) -> FirewallRule:
    return FirewallRule(name, "lan", "wan", action, **how)


def test_what_is_allowed_passes_and_what_is_not_does_not_and_all_passes_without_the_firewall(firewall: Firewall):
    firewall.apply(policy(rules=(rule("web", services=WEB),)))
    assert "200 /" in story.visit(firewall.lab, "pc1", WWW, ["/"])
    assert firewall.connects("pc1", site.ATTACKER_ADDRESS, site.BEACON_PORT) == "silent"
    assert firewall.logged("DROP default-deny", site.BEACON_PORT)["SRC"] == "192.168.10.11"
    assert firewall.connects("server", "192.168.10.11", 80) == "silent"
    firewall.off()
    assert firewall.connects("server", "192.168.10.11", 80) == "refused"  # by the PC itself: nothing is in the way
    assert "200 /" in story.visit(firewall.lab, "pc1", site.SERVER_ADDRESS, ["/"], port=site.SERVER_PORT)


def test_a_rejected_client_hears_so_at_once_and_the_log_has_the_rules_name(firewall: Firewall):
    firewall.apply(policy(rules=(rule("no-web", "reject", services=WEB),)))
    assert firewall.connects("pc1", WWW, 80) == "refused"
    line = firewall.logged("REJECT no-web", 80)
    assert (line["IN"], line["OUT"], line["DST"], line["PROTO"]) == ("lan", "wan", WWW, "TCP")


def test_first_match_decides(firewall: Firewall):
    block, allow = rule("block", "reject", destination=(WWW,)), rule("allow", services=WEB)
    firewall.apply(policy(rules=(block, allow)))
    assert firewall.connects("pc1", WWW, 80) == "refused"
    firewall.apply(policy(rules=(allow, block)))
    assert "200 /" in story.visit(firewall.lab, "pc1", WWW, ["/"])


def test_a_rule_is_logged_when_it_asks_for_it_and_refusals_only_when_the_policy_does(firewall: Firewall):
    quiet = Logging(firewall="none")
    asks = rule("asks", services=WEB, log=True)
    firewall.apply(policy(rules=(asks, rule("silent", "reject")), logging=quiet))
    assert firewall.connects("pc1", WWW, 81) == "refused"
    story.visit(firewall.lab, "pc1", WWW, ["/"])
    firewall.logged("ACCEPT asks", 80)
    assert not [line for line in firewall.lines() if line["prefix"] == "REJECT silent"]


def test_a_large_object_is_a_set_that_real_packets_meet(firewall: Firewall):
    many = AddressObject("many", ("198.51.100.10", *(f"10.{n // 250}.{n % 250}.7" for n in range(20_000))))
    firewall.apply(
        policy(addresses=(many,), rules=(rule("listed", services=WEB, destination=("many",)), rule("rest", "reject")))
    )
    assert "200 /" in story.visit(firewall.lab, "pc1", WWW, ["/"])
    assert firewall.connects("pc1", "198.51.100.20", 80) == "refused"


def test_a_schedule_is_read_in_japan_time(firewall: Firewall):
    """Two rules that differ only in their hours: these ones in Tokyo, and the same figures in UTC."""
    japan = datetime.now(UTC) + timedelta(hours=9)
    now = _hours("now", japan)
    utc = _hours("utc", datetime.now(UTC))
    firewall.apply(policy(schedules=(now, utc), rules=(rule("at", services=WEB, schedule="now"), rule("no", "reject"))))
    assert "200 /" in story.visit(firewall.lab, "pc1", WWW, ["/"])
    firewall.apply(policy(schedules=(now, utc), rules=(rule("at", services=WEB, schedule="utc"), rule("no", "reject"))))
    assert firewall.connects("pc1", WWW, 80) == "refused"


def _hours(name: str, moment: datetime) -> Schedule:
    """From the hour before to the hour after; the day is that of the start."""
    start = moment - timedelta(hours=1)
    weekly = Weekly((DAYS[start.weekday()],), f"{start.hour:02}:00", f"{(start.hour + 3) % 24:02}:00")
    return Schedule(name, (weekly,))


def test_connections_leave_with_the_address_that_the_policy_says(firewall: Firewall, echo: None):
    everything = (rule("all"),)
    firewall.apply(policy(rules=everything))
    assert firewall.connects("pc1", WWW, 7000) == f"open {site.WAN_ADDRESS}"
    shown = SourceNat("pc1", "wan", ("192.168.10.11",), (), ("203.0.113.77",))
    with _addresses(firewall, "203.0.113.77"):
        firewall.apply(policy(rules=everything, source_nat=(shown,)))
        assert firewall.connects("pc1", WWW, 7000) == "open 203.0.113.77"
        assert firewall.connects("pc2", WWW, 7000) == f"open {site.WAN_ADDRESS}"


def test_a_static_address_works_in_both_directions_and_the_rules_still_decide(firewall: Firewall, echo: None):
    static = (StaticNat("server", "wan", "203.0.113.78", site.SERVER_ADDRESS),)
    out = FirewallRule("out", "dmz", "wan", "allow")
    shop = FirewallRule("in", "wan", "dmz", "allow", services=(Service("tcp", (site.SERVER_PORT,)),))
    with _addresses(firewall, "203.0.113.78"):
        firewall.apply(policy(rules=(out,), static_nat=static, port_forwards=()))
        assert firewall.connects("server", WWW, 7000) == "open 203.0.113.78"
        assert firewall.connects("www", "203.0.113.78", site.SERVER_PORT) == "silent"
        firewall.apply(policy(rules=(out, shop), static_nat=static, port_forwards=()))
        assert "200 /items" in story.visit(firewall.lab, "www", "203.0.113.78", ["/items"], port=site.SERVER_PORT)


def test_the_nth_port_of_a_forwarded_range_is_the_nth_inside_and_only_for_whom_it_is_meant(firewall: Firewall):
    ports = PortForward(
        "range", "wan", site.WAN_ADDRESS, "tcp", 9000, site.SERVER_ADDRESS, site.SERVER_PORT - 2, port_last=9004,
        source=("198.51.100.0/24",),
    )  # fmt: skip
    firewall.apply(policy(rules=(), port_forwards=(ports,)))
    assert "200 /items" in story.visit(firewall.lab, "www", site.WAN_ADDRESS, ["/items"], port=9002)
    assert firewall.connects("www", site.WAN_ADDRESS, 9001) == "refused"  # by the server: nobody listens there
    assert firewall.connects("attacker", site.WAN_ADDRESS, 9002) == "silent"
    firewall.logged("DROP to-the-edge", 9002)


def test_quic_is_refused_where_the_policy_says_and_web_is_not(firewall: Firewall):
    probe = (
        "import socket, sys; s = socket.socket(2, 2); s.settimeout(1); s.connect((sys.argv[1], 443));"
        "s.send(b'x'); s.recv(9)"
    )
    argv = [sys.executable, "-I", "-S", "-c", probe, WWW]
    firewall.apply(policy(rules=(rule("all"),), tls=TlsInspection(quic="block")))
    assert b"ConnectionRefusedError" in firewall.lab.run("pc1", argv).stderr
    firewall.logged("REJECT quic", 443)
    assert "200 /" in story.visit(firewall.lab, "pc1", WWW, ["/"])


def test_the_log_goes_on_in_a_new_file_after_it_was_renamed(firewall: Firewall):
    log = firewall.state / "log" / "firewall.log"
    firewall.apply(policy(rules=()))
    firewall.connects("pc1", WWW, 82)
    firewall.logged("DROP default-deny", 82)
    log.rename(log.with_name("firewall.log.00000000000000000001"))
    firewall.connects("pc1", WWW, 83)
    wait_until(log.exists)
    firewall.logged("DROP default-deny", 83)


def test_a_policy_that_does_not_load_changes_nothing(firewall: Firewall):
    firewall.apply(policy(rules=(rule("web", services=WEB),)))
    before = firewall.lab.run("utm", ["nft", "-s", "list", "table", "inet", "sekisho"]).stdout
    broken = nftables.render(policy(), Attach.TAP).replace('"drop": null', '"dorp": null', 1)
    assert firewall.call(do="apply-filter", nft=broken, xtables="*filter\nCOMMIT\n")["ok"] is False
    assert firewall.lab.run("utm", ["nft", "-s", "list", "table", "inet", "sekisho"]).stdout == before


@contextlib.contextmanager
def _addresses(firewall: Firewall, address: str) -> Iterator[None]:
    """One more public address that the provider routes to the edge."""
    route = ["ip", "route", "replace", address, "via", site.WAN_ADDRESS, "dev", "wan"]
    assert firewall.lab.run("internet", route).returncode == 0
    yield
    firewall.lab.run("internet", ["ip", "route", "del", address])
