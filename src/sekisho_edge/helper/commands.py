"""The closed list. Each function is one command; its keyword arguments are all that a caller can say.

A command that can't be done raises Refused with what the program said; nothing else leaves here.
Standard library only: this file is what an auditor reads.
"""

from __future__ import annotations

import contextlib
import glob
import re
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sekisho_edge.helper import blocks, shaper
from sekisho_edge.helper.daemons import Daemons
from sekisho_edge.helper.door import SAID_CHARS_MAX, Refused, run

CHECK_SECONDS_MAX = 300.0
FILTER_SECONDS_MAX = 60.0
GUARD_SECONDS_MAX = 600.0
ARM_SECONDS_MAX = 60.0
GUARDIAN_ENDS_SECONDS_MAX = 10.0
_INTERFACE = re.compile(r"[A-Za-z0-9._-]{0,15}")
_STYLE = re.compile(r"W: detect-(?:classtype|flowbits): ")
"""A class of its own or a flowbit that nobody sets: such signatures load, and published sets are full of them."""

CONFIG, RULES = "suricata.yaml", "sekisho.rules"
QUEUE_PROBE = (
    "table inet sekisho_probe { chain c { type filter hook forward priority 0; queue flags bypass to 65535; } }"
)
XTABLES_PROBE = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j NFQUEUE --queue-num 65535 --queue-bypass\nCOMMIT\n"
SETTINGS = {
    "net/ipv4/ip_forward": "1",
    "net/netfilter/nf_conntrack_acct": "1",
    "net/ipv4/conf/all/accept_redirects": "0",
    "net/ipv4/conf/all/send_redirects": "0",
}


class Commands:
    """All commands, over one folder ``state`` that was given at start. Holds the sensor as its child."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._live = state / "sensor"
        self._candidate = state / "sensor" / "candidate"
        self._logs = state / "log"
        self._sensor: subprocess.Popen | None = None
        self._packet_log: subprocess.Popen | None = None
        self._guardian: subprocess.Popen | None = None
        self._daemons = Daemons(state)

    def table(self) -> dict[str, Callable[..., dict]]:
        """Name on the wire -> command."""
        return {
            "probe": self.probe,
            "prepare-forwarding": self.prepare_forwarding,
            "check-filter": self.check_filter,
            "apply-filter": self.apply_filter,
            "apply-blocks": self.apply_blocks,
            "check-shaper": self.check_shaper,
            "apply-shaper": self.apply_shaper,
            "check-sensor": self.check_sensor,
            "start-sensor": self.start_sensor,
            "stop-sensor": self.stop_sensor,
            "kill-sensor": self.kill_sensor,
            "sensor": self.sensor,
            "keep-packet-log": self.keep_packet_log,
            "arm": self.arm,
            **self._daemons.table(),
        }

    def probe(self) -> dict:
        """Which queue targets this kernel has. Both probes are dry runs."""
        return {
            "nft_queue": works(["nft", "-c", "-f", "-"], QUEUE_PROBE),
            "xtables_queue": works(["iptables-nft-restore", "--test", "--noflush"], XTABLES_PROBE),
        }

    def prepare_forwarding(self) -> dict:
        """Kernel settings of a router, in the network namespace of this process."""
        for name, value in SETTINGS.items():
            try:
                Path("/proc/sys", name).write_text(value)
            except OSError as error:
                raise Refused(f"sysctl {name}={value}: {error}") from error
        return {}

    def check_filter(self, *, nft: str, xtables: str) -> dict:
        """Dry run of both texts by the engine itself."""
        run(["nft", "-j", "-c", "-f", "-"], nft, FILTER_SECONDS_MAX)
        run(["iptables-nft-restore", "--test"], xtables, FILTER_SECONDS_MAX)
        return {}

    def apply_filter(self, *, nft: str, xtables: str) -> dict:
        """Load the firewall as one transaction, then the hand-over to the sensor as another."""
        run(["nft", "-j", "-f", "-"], nft, FILTER_SECONDS_MAX)
        run(["iptables-nft-restore"], xtables, FILTER_SECONDS_MAX)
        return {}

    def apply_blocks(self, *, entries: list) -> dict:
        """Block exactly these [address or network, seconds], whatever the policy says."""
        return blocks.apply(entries)

    def check_shaper(self, *, text: str) -> dict:
        """Load the bandwidth classes into a namespace of their own."""
        shaper.check(text)
        return {}

    def apply_shaper(self, *, text: str) -> dict:
        """Shape the line as the text says; an empty one ends all shaping."""
        shaper.apply(text, self.state / "shaper.tc")
        return {}

    def check_sensor(self) -> dict:
        """``suricata -T`` over the candidate files; a warning is a failure, unless it is about a signature's style."""
        scratch = self._candidate / "log"
        scratch.mkdir(parents=True, exist_ok=True)
        config, rules = self._candidate / CONFIG, self._candidate / RULES
        pattern = glob.escape(str(rules))  # Suricata takes a rule file for a pattern
        said = run(["suricata", "-T", "-c", config, "-S", pattern, "-l", scratch], "", CHECK_SECONDS_MAX)
        said = "\n".join(line for line in said.splitlines() if line.strip() and not _STYLE.match(line))
        if said:
            raise Refused(said[:SAID_CHARS_MAX])
        return {}

    def start_sensor(self, *, queue: int | None, interfaces: list[str]) -> dict:
        """Start Suricata on a queue, or listening on interfaces. It dies with this process."""
        if self._alive():
            raise Refused("the sensor runs already")
        self._logs.mkdir(parents=True, exist_ok=True)
        source = ["-q", str(int(queue))] if queue is not None else ["--af-packet"]
        if queue is None and not interfaces:
            raise Refused("neither a queue nor an interface to listen on")
        argv = ["setpriv", "--pdeathsig", "KILL", "suricata", "-c", self._live / CONFIG, "-l", self._logs]
        argv += [*source, "--runmode", "workers"]
        with (self._logs / "suricata.console").open("ab") as console:
            self._sensor = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd="/")
        return {"pid": self._sensor.pid}

    def stop_sensor(self, *, seconds: float = 10.0) -> dict:
        """Ask it to end, insist after a while; quiet when it does not run."""
        if self._alive():
            self._sensor.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._sensor.wait(min(seconds, 60.0))
        return self.kill_sensor()

    def kill_sensor(self) -> dict:
        """End it now: what the watchdog does with a sensor that hangs."""
        if self._alive():
            self._sensor.kill()
            self._sensor.wait()
        return {}

    def sensor(self) -> dict:
        """Its process id while it runs, and how the last one ended."""
        alive = self._alive()
        return {"pid": self._sensor.pid if alive else None, "ended": self._sensor and self._sensor.returncode}

    def keep_packet_log(self) -> dict:
        """Have what the firewall logs written down; quiet when somebody does so already. Dies with this process."""
        if self._packet_log is None or self._packet_log.poll() is not None:
            self._logs.mkdir(parents=True, exist_ok=True)
            argv = [
                "setpriv",
                "--pdeathsig",
                "KILL",
                sys.executable,
                "-m",
                "sekisho_edge.helper.packet_log",
                self._logs,
            ]
            with (self._logs / "packet_log.console").open("wb") as console:
                self._packet_log = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        return {"pid": self._packet_log.pid}

    def arm(self, *, seconds: float, attach: str, interface: str) -> dict:
        """Start the guardian, which brings the confirmed policy back after ``seconds``. It outlives this process."""
        if not 1 <= seconds <= GUARD_SECONDS_MAX or not _INTERFACE.fullmatch(interface):
            raise Refused("no such window or interface")
        self._reap_guardian()
        argv = [sys.executable, "-m", "sekisho_edge.guardian", self.state, str(float(seconds)), attach, interface]
        with (self._logs / "guardian.console").open("wb") as console:
            guardian = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=console, start_new_session=True
            )
        self._guardian = guardian
        ready, _, _ = select.select([guardian.stdout], [], [], ARM_SECONDS_MAX)
        if not ready or guardian.stdout.readline() != b"armed\n":
            guardian.kill()
            said = (self._logs / "guardian.console").read_text(errors="replace")[-SAID_CHARS_MAX:].strip()
            raise Refused(f"the way back could not be prepared, so nothing was tried: {said}")
        return {"pid": guardian.pid}

    def _reap_guardian(self):
        """An earlier one ends by itself within a poll of its trial's end."""
        if self._guardian is not None:
            try:
                self._guardian.wait(GUARDIAN_ENDS_SECONDS_MAX)
            except subprocess.TimeoutExpired as error:
                raise Refused("another trial is still guarded") from error
            self._guardian.stdout.close()

    def bypass(self, *, name: str) -> dict:
        """Turn no new connection to this engine."""
        return self._daemons.bypass(name=name)

    def stop_daemons(self) -> None:
        """End the further engines; not on the list, because nobody asks for that."""
        self._daemons.stop_all()

    def stop_packet_log(self) -> None:
        """End it; not on the list, because nobody asks for that."""
        if self._packet_log is not None:
            self._packet_log.terminate()
            self._packet_log.wait()

    def _alive(self):
        return self._sensor is not None and self._sensor.poll() is None


def works(argv, text):
    try:
        run(argv, text, FILTER_SECONDS_MAX)
    except Refused:
        return False
    return True
