"""A line in the lab: the agent at work in the UTM, without a centre, and what happens to its engines."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from sekisho_edge.lab import Lab
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.status import read_status
from sekisho_edge.trial import Rollout, Trials
from sekisho_wire.policy import IntrusionPrevention, SecurityPolicy, write_policy

from .conftest import wait_until

DECIDED_SECONDS_MAX = 90.0


@dataclass
class Line:
    """``enforce`` brings a policy and waits until it is confirmed."""

    lab: Lab
    state: Path
    agent: subprocess.Popen
    revision: int = 1

    def enforce(self, policy: SecurityPolicy) -> None:
        assert (last := self.tries(policy)).state == "confirmed", last.reason

    def tries(self, policy: SecurityPolicy) -> Rollout:
        self.revision += 1
        (self.state / "desired.new").write_bytes(write_policy(replace(policy, revision=self.revision)))
        (self.state / "desired.new").rename(self.state / "desired.json")
        return wait_until(self._decided, DECIDED_SECONDS_MAX)

    def _decided(self):
        assert self.agent.poll() is None, (self.state / "agent.out").read_text()
        last = Trials(self.state).rollout()
        return last if last and last.revision == self.revision and last.state != "trying" else None

    def status(self) -> dict:
        return read_status(self.state) or {}

    def daemon(self, name: str) -> dict:
        return self.status().get("daemons", {}).get(name, {})

    def pid(self, name: str) -> int:
        return int((self.state / "daemons" / name / "pid").read_text())

    def send(self, name: str, number: signal.Signals) -> None:
        os.kill(self.pid(name), number)

    def log(self, name: str) -> str:
        file = self.state / "log" / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""


@contextlib.contextmanager
def line_in(lab: Lab, *more: str) -> Iterator[Line]:
    """An agent under the lab's own policy without a sensor; its folder can be searched, as an installed one.

    ``more`` are further arguments of ``sekisho-edge agent``.
    """
    with tempfile.TemporaryDirectory(prefix="line", dir="/var/tmp") as folder:
        state = Path(folder)
        state.chmod(0o755)
        (state / "policy.json").write_bytes(write_policy(plain()))
        argv = ["agent", "--state", str(state), "--without-link", "--netns", lab.namespace("utm"), *more]
        with (state / "agent.out").open("ab") as out:
            agent = subprocess.Popen([sys.executable, "-m", "sekisho_edge.cli", *argv], stdout=out, stderr=out)
        try:
            line = Line(lab, state, agent)
            wait_until(lambda: line.status().get("sensor", {}).get("state") == "off")
            yield line
        finally:
            agent.terminate()
            agent.wait(30)
            lab.run("utm", ["nft", "delete", "table", "inet", "sekisho"])


def plain(mode: str = "off", **changes) -> SecurityPolicy:
    """The lab's own policy, of the newest schema."""
    return replace(lab_policy(IntrusionPrevention(mode=mode)), schema=2, **changes)
