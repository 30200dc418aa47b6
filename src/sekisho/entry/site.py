"""The demonstration's customer site: a real UTM in network namespaces where this machine can have one.

The platform never imports the edge. It starts ``sekisho-edge`` as any operator would, reads the state
that the lab publishes, and says plainly why there is no live site when there is none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from .engines import tied
from .place import Place
from .supervisor import Child

LAB_STATE = Path("/run/sekisho-lab")
ENROL_SECONDS_MAX = 60
CERTIFICATE_LEFT_MIN = dt.timedelta(hours=12)
PROBE_SECONDS_MAX = 10
DEVICE = "UTM100001"
"""The demonstration's own box; the seed gives it to the contractor of the story."""


@dataclass(frozen=True)
class SiteChoice:
    """Whether a live site is possible here, and if not, why."""

    live: bool
    reason: str = ""


def choose_site(*, forbidden: bool) -> SiteChoice:
    """A live site needs root, network namespaces, nftables and Suricata 7."""
    if forbidden:
        return SiteChoice(False, "--no-site was given")
    if os.geteuid() != 0:
        return SiteChoice(False, "root権限がありません / not root: network namespaces need it")
    for program in ("ip", "nft", "suricata", "dnsmasq"):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            return SiteChoice(False, f"{program} がありません / {program} is missing: 'make setup' as root installs it")
    return _namespaces_work()


def _namespaces_work() -> SiteChoice:
    name = f"sekisho-probe-{os.getpid()}"
    made = subprocess.run(
        ["ip", "netns", "add", name], capture_output=True, text=True, timeout=PROBE_SECONDS_MAX, check=False
    )
    if made.returncode:
        return SiteChoice(False, f"ネットワーク名前空間を作成できません / no namespaces here: {made.stderr.strip()}")
    subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=PROBE_SECONDS_MAX, check=False)
    return SiteChoice(True)


def lab_prefix(place: Place) -> str:
    """``sk``, the name that people type; another one while a second installation's site has it."""
    if not _is_alive(_lab_state("sk")):
        return "sk"
    return "sk" + hashlib.sha256(str(place.var).encode()).hexdigest()[:4]


def lab_child(prefix: str, env: dict[str, str]) -> Child:
    """The site itself: hosts, wires and servers. It is ready when it says where its management link is."""

    def ready() -> bool:
        state = _lab_state(prefix)
        return _is_alive(state) and "platform_address" in (state or {})

    return Child("lab", tied([edge_program(), "lab", "--prefix", prefix, "up"]), env, ready)


def agent_child(place: Place, env: dict[str, str], prefix: str) -> Child:
    """The box's agent: keeps nftables and Suricata as they should be and ships the logs."""
    centre = f"{management_address(prefix)}:{env['SEKISHO_EDGE_LISTEN'].split(',')[0].rpartition(':')[2]}"
    status = place.edge / "status.json"
    status.unlink(missing_ok=True)
    argv = [edge_program(), "agent", "--state", str(place.edge), "--centre", centre, "--netns", f"{prefix}-utm"]
    return Child(
        "agent",
        tied(argv),
        env,
        lambda: _sensor(status, "state") in ("inspecting", "off"),
        trouble=lambda: _sensor(status, "last_error"),
    )


def _sensor(status: Path, what: str) -> str:
    """What the box says of its sensor: the line is guarded in any state, but only "inspecting" sees attacks."""
    try:
        return json.loads(status.read_text())["sensor"][what]
    except (FileNotFoundError, ValueError, KeyError):
        return ""


def management_address(prefix: str) -> str:
    """The platform's end of the management link of a lab that is up."""
    return (_lab_state(prefix) or {})["platform_address"]


def edge_program() -> str:
    return str(Path(sys.executable).with_name("sekisho-edge"))


def needs_enrolment(place: Place, now: dt.datetime) -> bool:
    """Whether the box has no certificate, or one that ends too soon to be renewed at leisure."""
    file = place.edge / "device.pem"
    if not file.exists():
        return True
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    return certificate.not_valid_after_utc - now < CERTIFICATE_LEFT_MIN


def enrol(place: Place, base_url: str, code: str) -> None:
    """Prepare the box on the bench: key and certificate, by its one-time code."""
    subprocess.run(
        [edge_program(), "enrol", "--url", base_url, "--code", code, "--state", str(place.edge)],
        check=True,
        timeout=ENROL_SECONDS_MAX,
        capture_output=True,
        text=True,
    )


def _lab_state(prefix: str) -> dict | None:
    try:
        return json.loads((LAB_STATE / prefix / "lab.json").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _is_alive(state: dict | None) -> bool:
    """The process that wrote the state still runs, and is the same one."""
    if state is None:
        return False
    try:
        started = Path(f"/proc/{state['pid']}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except FileNotFoundError:
        return False
    return started == state.get("started")
