"""Play the story once in a lab of its own and keep what the sensor logged, and the packets.

The recordings stand in for the lab where it can't run. Packets are taken on the inside wires, where the
sensor sees them too: after the port forward, before the masquerade. Needs tcpdump.
"""

from __future__ import annotations

import heapq
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sekisho_edge.lab.lab import Lab, LabError
from sekisho_edge.lab.story import attack, ordinary
from sekisho_edge.status import read_status

NAME = "site-attack"
READY_SECONDS_MAX = 30.0
WIRES = ("lan", "dmz")
STOP_SECONDS_MAX = 20.0

_PCAP_HEADER = struct.Struct("<IHHiIII")
_PCAP_RECORD = struct.Struct("<IIII")


def record(prefix: str, out: Path) -> list[Path]:
    """Write ``site-attack.eve.json`` and ``site-attack.pcap`` into ``out``; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    log, packets = out / f"{NAME}.eve.json", out / f"{NAME}.pcap"
    with tempfile.TemporaryDirectory() as folder, Lab(prefix) as lab:
        state = Path(folder)
        _play(lab, state)
        shutil.copy(state / "log" / "eve.json", log)
        packets.write_bytes(merge_pcaps([(state / f"{wire}.pcap").read_bytes() for wire in WIRES]))
    return [log, packets]


def _play(lab, state):
    taps = [
        lab.start("utm", ["tcpdump", "-U", "-i", wire, "-w", str(state / f"{wire}.pcap")], stderr=subprocess.DEVNULL)
        for wire in WIRES
    ]
    agent_argv = [sys.executable, "-m", "sekisho_edge.cli", "agent", "--without-link", "--state", str(state)]
    agent = lab.start("utm", agent_argv)
    try:
        _wait_until_inspecting(agent, state)
        for scene in (ordinary, attack):
            for _ in scene(lab):
                pass
    finally:
        # The sensor writes its last flows when it ends.
        for process in (agent, *taps):
            process.terminate()
            process.wait(STOP_SECONDS_MAX)


def _wait_until_inspecting(agent, state):
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not (status := read_status(state)) or status["sensor"]["state"] != "inspecting":
        if agent.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"the sensor is not ready: {status and status['sensor']['last_error']}")
        time.sleep(0.05)


def merge_pcaps(captures: list[bytes]) -> bytes:
    """Several classic little-endian captures of one link type as one, by time. ValueError for anything else."""
    records = heapq.merge(*map(_records, captures), key=lambda record: record[0])
    return captures[0][: _PCAP_HEADER.size] + b"".join(packet for _, packet in records)


def _records(capture: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    if _PCAP_HEADER.unpack_from(capture)[0] != 0xA1B2C3D4:
        raise ValueError("not a little-endian pcap with microseconds")
    at = _PCAP_HEADER.size
    while at + _PCAP_RECORD.size <= len(capture):
        seconds, micros, kept, _ = _PCAP_RECORD.unpack_from(capture, at)
        end = at + _PCAP_RECORD.size + kept
        yield (seconds, micros), capture[at:end]
        at = end
