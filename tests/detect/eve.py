"""Suricata's own lines as events, through the platform's normaliser."""

from __future__ import annotations

import datetime as dt
import functools
import json
import lzma
import tarfile
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise import normalise_records
from sekisho.pipeline.normalise.cells import Batch

SHARED = Path(__file__).parents[3] / "shared" / "data"
RECEIVED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DEVICE = DeviceContext(
    device="UTM100001", contract="SK100001", product="suricata", home_networks=(ip_network("192.168.1.0/24"),)
)


def events(lines: Iterable[bytes]) -> pa.Table:
    made = normalise_records(list(lines), Batch("UTM100001/eve/0", RECEIVED, DEVICE), "suricata")
    assert made.unparsed.num_rows == 0, made.unparsed["reason"].to_pylist()[:3]
    return made.events


def event(kind: str, **parts: Any) -> bytes:
    """One EVE line from a PC of the contractor (192.168.1.10) to a server outside (203.0.113.9)."""
    said: Mapping[str, Any] = {
        "timestamp": "2026-06-01T20:59:59.000000+0900",
        "event_type": kind,
        "src_ip": "192.168.1.10",
        "src_port": 50000,
        "dest_ip": "203.0.113.9",
        "dest_port": 443,
        "proto": "TCP",
        **parts,
    }
    return json.dumps(said).encode()


def shared_file(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data {name} is not beside the project")
    return path


@functools.cache
def real_events() -> pa.Table:
    """26,209 events that Suricata 7 wrote."""
    lines = lzma.decompress(shared_file("logs/suricata-eve-part1.json.xz").read_bytes()).splitlines()
    return normalise_records(lines, Batch("UTM100001/eve/0", RECEIVED, DEVICE), "suricata").events


def unpack_rules(folder: Path, *places: str) -> list[Path]:
    """The named folders of the shared SigmaHQ rules."""
    with tarfile.open(shared_file("definitions/sigmahq-rules.tar.gz")) as archive:
        wanted = [m for m in archive if m.name.startswith(places) and m.name.endswith(".yml") and m.isfile()]
        archive.extractall(folder, members=wanted, filter="data")
    return [folder / place for place in places]
