"""The recordings that stand in for the lab: whole, ours, and what Suricata makes of them again."""

from __future__ import annotations

import collections
import json
import shutil
import struct
from pathlib import Path

import pytest

import sekisho_edge
from sekisho_edge.cli import main
from sekisho_edge.lab.record import merge_pcaps

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
def test_the_recorded_packets_give_the_recorded_alerts_again(tmp_path: Path, capsys):
    assert main(["inspect", str(RECORDINGS / "site-attack.pcap"), "--out", str(tmp_path)]) == 0
    eve = Path(capsys.readouterr().out.strip())
    assert sids(eve) == sids(RECORDINGS / "site-attack.eve.json")
    assert "Warning" not in (tmp_path / "suricata.log").read_text(errors="replace")


def test_a_file_that_is_no_capture_is_refused(tmp_path: Path, capsys):
    (tmp_path / "no.pcap").write_text("no capture")
    assert main(["inspect", str(tmp_path / "no.pcap"), "--out", str(tmp_path / "out")]) == 1
    assert "no packet capture" in capsys.readouterr().err


def test_captures_are_merged_by_time():
    one = HEADER + packet(1, b"a") + packet(4, b"d")
    two = HEADER + packet(2, b"b") + packet(3, b"c")
    assert merge_pcaps([one, two]) == HEADER + packet(1, b"a") + packet(2, b"b") + packet(3, b"c") + packet(4, b"d")


def test_what_is_no_capture_is_refused():
    with pytest.raises(ValueError, match="not a little-endian pcap"):
        merge_pcaps([bytes(24)])
