"""New definitions on a guarded line: taken up without losing a packet, and left again when they are not good there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from sekisho.definitions import building
from sekisho.definitions.gather import read_source
from sekisho.definitions.repository import Repository
from sekisho_edge.lab import Lab
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.status import read_status
from sekisho_wire.definitions import CHANNELS, Channels, Manifest, SetFile, file_name, set_name
from sekisho_wire.policy import IntrusionPrevention, upgraded, write_policy

from .centre import make_site
from .conftest import wait_until, why_no_lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
]

ROOT = Path(__file__).parents[2]
CENTRE_ADDRESS = "198.51.100.10"
WAIT_SECONDS = 90.0
RULE = 'alert http $HOME_NET any -> any any (msg:"needle"; http.uri; content:"needle"; sid:{0}; rev:1;)\n'


@dataclass
class Line:
    lab: Lab
    state: Path
    centre: Path
    agent: subprocess.Popen

    def status(self) -> dict:
        assert self.agent.poll() is None, (self.state / "agent.out").read_text()
        return read_status(self.state) or {"sensor": {"state": ""}, "definitions": {"version": 0}}

    def asks_for_needle(self) -> None:
        self.lab.run("pc1", ["curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{CENTRE_ADDRESS}/needle"])

    def alerts(self) -> set[int]:
        eve = self.state / "log" / "eve.json"
        found = re.findall(r'"signature_id":(\d+)', eve.read_text() if eve.exists() else "")
        return set(map(int, found))

    def sees(self, sid: int) -> bool:
        self.asks_for_needle()
        return sid in self.alerts()


@pytest.fixture
def line(lab: Lab, tmp_path: Path) -> Iterator[Line]:
    centre, state = tmp_path / "centre", tmp_path / "box"
    for folder in (centre, state):
        folder.mkdir()
    make_site(centre)
    for name in ("ca.pem", "device.pem", "device.key"):
        (state / name).write_bytes((centre / name).read_bytes())
    policy = upgraded(lab_policy(IntrusionPrevention(mode="detect", profile="full")))
    (state / "policy.json").write_bytes(write_policy(policy))
    argv = [sys.executable, "-m", "tests.edge.centre", str(centre), CENTRE_ADDRESS]
    with lab.start("www", argv, stdout=subprocess.PIPE, cwd=ROOT) as outside, (state / "agent.out").open("ab") as out:
        argv = ["agent", "--state", str(state), "--centre", f"{CENTRE_ADDRESS}:{int(outside.stdout.readline())}"]
        argv += ["--netns", lab.namespace("utm"), "--look-seconds", "0.5"]
        with subprocess.Popen([sys.executable, "-m", "sekisho_edge.cli", *argv], stdout=out, stderr=out) as agent:
            made = Line(lab, state, centre, agent)
            try:
                wait_until(lambda: made.status()["sensor"]["state"] == "inspecting", WAIT_SECONDS)
                yield made
            finally:
                agent.terminate()
                agent.wait(20)
        outside.terminate()


def publish_untested(centre: Path, version: int, rules: str) -> None:
    """What no centre does: a set that nobody has tested, for everybody."""
    content = rules.encode()
    file = SetFile("signatures/x.rules", sha256(content).hexdigest(), len(content))
    manifest = Manifest(version, "2026-01-01T00:00:00+00:00", (file,))
    added = {file_name(file.sha256): content, set_name(version): msgspec.json.encode(manifest)}
    Repository(centre).publish({**added, CHANNELS: msgspec.json.encode(Channels(version))})


def test_new_definitions_are_taken_up_without_a_lost_packet_and_bad_ones_left_again(line: Line):
    line.asks_for_needle()
    assert 9_999_001 not in line.alerts()
    sensor = line.status()["sensor"]["pid"]

    rules = line.centre / "own.rules"
    rules.write_text(RULE.format(9_999_001))
    echo = [sys.executable, "-m", "tests.edge.echo", CENTRE_ADDRESS]
    with line.lab.start("pc1", echo, stdout=subprocess.PIPE, text=True, cwd=ROOT) as echoes:
        version = building.build(line.centre, [read_source(str(rules))], who="t", first_devices=["UTM100001"]).version
        wait_until(lambda: line.status()["definitions"]["version"] == version, WAIT_SECONDS)
        wait_until(lambda: line.sees(9_999_001), WAIT_SECONDS)
        echoes.terminate()
        sent, received = map(int, echoes.communicate()[0].split())
    assert sent > 50 and received == sent
    assert line.status()["sensor"]["pid"] == sensor
    assert line.status()["definitions"]["counts"] == {"signatures": 1}

    publish_untested(
        line.centre, version + 1, RULE.format(9_999_002) + "alert tcp any any -> any any (nonsense:1; sid:1;)"
    )
    told = wait_until(lambda: (now := line.status()["definitions"])["refused"] and now, WAIT_SECONDS)
    assert told["version"] == version and told["refused"] == version + 1 and "nonsense" in told["reason"]
    assert line.sees(9_999_001) and not line.sees(9_999_002)
    assert line.status()["sensor"]["pid"] == sensor
