"""The recordings that stand in for the lab: whole, ours, and what Suricata makes of them again."""

from __future__ import annotations

import collections
import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import sekisho_edge
from sekisho_edge.converge import DEFINITIONS
from sekisho_edge.lab.policy import lab_policy
from sekisho_edge.lab.record import merge_pcaps
from sekisho_edge.render import suricata
from sekisho_edge.render.nftables import Attach
from sekisho_edge.render.suricata import SensorPaths

RECORDINGS = Path(sekisho_edge.__file__).parent / "recordings"
STORY_SIDS = {9000002, 9000020, 9000040, 9000050}
HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def sids(eve: Path) -> collections.Counter:
    events = map(json.loads, eve.read_text().splitlines())
    return collections.Counter(e["alert"]["signature_id"] for e in events if e["event_type"] == "alert")


def packet(second: int, content: bytes) -> bytes:
    return struct.pack("<IIII", second, 0, len(content), len(content)) + content


def test_the_recorded_log_tells_the_story_with_ordinary_life_around_it():
    eve = RECORDINGS / "site-attack.eve.json"
    kinds = {json.loads(line)["event_type"] for line in eve.read_text().splitlines()}
    assert sids(eve).keys() >= STORY_SIDS
    assert {"http", "dns", "smtp", "flow", "fileinfo"} <= kinds


@pytest.mark.skipif(shutil.which("suricata") is None, reason="suricata is not installed")
def test_the_recorded_packets_give_the_recorded_alerts_again(tmp_path: Path):
    paths = SensorPaths(tmp_path, tmp_path / "sekisho.rules", tmp_path / "command.socket")
    config = suricata.render_config(lab_policy(), Attach.XTABLES_QUEUE, paths, outside_addresses=["203.0.113.2"])
    paths.rule_file.write_text(suricata.render_rules(lab_policy(), DEFINITIONS.read_text()))
    (tmp_path / "suricata.yaml").write_text(config)
    capture = RECORDINGS / "site-attack.pcap"
    done = subprocess.run(
        ["suricata", "-r", capture, "-c", tmp_path / "suricata.yaml", "-l", tmp_path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "", "a signature or a setting that Suricata warns about"
    assert sids(tmp_path / "eve.json") == sids(RECORDINGS / "site-attack.eve.json")


def test_captures_are_merged_by_time():
    one = HEADER + packet(1, b"a") + packet(4, b"d")
    two = HEADER + packet(2, b"b") + packet(3, b"c")
    assert merge_pcaps([one, two]) == HEADER + packet(1, b"a") + packet(2, b"b") + packet(3, b"c") + packet(4, b"d")


def test_what_is_no_capture_is_refused():
    with pytest.raises(ValueError, match="not a little-endian pcap"):
        merge_pcaps([bytes(24)])
