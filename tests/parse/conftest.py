"""Real lines, and a real Suricata that makes more of them."""

from __future__ import annotations

import datetime as dt
import ipaddress
import lzma
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise import Normalised, normalise_records
from sekisho.pipeline.normalise.cells import Batch

DATA = Path(__file__).parents[3] / "shared" / "data"
RECEIVED = dt.datetime(2026, 11, 1, 15, 30, tzinfo=dt.UTC)
DEVICE = DeviceContext(device="UTM100001", contract="SK100001", product="suricata", retention_years=3)
ROWS_AT_ONCE = 2000
SURICATA_SECONDS_MAX = 100


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"shared data is missing: {name} (looked beside the project for shared/data)")
    return path


def read(*lines: bytes, home: tuple[str, ...] = ()) -> Normalised:
    """Lines as one batch of a Suricata."""
    device = DEVICE
    if home:
        networks = tuple(ipaddress.ip_network(cidr) for cidr in home)
        device = DeviceContext(device="UTM100001", contract="SK100001", product="suricata", home_networks=networks)
    return normalise_records(lines, Batch("UTM100001/eve/1:0", RECEIVED, device), "suricata")


def chunks(lines: list[bytes]) -> list[list[bytes]]:
    return [lines[at : at + ROWS_AT_ONCE] for at in range(0, len(lines), ROWS_AT_ONCE)]


@pytest.fixture(scope="session")
def recorded_lines() -> list[bytes]:
    """26,209 events that Suricata 7 wrote from the captures with a public rule set."""
    with lzma.open(shared("logs/suricata-eve-part1.json.xz")) as file:
        return file.read().splitlines()


@pytest.fixture(scope="session")
def captured_lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Every kind of event that Suricata 7 can write, from every capture, by a Suricata that runs now."""
    captures = shared("pcaps/suricata-verify-part1.tar.xz")
    suricata = shutil.which("suricata")
    if suricata is None:
        pytest.skip("Suricata is not installed")
    folder = tmp_path_factory.mktemp("suricata")
    with tarfile.open(captures) as archive:
        archive.extractall(folder / "pcaps", filter="data")
    (folder / "log").mkdir()
    here = Path(__file__).parent
    command = [suricata, "-c", str(here / "suricata.yaml"), "-S", str(here / "suricata.rules"), "-k", "none"]
    command += ["-r", str(folder / "pcaps"), "-l", str(folder / "log"), "--runmode", "single", "--simulate-ips"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SURICATA_SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        line for name in ("eve.json", "suricata.json") for line in (folder / "log" / name).read_bytes().splitlines()
    ]
