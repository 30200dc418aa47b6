"""The box's own scanner: its lines are findings, file activity or HTTP, with what was done and to whom."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.ocsf import classes
from sekisho.ocsf.device import DeviceContext
from sekisho.pipeline.normalise.cells import COLUMN
from sekisho.pipeline.normalise.sekisho_icap import SEKISHO_ICAP, recognises
from sekisho.pipeline.normalise.vendor import Normaliser
from sekisho_edge.icap.events import Events

RECEIVED = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
WHO = {"client": "192.168.10.11", "method": "GET", "url": "https://files.test/eicar.com", "status": 200}


def line(event: str, action: str, **facts: object) -> bytes:
    """As the service itself writes it."""
    said: list[str] = []
    Events(said.append).report(event, action, **WHO, **facts)
    return said[0].encode()


def row(text: bytes) -> dict[str, object]:
    device = DeviceContext(device="UTM100001", contract="SK100001")
    _, cells, unparsed = Normaliser(SEKISHO_ICAP, device).rows([(0, text)], RECEIVED)
    assert not unparsed
    return {name: cells[number][0] for name, number in COLUMN.items() if cells[number] is not None}


def test_an_infected_download_is_a_finding_with_its_name_and_hash():
    found = row(line("download", "blocked", threat="Eicar-Test-File", engine="hash-list", sha256="ab" * 32, size=68))
    assert found["class_uid"] == classes.DETECTION_FINDING and found["outcome"] == "blocked"
    assert found["finding_info.title"] == "Eicar-Test-File" == found["malware.name"]
    assert (found["file.hashes.sha256"], found["file.size"]) == ("ab" * 32, 68)
    assert (found["src_endpoint.ip"], found["http_request.url.hostname"]) == ("192.168.10.11", "files.test")


@pytest.mark.parametrize(
    ("event", "action", "kind", "outcome"),
    [
        ("download", "allowed", (classes.NETWORK_FILE_ACTIVITY, 2), "allowed"),
        ("upload", "blocked", (classes.NETWORK_FILE_ACTIVITY, 1), "blocked"),
        ("sandbox", "allowed", (classes.NETWORK_FILE_ACTIVITY, 2), "allowed"),
        ("view-only", "blocked", (classes.HTTP_ACTIVITY, classes.OTHER), "blocked"),
    ],
)
def test_what_is_no_threat_is_file_or_http_activity(event: str, action: str, kind: tuple, outcome: str):
    found = row(line(event, action, reason="too-large"))
    assert (found["class_uid"], found["activity_id"], found["outcome"]) == (*kind, outcome)
    assert found["status_detail"] == "too-large"


def test_only_its_own_lines_are_recognised():
    assert recognises(line("download", "blocked").decode())
    assert not recognises('{"time": "2026-11-24T00:00:00.000Z", "event": "other"}')
