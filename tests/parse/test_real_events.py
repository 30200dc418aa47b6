"""Every real event that we have, compared field by field with its row by an independent, slow reader."""

from __future__ import annotations

import json

import pytest

from sekisho.ocsf.columns import EVENT_SCHEMA

from .conftest import chunks, read, shared
from .eve_source import lost, not_in_columns


def check(lines: list[bytes]) -> set[str]:
    """Every line is a row, in order, with every field; the kinds of event that were seen."""
    kinds = set()
    for some in chunks(lines):
        found = read(*some)
        assert found.unparsed.to_pylist() == []
        assert found.events.schema.equals(EVENT_SCHEMA)
        assert found.events.column("record").to_pylist() == list(range(len(some)))
        for line, row in zip(some, found.events.to_pylist(), strict=True):
            event = json.loads(line)
            kinds.add(event.get("event_type"))
            assert row["raw"] == line
            assert lost(event, row) == []
            assert not_in_columns(event, row) == []
    return kinds


def test_every_recorded_event_is_true_to_its_source_field_by_field(recorded_lines: list[bytes]) -> None:
    assert len(recorded_lines) == 26_209
    assert len(check(recorded_lines)) == 22


def test_every_kind_of_event_of_a_live_suricata_is_true_to_its_source(captured_lines: list[bytes]) -> None:
    kinds = check(captured_lines)
    assert len(captured_lines) > 45_000
    assert kinds >= {
        *("alert", "anomaly", "dcerpc", "dhcp", "dnp3", "dns", "drop", "engine", "fileinfo", "flow", "frame", "ftp"),
        *("ftp_data", "http", "ike", "krb5", "modbus", "mqtt", "netflow", "nfs", "packet", "pgsql", "quic", "rfb"),
        *("sip", "smb", "smtp", "snmp", "ssh", "stats", "tftp", "tls"),
    }


def _vendor_cases() -> list[dict]:
    from .conftest import DATA

    path = DATA / "logs" / "vendor" / "suricata.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_events_that_other_products_parse_are_true_to_their_source() -> None:
    shared("logs/vendor/suricata.jsonl")
    assert check([case["message"].encode() for case in _vendor_cases()])


@pytest.mark.parametrize("case", _vendor_cases(), ids=lambda case: case["case"])
def test_the_fields_that_others_expect_of_suricata_are_there(case: dict) -> None:
    """ECS names of the expectation against our columns, where both have the thing."""
    (row,) = read(case["message"].encode()).events.to_pylist()
    for ours, theirs in {
        "src_endpoint.ip": ("source", "ip"),
        "src_endpoint.port": ("source", "port"),
        "dst_endpoint.ip": ("destination", "ip"),
        "dst_endpoint.port": ("destination", "port"),
        "query.hostname": ("dns", "question", "name"),
        "query.type": ("dns", "question", "type"),
        "finding_info.title": ("action", "properties", "signature"),
        "finding_info.analytic.uid": ("action", "properties", "signature_id"),
        "action": ("action", "name"),
    }.items():
        value = case["expected"]
        for name in theirs:
            value = value.get(name, {})
        if value != {}:
            assert row[ours] == value, ours
    assert row["time"].isoformat().replace("+00:00", "Z") == case["expected"]["@timestamp"]
