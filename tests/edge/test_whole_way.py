"""The whole way, every part real: an act at the centre, its worker, bus and collector, a box in the lab, its kernel."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sekisho.apps.accounts.models import Person
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import Block, DeviceReport, PolicyLayer, SecurityDevice
from sekisho.apps.scope import entered
from sekisho.entry.database import DatabaseUrls
from sekisho.entry.engines import free_port
from sekisho.gateways import ca
from sekisho.gateways.signing import public_keys
from sekisho_edge.enrol import signing_request
from sekisho_edge.lab import Lab, story
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.status import read_status
from sekisho_wire.policy import FirewallRule, IntrusionPrevention, Service, SourceNat, Zone, write_policy
from sekisho_wire.policy.model import SecurityPolicy

from ..apps.world import EVERYTHING, TESTER, build_world
from ..django_database import SECRET_KEY
from .conftest import wait_until, why_no_lab

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab() or "-"),
    pytest.mark.xdist_group("lab"),
    pytest.mark.usefixtures("committed_db"),
]

WWW, SNS = "198.51.100.10", "198.51.100.20"
BLOCK_SECONDS_MAX = 5.0
CONFIRM_SECONDS = 8.0
PATIENCE_SECONDS = 90.0


@dataclass
class Way:
    """The centre's people and rows on one side, the box's folder and namespace on the other."""

    lab: Lab
    admin: Person
    device: SecurityDevice
    template: PolicyLayer
    state: Path
    argv: list[str]
    agent: subprocess.Popen | None = None

    def start_agent(self) -> None:
        with (self.state / "agent.out").open("ab") as out:
            self.agent = subprocess.Popen(self.argv, stdout=out, stderr=out)
        wait_until(self.attends, PATIENCE_SECONDS)

    def attends(self) -> bool:
        assert self.agent.poll() is None, (self.state / "agent.out").read_text()
        status = read_status(self.state)
        return bool(status and status["pid"] == self.agent.pid and status["control"]["connected"])

    def publish(self, policy: SecurityPolicy) -> int:
        document = msgspec.json.decode(write_policy(policy))
        del document["schema"], document["revision"]
        with entered(EVERYTHING):
            actions.write_layer(self.admin, layer=self.template, document=document, why="the test's")
            return actions.publish_policy(self.admin, device=self.device, why="the test's").number

    def reported(self, revision: int, kind: str = "policy") -> DeviceReport | None:
        with entered(EVERYTHING):
            rows = DeviceReport.objects.filter(device=self.device, kind=kind, revision=revision)
            return rows.exclude(state="trying").first()

    def block(self, address: str) -> Block:
        with entered(EVERYTHING):
            return actions.add_block(
                self.admin, device=self.device, address=address, why="calls home", consent="proposal:1"
            )

    def reaches(self, address: str) -> bool:
        with contextlib.suppress(story.SceneError):
            return "200 /" in story.visit(self.lab, "pc1", address, ["/"], seconds_max=0.5)
        return False

    def rules(self) -> set[str]:
        done = self.lab.run("utm", ["nft", "-j", "list", "table", "inet", "sekisho"])
        listed = json.loads(done.stdout or '{"nftables": []}')["nftables"]
        return {entry["rule"]["comment"] for entry in listed if "comment" in entry.get("rule", {})}

    def alarms(self) -> set[str]:
        with entered(EVERYTHING):
            return {alarm.kind for alarm in queries.open_alarms(EVERYTHING)}


@pytest.fixture
def way(committed_db, lab: Lab, nats_url: str, database_urls: DatabaseUrls, settings, tmp_path: Path) -> Iterator[Way]:
    settings.CA_DIR, settings.NATS_URL = tmp_path / "ca", nats_url
    ca.create_ca(settings.CA_DIR)
    ca.issue_server_certificate(settings.CA_DIR, ["127.0.0.1"])
    world = build_world()
    with entered(EVERYTHING):
        device = actions.add_device(TESTER, contract=world.contract, model="Sekisho Edge", serial="S-1")
        template = actions.add_template(world.carrier, name="lab")
        actions.use_template(world.carrier, device=device, template=template)
    state = tmp_path / "box"
    enrol(device, state, settings.CA_DIR)
    (state / "policy.json").write_bytes(write_policy(policy(1)))
    address = f"{lab.management.platform_address}:{free_port()}"
    env = {
        **os.environ,
        "SEKISHO_APP_DATABASE_URL": database_urls.app_url,
        "SEKISHO_SECRET_KEY": SECRET_KEY,
        "SEKISHO_NATS_URL": nats_url,
        "SEKISHO_CA_DIR": str(settings.CA_DIR),
        "SEKISHO_VAR": str(tmp_path),
        "SEKISHO_EDGE_LISTEN": address,
        "SEKISHO_SYSLOG_LISTEN": "",
        "DJANGO_SETTINGS_MODULE": "sekisho.web.settings",
    }
    (tmp_path / "run").mkdir()
    argv = [sys.executable, "-m", "sekisho_edge.cli", "agent", "--state", str(state), "--centre", address]
    argv += ["--netns", lab.namespace("utm"), "--confirm-seconds", str(CONFIRM_SECONDS)]
    with process("collector", env, tmp_path), process("worker", env, tmp_path):
        made = Way(lab, world.carrier, device, template, state, argv)
        made.start_agent()
        try:
            yield made
        finally:
            made.agent.terminate()
            made.agent.wait(30)
            lab.run("utm", ["nft", "delete", "table", "inet", "sekisho_blocks"])


@contextlib.contextmanager
def process(name: str, env: dict[str, str], folder: Path) -> Iterator[None]:
    with (folder / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", f"sekisho.entry.processes.{name}"], env=env, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(30)


def enrol(device: SecurityDevice, state: Path, authority: Path) -> None:
    """As the box and the door do it, without the web between them."""
    state.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    with entered(EVERYTHING):
        code = actions.give_enrolment_code(TESTER, device=device)
    _, certificate = actions.enrol_device(code=code, csr_pem=signing_request(key, "unenrolled"))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (state / "device.key").write_bytes(pem)
    for name, text in (
        ("device.pem", certificate.certificate_pem),
        ("ca.pem", certificate.ca_pem),
        ("signing.pem", public_keys(authority)),
    ):
        (state / name).write_text(text)


def policy(number: int, **changes) -> SecurityPolicy:
    base = lab_policy(IntrusionPrevention(mode="off"))
    marker = FirewallRule(f"r{number}", "lan", "wan", "allow", services=(Service("tcp", (9000 + number,)),))
    return msgspec.structs.replace(base, schema=2, rules=(*base.rules, marker), **changes)


def test_a_published_policy_is_in_the_kernel_and_confirmed_at_the_centre(way: Way):
    number = way.publish(policy(21))
    report = wait_until(lambda: way.reported(number), PATIENCE_SECONDS)
    assert report.state == "confirmed", report.reason
    assert "r21" in way.rules()
    with entered(EVERYTHING):
        wait_until(lambda: queries.device_view(EVERYTHING, way.device).converged)
        assert queries.device_view(EVERYTHING, way.device).running == number
        assert not queries.open_alarms(EVERYTHING)


def test_a_policy_that_cuts_the_line_off_comes_back_as_a_rollback_and_an_alarm(way: Way):
    # All that leaves by the management wire shows an address which nobody answers: no session with the centre.
    first = way.publish(policy(22))
    assert wait_until(lambda: way.reported(first), PATIENCE_SECONDS).state == "confirmed"
    far = Zone("far", "mgmt")
    cutting = SourceNat("wrong", "far", to_addresses=("203.0.113.99",))
    second = way.publish(policy(23, zones=(*lab_policy().zones, far), source_nat=(cutting,)))
    report = wait_until(lambda: way.reported(second), PATIENCE_SECONDS)
    assert report.state == "rolled-back", report.reason
    assert "no new session with the centre" in report.reason
    assert {"r22"} == {name for name in way.rules() if name in ("r22", "r23")}
    assert way.alarms() == {"rolled_back"}


def test_a_consented_block_stands_in_the_kernel_within_five_seconds_and_outlives_agent_and_policy(
    way: Way,
):
    assert way.reaches(WWW) and way.reaches(SNS)
    began = time.monotonic()
    row = way.block(WWW)
    wait_until(lambda: not way.reaches(WWW), BLOCK_SECONDS_MAX)
    taken = time.monotonic() - began
    assert taken < BLOCK_SECONDS_MAX
    assert way.reaches(SNS), "nobody else is blocked"
    assert wait_until(lambda: way.reported(1, "blocks")).state == "confirmed"
    assert wait_until(lambda: b"DROP block" in (way.state / "log" / "firewall.log").read_bytes())

    number = way.publish(policy(24))
    assert wait_until(lambda: way.reported(number), PATIENCE_SECONDS).state == "confirmed"
    assert not way.reaches(WWW), "another policy lets nobody through"
    way.agent.kill()
    way.agent.wait(10)
    assert not way.reaches(WWW), "nor does an agent that was killed"
    way.lab.run("utm", ["nft", "delete", "table", "inet", "sekisho_blocks"])
    assert wait_until(lambda: way.reaches(WWW)), "the control: without the set the same traffic passes"
    way.start_agent()
    wait_until(lambda: not way.reaches(WWW))

    with entered(EVERYTHING):
        actions.lift_block(way.admin, block=row, why="it was a mistake")
    wait_until(lambda: way.reaches(WWW), BLOCK_SECONDS_MAX)
